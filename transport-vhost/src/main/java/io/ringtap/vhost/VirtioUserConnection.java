/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.channel.spi.ChangingReadiness;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.internal.vhost.control.ControlSocket;
import io.ringtap.internal.vhost.control.FrontEndHandshake;
import io.ringtap.internal.vhost.wire.VhostMessage;
import io.ringtap.internal.vhost.wire.VhostProtocolException;
import io.ringtap.internal.vhost.wire.VhostRequest;
import io.ringtap.loop.Readiness;

import java.io.IOException;

/** The control connection to a back end: sends what the handshake says, and waits for answers. On the event loop. */
final class VirtioUserConnection implements Readiness.Listener {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(VirtioUserConnection.class);

    private final VirtioUserDevice device;
    private final ControlSocket socket;
    private final FrontEndHandshake handshake;
    private ChangingReadiness readiness;
    private Readiness.Listener channel;
    private boolean done;
    private boolean ended;

    VirtioUserConnection(VirtioUserDevice device, ControlSocket socket, FrontEndHandshake handshake) {
        this.device = device;
        this.socket = socket;
        this.handshake = handshake;
    }

    /** Begins to be served by an event loop. */
    void attach(DescriptorWaiter waiter, Readiness.Listener listener) throws IOException {
        channel = listener;
        readiness = new ChangingReadiness(waiter);
        readiness.waitOn(socket.descriptor(), this);
        goOn();
    }

    /** The event loop is left. */
    ChangingReadiness detach() {
        readiness.cancel();
        return readiness;
    }

    /** Sends as much as there is to send, and room for. */
    private void goOn() {
        try {
            for (FrontEndHandshake.Step step; !socket.isBehind() && (step = handshake.next()) != null;) {
                LOGGER.trace("{}: {}", device.localAddress(), step);
                if (step.descriptor() < 0) {
                    socket.send(step.message());
                } else {
                    socket.send(step.message(), step.descriptor());
                }
            }
        } catch (IOException cause) {
            device.lost(cause);
            return;
        }
        readiness.want(true, socket.isBehind());
        if (handshake.isDone() && !socket.isBehind() && !done) {
            done = true;
            device.connected();
        }
    }

    @Override
    public void readable() {
        try {
            while (!ended && socket.receive()) {
                VhostRequest awaited = handshake.awaited();
                if (awaited == null) {
                    throw new VhostProtocolException("a message came that nobody waits for: "
                        + socket.header().nameOfRequest());
                }
                VhostMessage reply = socket.reply(awaited);
                // What a back end sends along is not asked for here.
                socket.next();
                LOGGER.trace("{}: {}", device.localAddress(), reply);
                handshake.answered(reply);
                goOn();
            }
        } catch (IOException cause) {
            device.lost(cause);
        } catch (RuntimeException | Error broken) {
            device.lost(new IOException("the queues could not be set up", broken));
        }
    }

    @Override
    public void writable() {
        try {
            socket.flush();
        } catch (IOException cause) {
            device.lost(cause);
            return;
        }
        goOn();
    }

    /** The other side has hung up: what it has sent before is still read, and so is the end. */
    @Override
    public void failed() {
        readable();
        if (!ended) {
            device.lost(new IOException("the back end has closed the connection"));
        }
    }

    @Override
    public void loopClosing() {
        channel.loopClosing();
    }

    /** Ends the connection. */
    void close() {
        ended = true;
        if (readiness != null) {
            readiness.waitOnNone();
        }
        socket.close();
    }
}

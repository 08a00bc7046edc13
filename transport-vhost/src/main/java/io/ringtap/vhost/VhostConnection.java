/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.channel.spi.ChangingReadiness;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.internal.unix.Descriptors;
import io.ringtap.internal.vhost.control.ControlSocket;
import io.ringtap.internal.vhost.control.VhostSession;
import io.ringtap.internal.vhost.wire.VhostMessage;
import io.ringtap.loop.Readiness;

import java.io.IOException;

/**
 * The connection of a front end: reads one request after the other and answers it. A request whose answer is not there
 * yet, or that found no room in the socket, holds up the next one. On the event loop of the control connection.
 */
final class VhostConnection implements Readiness.Listener, VhostSession.Answer {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(VhostConnection.class);
    /** Requests that are answered in one turn of the event loop, so that its other channels have their turn. */
    private static final int AT_ONCE = 64;

    private final VhostPort port;
    private final ControlSocket socket;
    private final VhostSession session;
    private ChangingReadiness readiness;
    private Readiness.Listener channel;
    private boolean answering;
    private boolean reading;
    private boolean ended;

    VhostConnection(VhostPort port, ControlSocket socket, VhostSession session) {
        this.port = port;
        this.socket = socket;
        this.session = session;
    }

    VhostSession session() {
        return session;
    }

    /** Whether the other side has closed the connection. */
    boolean isEnded() {
        return ended || socket.isEnded();
    }

    /** Begins to be served by an event loop. */
    void attach(DescriptorWaiter waiter, Readiness.Listener listener) throws IOException {
        channel = listener;
        readiness = new ChangingReadiness(waiter);
        if (!ended) {
            want();
            readiness.waitOn(socket.descriptor(), this);
        }
    }

    /** The event loop is left. */
    void detach() {
        if (readiness != null) {
            readiness.cancel();
        }
    }

    private void want() {
        readiness.want(!answering && !socket.isBehind(), socket.isBehind());
    }

    @Override
    public void readable() {
        if (reading) {
            return;
        }
        reading = true;
        try {
            for (int i = 0; i < AT_ONCE && !ended && !answering && !socket.isBehind() && socket.receive(); i++) {
                VhostMessage message = socket.request();
                Descriptors descriptors = socket.takeDescriptors();
                socket.next();
                answering = true;
                session.handle(message, descriptors, this);
            }
        } catch (IOException cause) {
            end(cause);
        } catch (RuntimeException | Error broken) {
            end(new IOException("a request could not be done", broken));
        } finally {
            reading = false;
        }
        if (!ended) {
            want();
        }
    }

    @Override
    public void give(VhostMessage reply) {
        if (ended) {
            return;
        }
        answering = false;
        try {
            if (reply != null) {
                LOGGER.debug("{}: {}", port.address(), reply);
                socket.send(reply);
            }
        } catch (IOException cause) {
            end(cause);
            return;
        }
        if (!reading) {
            // The answer has come later than the request was read; the socket tells if there is another one.
            want();
        }
    }

    @Override
    public void fail(IOException cause) {
        end(cause);
    }

    @Override
    public void writable() {
        try {
            socket.flush();
            want();
        } catch (IOException cause) {
            end(cause);
        }
    }

    /** The other side has hung up: what it has sent before is still read, and so is the end. */
    @Override
    public void failed() {
        answering = false;
        readable();
        if (!ended && socket.isEnded()) {
            end(new IOException("the other side has closed the connection"));
        }
    }

    @Override
    public void loopClosing() {
        channel.loopClosing();
    }

    /** Ends the connection, and gives everything of it back. Repeating it is harmless. */
    void end(IOException cause) {
        if (ended) {
            return;
        }
        ended = true;
        if (readiness != null) {
            readiness.waitOnNone();
        }
        socket.close();
        session.close(() -> port.ended(cause));
    }
}

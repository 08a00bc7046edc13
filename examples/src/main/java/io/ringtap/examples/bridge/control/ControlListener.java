/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.control;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.Future;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.channel.DescriptorSocket;
import io.ringtap.loop.PollIoHandle;
import io.ringtap.loop.PollIoOps;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Takes the connections of a socket that listens, on an event loop of {@link io.ringtap.loop.PollIoHandler}. */
final class ControlListener implements PollIoHandle {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(ControlListener.class);
    /** How long one rests that cannot take a connection, as the process may open no more descriptors. */
    private static final int PAUSE_SECONDS = 1;
    private static final int AT_ONCE = 16;

    private final DescriptorSocket socket;
    private final IoEventLoop loop;
    private final Consumer<DescriptorSocket> taker;
    private IoRegistration registration;

    /**
     * Begins to take connections.
     *
     * @param socket which this object owns
     * @param taker gets each connection, on the event loop
     */
    ControlListener(DescriptorSocket socket, IoEventLoop loop, Consumer<DescriptorSocket> taker) {
        this.socket = socket;
        this.loop = loop;
        this.taker = taker;
    }

    /** Done when it takes connections. */
    Future<IoRegistration> begin() {
        return loop.register(this).addListener((Future<IoRegistration> registered) -> {
            if (registered.isSuccess()) {
                registration = registered.getNow();
                registration.submit(PollIoOps.POLLIN);
            }
        });
    }

    @Override
    public int fd() {
        return socket.descriptor();
    }

    @Override
    public void handle(IoRegistration ignored, IoEvent event) {
        try {
            for (int i = 0; i < AT_ONCE; i++) {
                DescriptorSocket accepted = socket.accept();
                if (accepted == null) {
                    return;
                }
                hand(accepted);
            }
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            LOGGER.warn("no connection to the control socket can be taken, and another try follows: {}", e.toString());
            pause();
        }
    }

    private void hand(DescriptorSocket accepted) {
        try {
            taker.accept(accepted);
        } catch (RuntimeException | OutOfMemoryError e) {
            accepted.close();
            throw e;
        }
    }

    private void pause() {
        // The end of the pause first: where there is no memory for it, there is none.
        loop.schedule(() -> {
            if (registration != null) {
                registration.submit(PollIoOps.POLLIN);
            }
        }, PAUSE_SECONDS, TimeUnit.SECONDS);
        registration.submit(PollIoOps.NONE);
    }

    /** Ends it, on the event loop; also called when that ends. Repeating it is harmless. */
    @Override
    public void close() {
        if (registration != null) {
            registration.cancel();
            registration = null;
        }
        socket.close();
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.channel.IoEventLoop;
import io.ringtap.channel.spi.FrameDevice;

import java.util.function.Consumer;

/** A device whose frames pass through a socket, to a peer that comes and goes. */
interface SocketDevice extends FrameDevice {
    /** Whether the peer is there, as far as is known. Any thread. */
    boolean isUp();

    /**
     * Reports when the peer comes and goes, until {@link #unwatch}. On the event loop.
     *
     * @param events receives user events of the pipeline, from within other calls
     */
    void watch(IoEventLoop loop, Consumer<Object> events);

    /** Ends {@link #watch}; harmless without one. On the event loop. */
    void unwatch();
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite;

import io.ringtap.channel.FrameChannel;
import io.ringtap.testkit.TestFrames;

import java.io.IOException;
import java.net.SocketAddress;

/**
 * A device of the transport under test, and its far end. A transport implements this for the suites. {@link #close}
 * removes both.
 */
public interface FrameTestbed extends AutoCloseable {
    /** A stalled device has room for fewer frames of 1000 octets than this. */
    int ROOM = 1100;

    /** A new channel, not registered yet, with all options that {@link #address()} needs. */
    FrameChannel newChannel();

    /** The address to bind the channel to. */
    SocketAddress address();

    /** Called when a channel has become active. The far end can be used from now on. */
    void ready() throws IOException;

    /** Sends a frame to the channel. */
    void send(byte[] frame) throws IOException;

    /**
     * Returns the next frame of {@link TestFrames} that the channel sent.
     *
     * @return {@code null} if there is none in time
     */
    byte[] receive(long timeoutMillis) throws IOException;

    /**
     * Makes the far end take nothing until {@link #resume}, so that the device of the last channel fills up. There must
     * be less room than for {@value #ROOM} frames of 1000 octets. Frames that the device has taken arrive later; none
     * is lost.
     *
     * @return whether a device of this transport can be full at all
     */
    boolean stall() throws IOException;

    /** From now on, frames can be {@linkplain #receive received} also after the channel that sent them was closed. */
    default void outliveChannels() {
        // Most transports need not do anything for that.
    }

    /**
     * Changes the device of the last channel in a way that its transport notices and survives, such as a change of the
     * MTU or a move to another namespace. Afterwards the device carries frames as before.
     */
    default void disturb() throws IOException {
        // Most devices cannot be changed like that.
    }

    /**
     * Called before a channel whose calls fail now and then is opened: what does not happen soon, such as a connection,
     * may never happen.
     */
    default void expectFaults() {
        // Most far ends are there without the channel.
    }

    /** Whether the channel waits on a descriptor. A device inside this JVM runs on any event loop. */
    default boolean needsDescriptor() {
        return true;
    }

    /**
     * Whether the device lends frames to handlers where it has received them, so that it needs no memory of the
     * channel's allocator as long as few are held.
     */
    default boolean lendsFrames() {
        return false;
    }

    /** Ends {@link #stall}. */
    void resume() throws IOException;

    @Override
    void close() throws IOException;
}

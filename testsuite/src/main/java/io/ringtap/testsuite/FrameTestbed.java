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
 * One device of the transport under test and its far end: what a transport gives to the suites. Nothing exists of it
 * after {@link #close}.
 */
public interface FrameTestbed extends AutoCloseable {
    /** Of how many frames of 1000 octets a device has at most room for while it is stalled. */
    int ROOM = 1100;

    /** A channel, not registered yet, with all options set that {@link #address()} needs. */
    FrameChannel newChannel();

    /** What to bind it to. */
    SocketAddress address();

    /** Called when a channel has become active: the far end is there from now on. */
    void ready() throws IOException;

    /** Sends a frame to the channel. */
    void send(byte[] frame) throws IOException;

    /**
     * The next frame of {@link TestFrames} that the channel sent.
     *
     * @return {@code null} if there is none in time
     */
    byte[] receive(long timeoutMillis) throws IOException;

    /**
     * Makes the far end take nothing until {@link #resume}, so that the device of the last channel fills up: {@value
     * #ROOM} frames of 1000 octets must not all find room. Frames that were taken before arrive late and not lost.
     *
     * @return whether this transport's device can be full at all
     */
    boolean stall() throws IOException;

    /** Has what {@link #receive} takes frames from outlive the channels that {@link #newChannel} makes from now on. */
    default void outliveChannels() {
        // It does, unless a transport has to see to it.
    }

    /**
     * Lets something happen to the device of the last channel that its transport watches for and survives: a change of
     * the MTU, a move to another namespace. Afterwards the device carries frames as before.
     */
    default void disturb() throws IOException {
        // Nothing happens to most devices.
    }

    /** Whether the device waits on a descriptor; one inside this JVM runs on any loop there is. */
    default boolean needsDescriptor() {
        return true;
    }

    /** Ends {@link #stall}. */
    void resume() throws IOException;

    @Override
    void close() throws IOException;
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

import io.ringtap.virtio.VnetHeaderLength;

/**
 * What to send, how much and how fast.
 *
 * @param count how many frames, 0 for no end
 * @param length of a frame that is made here, without the frame check sequence
 * @param burst how many frames are flushed together
 * @param rate frames a second, 0 for as many as go
 * @param from whom frames say they come from
 * @param to whom they are for
 * @param packet a frame to send instead of one that is made here, {@code null} for none; not written to
 * @param fragments in how many buffers a frame is handed over
 * @param header the virtio-net header that ports are opened with unless they say otherwise
 */
record PktgenOptions(long count, int length, int burst, long rate, EndpointRange from, EndpointRange to,
                     byte[] packet, int fragments, VnetHeaderLength header) {
    long limit() {
        return count == 0 ? Long.MAX_VALUE : count;
    }

    /** How long the frames are that are sent, without a virtio-net header. */
    int frameLength() {
        return packet == null ? length : packet.length;
    }
}

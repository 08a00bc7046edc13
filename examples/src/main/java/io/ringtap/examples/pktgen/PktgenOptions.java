/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

import io.ringtap.examples.UdpFrame;

/**
 * What to send, how much and how fast.
 *
 * @param count how many frames, 0 for no end
 * @param length of a frame, without the frame check sequence
 * @param burst how many frames are flushed together
 * @param rate frames a second, 0 for as many as go
 * @param from whom frames say they come from
 * @param to whom they are for
 */
record PktgenOptions(long count, int length, int burst, long rate, UdpFrame.Endpoint from, UdpFrame.Endpoint to) {
    long limit() {
        return count == 0 ? Long.MAX_VALUE : count;
    }
}

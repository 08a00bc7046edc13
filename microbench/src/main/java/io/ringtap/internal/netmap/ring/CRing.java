/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

import java.nio.ByteBuffer;

/**
 * The functions of {@code ring.c}, for jnr-ffi. Each function processes a whole ring, and returns the number of frames.
 */
public interface CRing {
    int ring_transmit(ByteBuffer region, long size, long tx, ByteBuffer frame, int length);

    int ring_receive(ByteBuffer region, long size, long rx);

    int ring_read(ByteBuffer region, long size, long rx, ByteBuffer frame);

    int ring_copy(ByteBuffer region, long size, long rx, long tx);

    int ring_swap(ByteBuffer region, long size, long rx, long tx);

    int ring_checked_transmit(ByteBuffer region, long size, long tx, ByteBuffer frame, int length);

    int ring_checked_receive(ByteBuffer region, long size, long rx);

    int ring_checked_read(ByteBuffer region, long size, long rx, ByteBuffer frame);

    int ring_checked_copy(ByteBuffer region, long size, long rx, long tx);

    int ring_checked_swap(ByteBuffer region, long size, long rx, long tx);
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

/**
 * What a UMEM is made for. A socket joins that of another one only if both want the same.
 *
 * @param chunkSize bytes of a chunk: 2048 or 4096
 * @param inParts whether a frame may have several chunks (XDP_USE_SG)
 * @param hugePages whether the memory is in huge pages
 * @param sockets how many sockets it has chunks for, 1 to {@link #MAX_SOCKETS}
 */
public record UmemKind(int chunkSize, boolean inParts, boolean hugePages, int sockets) {
    /** The number of an owner is kept in six bits, one of which stands for none; offsets in the memory are ints. */
    public static final int MAX_SOCKETS = 62;

    /** Unless set: for a bridge of two ports. */
    public static final int USUAL_SOCKETS = 2;

    /** Chunks that each socket has. */
    static final int CHUNKS_EACH = 2 * XdpSocket.RING;

    int chunks() {
        return sockets * CHUNKS_EACH;
    }

    int bytes() {
        return chunks() * chunkSize;
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

/** Numbers of AF_XDP sockets and of XDP programs; from {@code linux/if_xdp.h} and {@code linux/bpf.h}. */
public final class AfXdp {
    static final int AF_XDP = 44;
    static final int SOL_XDP = 283;
    static final int XDP_MMAP_OFFSETS = 1;
    static final int XDP_RX_RING = 2;
    static final int XDP_TX_RING = 3;
    static final int XDP_UMEM_REG = 4;
    static final int XDP_UMEM_FILL_RING = 5;
    static final int XDP_UMEM_COMPLETION_RING = 6;
    static final int XDP_STATISTICS = 7;
    static final int XDP_OPTIONS = 8;
    /** Linux 6.17: how many frames one call sends in copy mode, which is 32 unless set. */
    static final int XDP_MAX_TX_SKB_BUDGET = 9;

    static final long PGOFF_RX_RING = 0;
    static final long PGOFF_TX_RING = 0x8000_0000L;
    static final long PGOFF_FILL_RING = 0x1_0000_0000L;
    static final long PGOFF_COMPLETION_RING = 0x1_8000_0000L;

    static final int XDP_SHARED_UMEM = 1;
    static final int XDP_COPY = 2;
    static final int XDP_ZEROCOPY = 4;
    static final int XDP_USE_NEED_WAKEUP = 8;
    /** Linux 6.6: frames of several chunks. */
    static final int XDP_USE_SG = 16;
    static final int XDP_OPTIONS_ZEROCOPY = 1;
    static final int XDP_RING_NEED_WAKEUP = 1;

    /** struct sockaddr_xdp. */
    static final int SOCKADDR_XDP = 16;
    static final int SXDP_FLAGS = 2;
    static final int SXDP_IFINDEX = 4;
    static final int SXDP_QUEUE_ID = 8;
    static final int SXDP_SHARED_UMEM_FD = 12;

    /** struct xdp_umem_reg. */
    static final int UMEM_REG = 32;
    static final int UMEM_LEN = 8;
    static final int UMEM_CHUNK_SIZE = 16;

    /** struct xdp_mmap_offsets: producer, consumer, desc and flags of the rx, tx, fill and completion ring. */
    static final int MMAP_OFFSETS = 128;
    static final int RING_OFFSET = 32;

    /** struct xdp_statistics. */
    static final int STATISTICS = 48;
    static final int RX_DROPPED = 0;
    static final int RX_RING_FULL = 24;

    /** struct xdp_desc. */
    static final int DESC = 16;
    static final int DESC_LEN = 8;
    static final int DESC_OPTIONS = 12;
    /** The frame goes on in the next descriptor. */
    static final int XDP_PKT_CONTD = 1;
    /** An entry of a fill or completion ring. */
    static final int ADDRESS = 8;

    /** XDP_PACKET_HEADROOM: the kernel keeps it free in front of a received frame. */
    static final int HEADROOM = 256;

    /** Of asm-generic/socket.h. */
    static final int SO_BUSY_POLL = 46;
    static final int SO_PREFER_BUSY_POLL = 69;
    static final int SO_BUSY_POLL_BUDGET = 70;

    /** Of sys/socket.h. */
    static final int MSG_DONTWAIT = 0x40;

    private AfXdp() {
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

/**
 * Which rings of a port an address binds: {@code NR_REG_*} of {@code net/netmap.h}.
 */
public enum NetmapMode {
    /** All rings of the card, or of the virtual port: no suffix. */
    ALL_NIC(1),
    /** The rings of the host's own network stack: {@code ^}. */
    HOST(2),
    /** Both: {@code *}. A channel reads the frames of both and writes to the card. */
    NIC_AND_HOST(3),
    /** One pair of rings: {@code -N}. */
    ONE_NIC(4),
    /** One pair of the host's rings: {@code ^N}. */
    ONE_HOST(8);

    private final int code;

    NetmapMode(int code) {
        this.code = code;
    }

    /** The number in {@code nr_mode}. */
    public int code() {
        return code;
    }
}

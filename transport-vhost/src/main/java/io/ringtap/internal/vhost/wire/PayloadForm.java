/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.wire;

/** How a payload is laid out. */
public enum PayloadForm {
    /** There is none. */
    NONE(0),
    /** 64 bits. */
    NUMBER(8),
    /** The number of a ring, and 32 bits. */
    VRING_STATE(8),
    /** Where the parts of a ring are. */
    VRING_ADDRESS(40),
    /** The number of a ring, and whether a descriptor comes along. */
    VRING_DESCRIPTOR(8),
    /** All regions of memory. */
    MEMORY_TABLE(-1),
    /** One region of memory. */
    MEMORY_REGION(40),
    /** The part of a file that is the log of written pages. */
    LOG_AREA(16),
    /** Of a feature that nobody here uses. */
    OPAQUE(-1);

    private final int size;

    PayloadForm(int size) {
        this.size = size;
    }

    /** Its length in bytes; -1 if that depends on what is in it. */
    public int size() {
        return size;
    }
}

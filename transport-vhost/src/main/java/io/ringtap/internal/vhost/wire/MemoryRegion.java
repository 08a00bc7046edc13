/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.wire;

/**
 * A region of memory that a front end shares.
 *
 * @param guestAddress where the guest has it
 * @param size bytes
 * @param userAddress where the process of the front end has it
 * @param offset where it begins in the file of its descriptor
 */
public record MemoryRegion(long guestAddress, long size, long userAddress, long offset) implements VhostPayload {
    @Override
    public PayloadForm form() {
        return PayloadForm.MEMORY_REGION;
    }

    /** Whether it is the same to the guest and to the front end. */
    public boolean isAt(MemoryRegion other) {
        return guestAddress == other.guestAddress && size == other.size && userAddress == other.userAddress;
    }

    @Override
    public String toString() {
        return String.format("region of 0x%x bytes at 0x%x (0x%x in the front end)", size, guestAddress, userAddress);
    }
}

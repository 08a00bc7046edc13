/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.wire;

/**
 * The ring that a descriptor is for.
 *
 * @param value of the message
 */
public record VringDescriptor(long value) implements VhostPayload {
    private static final long RING = 0xff;
    private static final long MISSING = 0x100;

    /** The ring of a number, with a descriptor or without. */
    public static VringDescriptor of(int ring, boolean missing) {
        return new VringDescriptor(ring & RING | (missing ? MISSING : 0));
    }

    @Override
    public PayloadForm form() {
        return PayloadForm.VRING_DESCRIPTOR;
    }

    /** The number of the ring. */
    public int ring() {
        return (int) (value & RING);
    }

    /** Whether there is no descriptor, so that one side looks at the ring all the time. */
    public boolean isMissing() {
        return (value & MISSING) != 0;
    }
}

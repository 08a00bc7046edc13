/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.wire;

/**
 * Where the parts of a ring are, in addresses of the front end's own process. Of a packed ring, they are the descriptor
 * ring, the event structure of the device ({@code used}) and that of the driver ({@code available}).
 *
 * @param ring its number, unsigned
 * @param flags {@link #LOG} or nothing
 * @param descriptors the descriptor table
 * @param used the ring of used buffers
 * @param available the ring of available buffers
 * @param log the guest's address of the ring of used buffers, for the log of written pages
 */
public record VringAddress(int ring, int flags, long descriptors, long used, long available, long log)
    implements VhostPayload {
    /** {@link #flags}: writes to the ring of used buffers are logged. */
    public static final int LOG = 1;

    @Override
    public PayloadForm form() {
        return PayloadForm.VRING_ADDRESS;
    }

    /** Whether writes to the ring of used buffers are logged. */
    public boolean isLogged() {
        return (flags & LOG) != 0;
    }
}

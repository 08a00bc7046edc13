/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.wire;

/**
 * Something about a ring.
 *
 * @param ring its number, unsigned
 * @param number what the message is about: a size, a position, 0 or 1; unsigned
 */
public record VringState(int ring, int number) implements VhostPayload {
    @Override
    public PayloadForm form() {
        return PayloadForm.VRING_STATE;
    }
}

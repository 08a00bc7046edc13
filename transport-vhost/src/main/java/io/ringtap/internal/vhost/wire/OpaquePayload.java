/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.wire;

/**
 * What comes with a message of a feature that nobody here uses.
 *
 * @param length in bytes
 */
public record OpaquePayload(int length) implements VhostPayload {
    @Override
    public PayloadForm form() {
        return PayloadForm.OPAQUE;
    }
}

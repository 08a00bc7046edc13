/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.wire;

/**
 * A number or a set of bits.
 *
 * @param value unsigned
 */
public record Number64(long value) implements VhostPayload {
    @Override
    public PayloadForm form() {
        return PayloadForm.NUMBER;
    }
}

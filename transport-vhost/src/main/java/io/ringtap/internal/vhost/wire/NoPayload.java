/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.wire;

/** Nothing. */
public record NoPayload() implements VhostPayload {
    @Override
    public PayloadForm form() {
        return PayloadForm.NONE;
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.wire;

/**
 * The part of a file that is the log of written pages.
 *
 * @param size bytes
 * @param offset where it begins in the file of the descriptor that comes along
 */
public record LogArea(long size, long offset) implements VhostPayload {
    @Override
    public PayloadForm form() {
        return PayloadForm.LOG_AREA;
    }
}

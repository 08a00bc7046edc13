/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.wire;

/** What a message carries, besides descriptors. Immutable. */
public sealed interface VhostPayload permits NoPayload, Number64, VringState, VringAddress, VringDescriptor,
    MemoryTable, MemoryRegion, LogArea, OpaquePayload {
    /** How it is laid out. */
    PayloadForm form();
}

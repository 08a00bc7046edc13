/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The virtio-net header and what it promises: checksums left to complete, super-frames left to segment.
 * No operating system and no foreign functions.
 */
package io.ringtap.virtio;

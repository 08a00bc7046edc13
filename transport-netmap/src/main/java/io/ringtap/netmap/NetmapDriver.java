/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

/**
 * A netmap that ports can be opened on: {@linkplain Netmap#kernel() the kernel's}, {@linkplain Netmap#embedded() the
 * one in this JVM}, or {@linkplain Netmap#newEmbedded() another one in this JVM}. Safe to use from any thread.
 * Implemented by Ringtap alone: any other object is refused where a driver is used.
 */
public interface NetmapDriver {
    /** {@code kernel} or {@code embedded}, as the key {@code driver=} of a port's name has it. */
    String name();
}

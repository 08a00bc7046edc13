/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * netmap, the framework for packet I/O on memory shared with the kernel: its names, its memory layout and its rings.
 */
package io.ringtap.netmap;

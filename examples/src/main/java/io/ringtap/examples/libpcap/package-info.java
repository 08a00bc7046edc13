/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The filter expressions of libpcap, which is a library of the system and may be missing. The only package of the
 * examples that calls native code itself.
 */
package io.ringtap.examples.libpcap;

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * System calls through jnr-ffi and the native memory they take. Internal: what is public here is public for Ringtap's
 * own modules, and may change in any release.
 */
package io.ringtap.internal.unix;

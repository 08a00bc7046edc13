/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** Where the fields of netmap's structures stand in shared memory. This package uses no other. */
package io.ringtap.internal.netmap.layout;

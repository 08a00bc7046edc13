/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Where the fields of netmap's structures stand in shared memory. Depends on nothing.
 */
package io.ringtap.internal.netmap.layout;

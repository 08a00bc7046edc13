/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The netmap transport behind {@code io.ringtap.netmap}, which shows the layers of its packages. Not for applications.
 */
package io.ringtap.internal.netmap;

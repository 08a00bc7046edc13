/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** What the Netty on the class path is, and whether Ringtap can work with it. */
package io.ringtap.internal.netty;

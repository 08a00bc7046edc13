/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** Gives up the privileges of root, in all threads of the process. Linux. */
package io.ringtap.examples.user;

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** Loads that a bridge has to stand for a while, with what they cost those who have no part in them. */
package io.ringtap.microbench.soak;

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** Completion of the examples' command lines in a shell. */
package io.ringtap.examples.completion;

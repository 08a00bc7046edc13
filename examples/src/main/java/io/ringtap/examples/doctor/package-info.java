/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** Tells which ports and event loops work on this machine, and what to do about those that do not. */
package io.ringtap.examples.doctor;

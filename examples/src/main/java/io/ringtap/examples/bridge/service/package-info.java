/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** How a bridge runs unattended, by options of its command line: without root, with ports that go and come back. */
package io.ringtap.examples.bridge.service;

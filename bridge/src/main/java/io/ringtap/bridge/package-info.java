/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * A learning Ethernet bridge between frame channels of any kind. It knows no transport: its ports come from the
 * transports on the class path, by name.
 */
package io.ringtap.bridge;

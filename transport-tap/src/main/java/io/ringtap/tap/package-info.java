/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Tap devices as Netty channels: {@link io.ringtap.tap.TapChannel}, bound to a {@link io.ringtap.tap.TapAddress}.
 */
package io.ringtap.tap;

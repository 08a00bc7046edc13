/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Tap and TUN devices as Netty channels: {@link io.ringtap.tap.TapChannel} for Ethernet frames, bound to a {@link
 * io.ringtap.tap.TapAddress}, and {@link io.ringtap.tap.TunChannel} for IP packets, bound to a {@link
 * io.ringtap.tap.TunAddress}.
 */
package io.ringtap.tap;

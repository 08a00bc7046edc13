/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Programs that carry IP packets from one TUN device to another, on Ringtap and on org.drasyl:netty-tun, for
 * {@code compare/compare_tun.py} to measure. They run until they are killed.
 */
package io.ringtap.microbench.tun;

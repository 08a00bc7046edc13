/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * UDP sockets of Linux that send and receive many datagrams with one system call, for channels on any event loop.
 * Exported to Ringtap's own modules alone.
 */
package io.ringtap.internal.udp;

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The network card of a guest as a channel. {@link io.ringtap.vhost.VhostChannel} has its queues in shared memory.
 * {@link io.ringtap.vhost.FrameDatagramChannel} has frames in the datagrams
 * of a Unix socket, as QEMU's {@code -netdev dgram} sends them. {@link
 * io.ringtap.vhost.FrameStreamChannel} has them in a stream, each behind its length, as {@code -netdev stream} and
 * passt do.
 */
package io.ringtap.vhost;

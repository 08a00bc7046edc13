/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * A tunnel of IP packets in UDP datagrams: a TUN device and Netty's own datagram channel on one event loop. It shows
 * how the two meet and is no VPN to rely on, as nothing is encrypted or authenticated.
 */
package io.ringtap.examples.vpn;

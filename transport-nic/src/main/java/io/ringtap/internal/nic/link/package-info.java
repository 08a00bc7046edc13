/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** What packet sockets and AF_XDP sockets have in common: the interface that they are bound to. */
package io.ringtap.internal.nic.link;

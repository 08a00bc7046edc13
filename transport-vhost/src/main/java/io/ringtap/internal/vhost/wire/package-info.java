/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The messages of vhost-user as they lie in a socket, in both directions: pure, without a socket and without a guest.
 * Source: the document <em>Vhost-user Protocol</em> of QEMU, {@code docs/interop/vhost-user.rst}.
 */
package io.ringtap.internal.vhost.wire;

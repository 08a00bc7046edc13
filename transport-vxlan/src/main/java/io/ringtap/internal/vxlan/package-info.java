/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The parts of a VXLAN port: the header of RFC 7348, what has to be known of the packet inside, and the tunnel end
 * points. Not exported.
 */
package io.ringtap.internal.vxlan;

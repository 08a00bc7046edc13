/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** A generator and counter of frames for ports of any kind, modelled on netmap's pkt-gen. */
package io.ringtap.examples.pktgen;

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** A host made of Netty handlers: it pings and is pinged, and sends and receives data. */
package io.ringtap.examples.host;

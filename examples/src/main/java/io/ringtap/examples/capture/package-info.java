/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Frames of any port to a pcapng file that tcpdump and Wireshark read, and from a capture file back into a port.
 */
package io.ringtap.examples.capture;

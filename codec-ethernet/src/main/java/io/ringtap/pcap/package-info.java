/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Capture files: any channel to pcapng, and pcap or pcapng back into a channel.
 */
package io.ringtap.pcap;

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What happens to the network interface under a channel on Linux: {@link io.ringtap.internal.link.LinkWatch} reports
 * it, for whichever transport finds the interface as a {@link io.ringtap.internal.link.WatchedLink}.
 */
package io.ringtap.internal.link;

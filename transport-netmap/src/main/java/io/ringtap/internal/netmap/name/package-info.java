/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/** The words in the grammar of port names that both the address and the transport use. This package uses no other. */
package io.ringtap.internal.netmap.name;

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Words of the grammar of port names that both the address and the transport know. Depends on nothing.
 */
package io.ringtap.internal.netmap.name;

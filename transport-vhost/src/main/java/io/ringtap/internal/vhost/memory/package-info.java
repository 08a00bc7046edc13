/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The memory of a guest as the other side of its virtqueues reaches it: places by guest address, and the log of what
 * was written for a migration.
 */
package io.ringtap.internal.vhost.memory;

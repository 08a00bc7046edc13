/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * A netmap inside the JVM: VALE switches and pipes over the memory layout of the kernel's, so that the code that moves
 * frames through rings cannot tell the two apart. No operating system and no native code.
 *
 * <p>Memory is touched as in the kernel: the slots between head and tail are their owner's, all others this netmap's;
 * head, cur and tail of a ring change only within a sync of its owner; and each side keeps its own copy of the indices,
 * which is the one it believes. A sync takes the lock of the switch or of the pipe, so what one thread filled the other
 * sees.
 */
package io.ringtap.internal.netmap.embedded;

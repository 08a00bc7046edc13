/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * A netmap inside the JVM: VALE switches and pipes with the memory layout of the kernel's netmap, so that the code that
 * moves frames through rings cannot tell the two apart. It needs no operating system and no native code.
 *
 * <p>The memory is used as in the kernel. The slots between head and tail belong to the program, and all others to this
 * netmap. The head, cur and tail of a ring change only during a sync of the ring's owner. Each side keeps its own copy
 * of the indices and relies on that copy. A sync takes the lock of the switch or of the pipe, so the other thread sees
 * what one thread has written.
 */
package io.ringtap.internal.netmap.embedded;

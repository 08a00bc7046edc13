/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * How a descriptor waits on each kind of event loop. {@link io.ringtap.internal.loop.LoopAdapter} registers a
 * descriptor with one kind of loop; {@link io.ringtap.internal.loop.LoopAdapters} finds the adapter that fits a loop. A
 * channel never names epoll or io_uring: an adapter for a further kind of loop is a class here and a line there.
 */
package io.ringtap.internal.loop;

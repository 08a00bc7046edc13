/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * How a descriptor waits on an event loop. {@link io.ringtap.loop.Readiness} is one descriptor's registration;
 * {@link io.ringtap.loop.ReadinessForm} makes it for one kind of loop. A channel never names epoll or io_uring: a form
 * for a further kind of loop is a class here and a line in {@link io.ringtap.loop.ReadinessForms}.
 *
 * <p>{@link io.ringtap.loop.FrameLoop} names the kinds of loop and says which work here. {@link
 * io.ringtap.loop.PollIoHandler} is a kind of our own, on ppoll(2), for where Netty has no native part.
 */
package io.ringtap.loop;

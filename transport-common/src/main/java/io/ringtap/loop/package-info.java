/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The event loops that carry frame channels. {@link io.ringtap.loop.FrameLoop} names the kinds of event loop, says
 * which of them work here, and makes their handlers. {@link io.ringtap.loop.PollIoHandler} is a kind of our own, on
 * poll(2), for where Netty has no native part; {@link io.ringtap.loop.SpinningIoHandler} wraps any kind and looks for
 * work before it sleeps. {@link io.ringtap.loop.Readiness} is the registration of one descriptor.
 */
package io.ringtap.loop;

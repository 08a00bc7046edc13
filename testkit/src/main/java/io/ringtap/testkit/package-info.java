/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * Tools for tests of network code on Netty. This package needs only Netty's buffers, JUnit and the JDK, and nothing of
 * Ringtap, so that the lowest module of Ringtap can use it too.
 *
 * <ul>
 * <li>{@link io.ringtap.testkit.LeakExtension} fails the test that leaves a buffer behind.</li>
 * <li>{@link io.ringtap.testkit.SkipReasons} prints why tests were skipped.</li>
 * <li>{@link io.ringtap.testkit.Await} waits for a condition.</li>
 * <li>{@link io.ringtap.testkit.PacketBuilder}, {@link io.ringtap.testkit.PacketCheck} and
 * {@link io.ringtap.testkit.ReferenceChecksum} write and verify packets; they share no code with what they test.
 * {@link io.ringtap.testkit.TestFrames} are frames with a number.</li>
 * <li>{@link io.ringtap.testkit.ExhaustedAllocator} and {@link io.ringtap.testkit.FaultyAllocator} have no memory when
 * a test wants it so.</li>
 * <li>{@link io.ringtap.testkit.RequiresTap}, {@link io.ringtap.testkit.TestNamespace} and
 * {@link io.ringtap.testkit.OpenDescriptors} are about Linux, {@link io.ringtap.testkit.OtherJvm} about the class
 * path.</li>
 * </ul>
 */
package io.ringtap.testkit;

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * The contract of every frame channel with Netty, as tests for the author of a transport. The author implements a
 * {@link io.ringtap.testsuite.FrameTestbed}, a device and its far end, and extends {@link
 * io.ringtap.testsuite.FrameChannelSuite}:
 *
 * <pre>{@code
 * class VdeTestbed implements FrameTestbed {
 *     private final VdeSwitch far = VdeSwitch.start();           // no other test knows it
 *
 *     public FrameChannel newChannel()          { return new VdeChannel(); }
 *     public SocketAddress address()            { return new VdeAddress(far.path()); }
 *     public void ready()                       { far.awaitPort(); }
 *     public void send(byte[] frame)            { far.send(frame); }
 *     public byte[] receive(long timeoutMillis) { return far.receive(timeoutMillis); }
 *     public boolean stall()                    { far.pause(); return true; }
 *     public void resume()                      { far.goOn(); }
 *     public void close()                       { far.stop(); }
 * }
 *
 * class VdeSuiteTest extends FrameChannelSuite {
 *     protected FrameTestbed newTestbed()       { return new VdeTestbed(); }
 * }
 * }</pre>
 *
 * <p>The module is a dependency of scope test. The tests run on the class path. To find buffers that were not released,
 * the JVM needs two properties. In a pom:
 *
 * <pre>{@code
 * <dependency>
 *   <groupId>io.ringtap</groupId>
 *   <artifactId>ringtap-testsuite</artifactId>
 *   <scope>test</scope>
 * </dependency>
 *
 * <artifactId>maven-surefire-plugin</artifactId>
 * <configuration>
 *   <useModulePath>false</useModulePath>
 *   <argLine>-Dio.netty.leakDetection.level=PARANOID
 *     -Dio.netty.customResourceLeakDetector=io.ringtap.testkit.TestLeakDetector</argLine>
 * </configuration>
 * }</pre>
 *
 * <p>For tests of a transport's own there are {@link io.ringtap.testsuite.FrameCollector}, a handler that remembers
 * frames and events, {@link io.ringtap.testsuite.TestLoops}, the event loops of this machine, and {@link
 * io.ringtap.testsuite.LoopTurns}, which detects loops that spin.
 *
 * <p>This module depends on transport-common, whose channel and event loops it needs. Tests of transport-common that
 * need classes of this module, such as pairs of descriptors or all event loops, cannot be in transport-common, as the
 * modules would depend on each other in a circle. They are among the tests of this module, in the packages of the
 * classes that they test. Tools that need only the JDK, JUnit and Netty's buffers are in {@link io.ringtap.testkit}.
 */
package io.ringtap.testsuite;

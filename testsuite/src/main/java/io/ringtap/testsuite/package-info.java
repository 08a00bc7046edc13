/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * What every frame channel owes to Netty, as tests that the author of a transport runs. The author gives the tests a
 * device and its far end, a {@link io.ringtap.testsuite.FrameTestbed}, and extends one class, {@link
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
 * <p>The module is a dependency of scope test. The tests run on the class path and look for buffers that were left
 * behind, for which the JVM that runs them needs two properties; in a pom:
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
 * what comes, {@link io.ringtap.testsuite.TestLoops}, the event loops of this machine, and {@link
 * io.ringtap.testsuite.LoopTurns}, which says whether a loop rests.
 *
 * <p>This module is above transport-common, whose channel and event loops it needs. Tests of transport-common that need
 * what is here, pairs of descriptors or all event loops, can therefore not be in that module, as modules of a build
 * must not depend on each other in a circle. They are in the test sources of this module, in the packages of the
 * classes that they test; what needs only the JDK, JUnit and Netty's buffers is in {@link io.ringtap.testkit}, which is
 * below.
 */
package io.ringtap.testsuite;

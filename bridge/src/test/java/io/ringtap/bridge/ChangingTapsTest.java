/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.EventLoopGroup;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Taps that come and go while a bridge runs. */
@RequiresTap
@ParameterizedClass
@MethodSource("io.ringtap.testsuite.TestLoops#available")
@Timeout(60)
class ChangingTapsTest {
    private static final long STATION_A = 0x02_00_00_00_00_0aL;
    private static final long BROADCAST = 0xffff_ffff_ffffL;
    private static final int PATIENCE = 5000;

    @Parameter
    TestLoop loop;

    private final RecordingListener listener = new RecordingListener();
    private TestNamespace namespace;
    private EventLoopGroup group;
    private Bridge bridge;

    @BeforeEach
    void open() throws Exception {
        namespace = TestNamespace.create();
        group = loop.newGroup(2);
        bridge = Bridge.builder().port(tap("c0")).port(tap("c1")).listener(listener).build();
        bridge.open(group).sync();
    }

    @AfterEach
    void close() throws IOException {
        bridge.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        namespace.close();
    }

    private String tap(String name) {
        return "tap:" + name + ",up=on,netns=" + namespace.name();
    }

    private static byte[] frame(long number) {
        byte[] frame = TestFrames.frame(number);
        ByteBuffer.wrap(frame).putLong(0, BROADCAST << 16 | STATION_A >>> 32).putInt(8, (int) STATION_A);
        return frame;
    }

    @Test
    void tapsThatComeAndGoDisturbNoOthers() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        try (PacketSocket from = PacketSocket.open(namespace, "c0");
            PacketSocket to = PacketSocket.open(namespace, "c1")) {
            FutureTask<Integer> traffic = new FutureTask<>(() -> {
                int number = 0;
                while (!ended.get()) {
                    from.send(frame(number));
                    assertThat(to.receive(PATIENCE)).isEqualTo(frame(number));
                    number++;
                }
                return number;
            });
            new Thread(traffic, "traffic").start();
            for (int i = 0; i < 10; i++) {
                BridgePort third = bridge.addPort(tap("c2")).sync().getNow();
                assertThat(third.state()).isEqualTo(PortState.UP);
                await("it gets frames", () -> third.stats().txFrames() > 0);
                if (i % 2 == 0) {
                    bridge.removePort(third).sync();
                } else {
                    namespace.ip("link", "del", "dev", "c2");
                    assertThat(third.closeFuture().await(PATIENCE)).isTrue();
                    await("it has left", () -> bridge.ports().size() == 2);
                }
                assertThat(namespace.ip("-o", "link")).doesNotContain(" c2: ");
                assertThat(third.state()).isEqualTo(PortState.GONE);
            }
            ended.set(true);
            assertThat(traffic.get(PATIENCE, TimeUnit.MILLISECONDS)).isPositive();
        }
        // Ports whose tap was deleted have a cause, ports that were removed have none.
        await("all told", () -> listener.reports.size() == 5);
        assertThat(listener.reports).allSatisfy(report -> assertThat(report).startsWith("tap:c2: "));
    }

    @Test
    void aTapThatHasGoneIsOpenedAgain() throws Exception {
        try (Bridge other = Bridge.builder().port(tap("r0")).listener(listener).reopen(Duration.ofMillis(20)).build()) {
            other.open(group).sync();
            BridgePort first = other.ports().get(0);
            namespace.ip("link", "del", "dev", "r0");
            await("it is back", () -> other.ports().size() == 1 && other.ports().get(0) != first);
            assertThat(other.ports().get(0).state()).isEqualTo(PortState.UP);
            other.removePort(other.ports().get(0)).sync();
            assertThat(namespace.ip("-o", "link")).doesNotContain(" r0:");
        }
    }
}

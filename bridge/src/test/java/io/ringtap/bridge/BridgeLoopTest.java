/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.MacTable;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.LoopTurns;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** The bridge in a loop with a bridge of the kernel, to which both ports are connected. */
@RequiresTap
class BridgeLoopTest {
    private static final long STATION = 0x02_00_00_00_00_0aL;
    private static final long BROADCAST = 0xffff_ffff_ffffL;
    private static final String FORWARDING = "state forwarding";
    private static final String BLOCKING = "state blocking";
    private static final long PATIENCE_MILLIS = 40_000;

    private final RecordingListener listener = new RecordingListener();
    private TestNamespace namespace;
    private EventLoopGroup group;
    private Bridge bridge;

    @BeforeEach
    void open() throws Exception {
        namespace = TestNamespace.create();
        group = new MultiThreadIoEventLoopGroup(2, FrameLoop.preferred().newFactory());
        List<FramePort> ports = new ArrayList<>();
        // The rate limits the load of a storm.
        for (String port : new String[] {"tap:ra,up=on", "tap:rb,up=on,rate=2000pps"}) {
            ports.add(FramePorts.load().parse(port + ",netns=" + namespace.name(), PortOptions.KEYS));
        }
        bridge = TestBridges.of(ports, listener);
        bridge.open(group).sync();
    }

    @AfterEach
    void removeAll() throws IOException {
        bridge.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        namespace.close();
    }

    private void joinByTheKernel(String stp) throws IOException {
        namespace.ip("link", "add", "brL", "type", "bridge", "stp_state", stp, "forward_delay", stp.equals("1")
            ? "200" : "0", "mcast_snooping", "0");
        namespace.ip("link", "set", "dev", "ra", "master", "brL");
        namespace.ip("link", "set", "dev", "rb", "master", "brL");
        namespace.ip("link", "set", "dev", "brL", "up");
    }

    private List<String> states() throws IOException {
        return Stream.of("ra", "rb").map(port -> {
            try {
                String text = namespace.ip("-d", "link", "show", "dev", port);
                int state = text.indexOf("bridge_slave state ");
                return text.substring(state + "bridge_slave ".length()).split(" priority")[0];
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }).toList();
    }

    private long received() {
        return bridge.ports().stream().mapToLong(port -> port.channel().stats().rxFrames()).sum();
    }

    @Test
    void aBridgeThatRunsASpanningTreeFindsTheLoopThroughThisOneAndBlocksIt() throws Exception {
        joinByTheKernel("1");
        // No port listens or learns any more: each has its final state.
        await("the state that each port stays in", PATIENCE_MILLIS, () -> states().stream()
            .allMatch(state -> state.equals(FORWARDING) || state.equals(BLOCKING)));
        assertThat(states()).containsExactlyInAnyOrder(FORWARDING, BLOCKING);

        long before = received();
        try (PacketSocket host = PacketSocket.open(namespace, "brL")) {
            for (int i = 0; i < 10; i++) {
                byte[] frame = TestFrames.frame(i);
                ByteBuffer.wrap(frame).putLong(0, BROADCAST << 16 | STATION >>> 32).putInt(8, (int) STATION);
                host.send(frame);
            }
        }
        // A storm would have ten frames at once, and many more after some turns of the loops.
        await("ten frames, and two BPDUs behind them", PATIENCE_MILLIS, () -> received() - before >= 12);
        LoopTurns.settle(group);
        assertThat(received() - before).isLessThan(40L);
        assertThat(states()).containsExactlyInAnyOrder(FORWARDING, BLOCKING);
        assertThat(bridge.table().moved()).isZero();
    }

    /**
     * With a bridge of the kernel that runs no spanning tree, nothing ends the storm. Here, the rate of a port limits
     * it.
     */
    @Test
    void aLoopShowsInTheTableAndIsWarnedOfOnce() throws Exception {
        joinByTheKernel("0");
        try (PacketSocket host = PacketSocket.open(namespace, "brL")) {
            byte[] frame = TestFrames.frame(1);
            ByteBuffer.wrap(frame).putLong(0, BROADCAST << 16 | STATION >>> 32).putInt(8, (int) STATION);
            host.send(frame);
            await("a warning", PATIENCE_MILLIS, () -> !listener.reports.isEmpty());
            AtomicInteger looks = new AtomicInteger();
            group.next().scheduleAtFixedRate(looks::incrementAndGet, 1, 1, TimeUnit.SECONDS);
            await("more looks at the table", () -> looks.get() >= 2);
        }
        assertThat(listener.reports).singleElement().asString().startsWith("flap 02:00:00:00:00:0a ")
            .contains("tap:ra", "tap:rb");
        assertThat(listener.events).contains("moved 02:00:00:00:00:0a");
        assertThat(bridge.table().snapshot(MacTable.seconds())).singleElement().satisfies(station -> {
            assertThat(station.moves()).isPositive();
            assertThat(station.movedFrom()).isEqualTo(1 - station.port());
        });
    }
}

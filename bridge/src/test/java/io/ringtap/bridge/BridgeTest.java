/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.MacTable;
import io.ringtap.loop.FrameLoop;
import io.ringtap.tap.TapChannelOption;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The bridge between real taps, whose near ends send and receive whole frames. */
@RequiresTap
class BridgeTest {
    private static final long STATION_A = 0x02_00_00_00_00_0aL;
    private static final long STATION_B = 0x02_00_00_00_00_0bL;
    private static final long BROADCAST = 0xffff_ffff_ffffL;
    private static final int PORTS = 3;
    private static final int SOON = 2000;
    private static final int NEVER = 100;

    private final RecordingListener listener = new RecordingListener();
    private final List<PacketSocket> hosts = new ArrayList<>();
    private TestNamespace namespace;
    private EventLoopGroup group;
    private Bridge bridge;

    @BeforeEach
    void makeNamespace() throws IOException {
        namespace = TestNamespace.create();
    }

    @AfterEach
    void removeAll() throws IOException {
        hosts.forEach(PacketSocket::close);
        if (bridge != null) {
            bridge.close();
        }
        if (group != null) {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
        namespace.close();
    }

    private void open(int threads, String more) throws Exception {
        List<FramePort> ports = new ArrayList<>();
        for (int i = 0; i < PORTS; i++) {
            ports.add(FramePorts.load().parse("tap:p" + i + ",up=on,netns=" + namespace.name() + more, Set.of()));
        }
        group = new MultiThreadIoEventLoopGroup(threads, FrameLoop.preferred().newFactory());
        bridge = TestBridges.of(ports, listener);
        bridge.open(group).sync();
        for (int i = 0; i < PORTS; i++) {
            hosts.add(PacketSocket.open(namespace, "p" + i));
        }
    }

    private static byte[] frame(long destination, long source, long number) {
        byte[] frame = TestFrames.frame(number);
        ByteBuffer.wrap(frame).putLong(0, destination << 16 | source >>> 32).putInt(8, (int) source);
        return frame;
    }

    private void assertReceives(int host, byte[] frame) throws IOException {
        assertThat(hosts.get(host).receive(SOON)).as("at host %d", host).isEqualTo(frame);
    }

    private void assertReceivesNothing(int host) throws IOException {
        assertThat(hosts.get(host).receive(NEVER)).as("at host %d", host).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void learnsFromSourcesFloodsTheUnknownAndForwardsTheKnown(int threads) throws Exception {
        open(threads, "");
        byte[] unknown = frame(STATION_B, STATION_A, 1);
        hosts.get(0).send(unknown);
        assertReceives(1, unknown);
        assertReceives(2, unknown);

        byte[] answer = frame(STATION_A, STATION_B, 2);
        hosts.get(1).send(answer);
        assertReceives(0, answer);

        byte[] known = frame(STATION_B, STATION_A, 3);
        hosts.get(0).send(known);
        assertReceives(1, known);
        assertReceivesNothing(2);

        byte[] moved = frame(STATION_A, STATION_B, 4);
        hosts.get(2).send(moved);
        assertReceives(0, moved);
        byte[] behind = frame(STATION_B, STATION_A, 5);
        hosts.get(0).send(behind);
        assertReceives(2, behind);
        assertReceivesNothing(1);

        byte[] broadcast = frame(BROADCAST, STATION_A, 6);
        hosts.get(0).send(broadcast);
        assertReceives(1, broadcast);
        assertReceives(2, broadcast);
        assertReceivesNothing(0);
        assertThat(bridge.table().snapshot(MacTable.seconds())).hasSize(2);
    }

    @Test
    void dropsAndCountsWhatABridgeMustNotForward() throws Exception {
        open(1, "");
        byte[] bpdu = frame(0x0180_c200_0000L, STATION_A, 0);
        hosts.get(0).send(bpdu);
        assertReceives(1, bpdu);
        assertReceives(2, bpdu);
        hosts.get(0).send(frame(0x0180_c200_000eL, STATION_A, 1));
        hosts.get(0).send(frame(STATION_B, BROADCAST, 2));
        byte[] last = frame(BROADCAST, STATION_A, 3);
        hosts.get(0).send(last);
        assertReceives(1, last);
        assertReceives(2, last);
        assertThat(bridge.ports().get(0).stats().reserved()).isEqualTo(1);
        assertThat(bridge.ports().get(0).stats().badSource()).isEqualTo(1);
    }

    @Test
    void aPortThatIsDownDropsAndCountsAndDoesNotKeepTheOthersFromTalking() throws Exception {
        open(1, "");
        namespace.ip("link", "set", "dev", "p2", "down");
        for (int i = 0; i < 1000; i++) {
            hosts.get(0).send(frame(BROADCAST, STATION_A, i));
            assertReceives(1, frame(BROADCAST, STATION_A, i));
        }
        BridgePort down = bridge.ports().get(2);
        assertThat(down.channel().stats().txDrops(DropReason.DOWN)).isEqualTo(1000);
        assertThat(down.channel().isActive()).isTrue();
        assertThat(down.state()).isEqualTo(PortState.DOWN);

        namespace.ip("link", "set", "dev", "p2", "up");
        byte[] again = frame(BROADCAST, STATION_A, 1000);
        hosts.get(0).send(again);
        assertReceives(2, again);
        assertThat(listener.reports).isEmpty();
    }

    private void awaitState(int port, PortState state) throws InterruptedException {
        await("the port is " + state, () -> bridge.ports().get(port).state() == state);
    }

    /** Makes the bridge learn that station B is at port 1. */
    private void learnB() throws IOException {
        byte[] hello = frame(BROADCAST, STATION_B, 1);
        hosts.get(1).send(hello);
        assertReceives(0, hello);
        assertReceives(2, hello);
        assertThat(bridge.table().lookup(STATION_B, MacTable.seconds())).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aPortThatGoesDownForgetsItsStationsAndWhatIsForThemIsFlooded(int threads) throws Exception {
        open(threads, "");
        learnB();
        namespace.ip("link", "set", "dev", "p1", "down");
        awaitState(1, PortState.DOWN);
        byte[] elsewhere = frame(STATION_B, STATION_A, 2);
        hosts.get(0).send(elsewhere);
        assertReceives(2, elsewhere);

        namespace.ip("link", "set", "dev", "p1", "up");
        awaitState(1, PortState.UP);
        // The first send on the old socket would report that the interface was down.
        hosts.get(1).close();
        hosts.set(1, PacketSocket.open(namespace, "p1"));
        learnB();
    }

    @Test
    void aPortThatLosesItsCarrierForgetsItsStations() throws Exception {
        open(1, "");
        learnB();
        bridge.ports().get(1).channel().config().setOption(TapChannelOption.CARRIER, false);
        awaitState(1, PortState.DOWN);
        byte[] elsewhere = frame(STATION_B, STATION_A, 2);
        hosts.get(0).send(elsewhere);
        assertReceives(2, elsewhere);
    }

    @Test
    void aPortThatIsOpenedWithoutACarrierIsDownUntilItHasOne() throws Exception {
        open(1, ",carrier=off");
        assertThat(bridge.ports()).extracting(BridgePort::state).containsOnly(PortState.DOWN);
        bridge.ports().get(0).channel().config().setOption(TapChannelOption.CARRIER, true);
        awaitState(0, PortState.UP);
        assertThat(bridge.ports().get(1).state()).isEqualTo(PortState.DOWN);
    }

    @Test
    void framesThatWereOnTheirWayWhenThePortWentDownTeachNothing() throws Exception {
        open(1, "");
        BridgePort down = bridge.ports().get(1);
        down.channel().config().setAutoRead(false);
        down.channel().eventLoop().submit(() -> { }).sync();
        byte[] late = frame(BROADCAST, STATION_B, 1);
        hosts.get(1).send(late);
        namespace.ip("link", "set", "dev", "p1", "down");
        awaitState(1, PortState.DOWN);
        down.channel().config().setAutoRead(true);
        assertReceives(0, late);
        assertReceives(2, late);
        assertThat(bridge.table().lookup(STATION_B, MacTable.seconds())).isEqualTo(MacTable.UNKNOWN);
    }

    @Test
    void goesOnWhenAPortIsDeletedAndForgetsItsStations() throws Exception {
        open(1, "");
        hosts.get(1).send(frame(BROADCAST, STATION_B, 1));
        assertReceives(0, frame(BROADCAST, STATION_B, 1));
        assertReceives(2, frame(BROADCAST, STATION_B, 1));
        List<BridgePort> ports = bridge.ports();
        namespace.ip("link", "del", "dev", "p1");
        ports.get(1).closeFuture().await(SOON);

        byte[] frame = frame(STATION_B, STATION_A, 2);
        hosts.get(0).send(frame);
        assertReceives(2, frame);
        assertThat(ports.get(1).state()).isEqualTo(PortState.GONE);
        await("the event", () -> listener.events.contains("gone tap:p1"));
        assertThat(listener.reports).singleElement().asString().contains("p1", "is gone");
        assertThat(bridge.ports()).containsExactly(ports.get(0), ports.get(2));
        namespace.ip("link", "del", "dev", "p0");
        namespace.ip("link", "del", "dev", "p2");
        await("the other ports gone", () -> bridge.ports().isEmpty());
    }

    @Test
    void aFloodOfMadeUpAddressesNeitherGrowsTheTableNorStopsKnownHosts() throws Exception {
        open(1, "");
        byte[] fromB = frame(STATION_A, STATION_B, 1);
        hosts.get(1).send(frame(BROADCAST, STATION_B, 0));
        assertReceives(0, frame(BROADCAST, STATION_B, 0));
        hosts.get(0).send(frame(BROADCAST, STATION_A, 0));
        assertReceives(1, frame(BROADCAST, STATION_A, 0));
        for (int i = 0; i < 2000; i++) {
            hosts.get(2).send(frame(STATION_B, 0x02_11_00_00_00_00L + i, i));
            if (i % 100 == 0) {
                hosts.get(1).send(fromB);
                assertReceives(0, fromB);
            }
        }
        await("all frames are read", () -> bridge.ports().get(2).channel().stats().rxFrames() >= 2000);
        assertThat(bridge.table().size()).isEqualTo(64);
        assertThat(bridge.table().refused()).isEqualTo(2000 - 62);
        hosts.get(1).send(fromB);
        assertReceives(0, fromB);
    }

    @Test
    void opensAllPortsOrNone() throws Exception {
        group = new MultiThreadIoEventLoopGroup(1, FrameLoop.preferred().newFactory());
        bridge = TestBridges.of(List.of(
            FramePorts.parse("tap:p0,netns=" + namespace.name()),
            FramePorts.parse("tap:lo,netns=" + namespace.name())), listener);
        assertThatThrownBy(() -> bridge.open(group).sync()).isInstanceOf(IOException.class)
            .hasMessageContaining("port tap:lo,netns=").hasMessageContaining("EINVAL");
        assertThat(namespace.ip("-o", "link")).doesNotContain("p0");
    }

    @Test
    void refusesAPortTwiceThatShowsWhenTheKernelHasNamedIt() throws Exception {
        group = new MultiThreadIoEventLoopGroup(1, FrameLoop.preferred().newFactory());
        String more = ",multi-queue=on,netns=" + namespace.name();
        bridge = TestBridges.of(List.of(FramePorts.parse("tap:p%d" + more), FramePorts.parse("tap:p0" + more)),
            listener);
        assertThatThrownBy(() -> bridge.open(group).sync()).isInstanceOf(IOException.class)
            .hasMessageContaining("port tap:p0" + more).hasMessageContaining("is the same as tap:p%d" + more);
        assertThat(namespace.ip("-o", "link")).doesNotContain("p0");
    }
}

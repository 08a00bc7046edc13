/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.tap.TapChannel;
import io.ringtap.testsuite.TestLoops;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.remote.FreeBsdInterface;
import io.ringtap.testsuite.remote.FreeBsdMachine;
import io.ringtap.testsuite.remote.FreeBsdStacks;
import io.ringtap.testsuite.remote.RequiresFreeBsd;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The bridge between taps of a FreeBSD kernel, with and without vnet headers. The hosts are two of its network stacks,
 * which count every wrong checksum; a third port has no host, and gets what the bridge floods.
 */
@RequiresFreeBsd
class FreeBsdBridgeTest {
    private static final AtomicInteger UNITS = new AtomicInteger(3000);
    private static final int TRANSFER = 1 << 19;
    private static final int LONGEST_FRAME = 1514;
    /** For what the stacks send to groups by themselves. */
    private static final int FEW = 40;

    private static FreeBsdMachine machine;

    private final RecordingListener listener = new RecordingListener();
    private FreeBsdStacks stacks;
    private FreeBsdInterface third;
    private EventLoopGroup group;
    private Bridge bridge;

    @BeforeAll
    static void use(FreeBsdMachine inUse) {
        machine = inUse;
    }

    /** Devices before their interfaces, as destroying an interface waits for its device to be closed. */
    @AfterEach
    void close() throws IOException {
        if (bridge != null) {
            bridge.close();
        }
        if (group != null) {
            group.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
        }
        if (third != null) {
            third.close();
        }
        if (stacks != null) {
            stacks.close();
        }
    }

    static Stream<Arguments> stacks() {
        return TestLoops.available().flatMap(loop -> Stream.of(
            Arguments.of(loop, "", "", false), Arguments.of(loop, "", "", true),
            Arguments.of(loop, ",vnet=12", ",vnet=12", false), Arguments.of(loop, ",vnet=12", ",vnet=10", true),
            Arguments.of(loop, ",vnet=12", "", false), Arguments.of(loop, ",vnet=10", "", true)));
    }

    @ParameterizedTest(name = "{0}, near{1}, far{2}, IPv6: {3}")
    @MethodSource("stacks")
    void twoStacksTalkThroughABridge(TestLoop loop, String nearKeys, String farKeys, boolean ipv6) throws Exception {
        group = loop.newGroup(2);
        stacks = FreeBsdStacks.create(machine, UNITS);
        third = FreeBsdInterface.create(machine, "tap", UNITS);
        bridge = TestBridges.of(List.of(tap(stacks.near(), nearKeys), tap(stacks.far(), farKeys), tap(third, "")),
            listener);
        bridge.open(group).sync();
        stacks.address(ipv6);
        // While it moved, an interface was down, and nobody hears that it is up again: the bridge tries that.
        await("both stations are known", 30_000, () -> {
            stacks.transfer(1);
            return knownStations().containsAll(List.of(stationOf(0), stationOf(1)));
        });
        long floodedBefore = stats(2).txFrames();
        List<Map<?, ?>> dropsBefore = drops();
        PortStats nearBefore = stats(0);
        PortStats farBefore = stats(1);
        stacks.transfer(TRANSFER);
        assertThat(drops()).as("dropped frames by port and reason").isEqualTo(dropsBefore);
        long received = stats(0).rxBytes() - nearBefore.rxBytes();
        long sent = stats(1).txBytes() - farBefore.txBytes();
        assertThat(received).isGreaterThan(TRANSFER);
        assertThat(sent).isGreaterThan(TRANSFER);
        assertThat(received / (stats(0).rxFrames() - nearBefore.rxFrames()) > LONGEST_FRAME)
            .as("super-frames are received").isEqualTo(!nearKeys.isEmpty());
        assertThat(sent / (stats(1).txFrames() - farBefore.txFrames())).as("the driver segments nothing")
            .isLessThanOrEqualTo(LONGEST_FRAME + 12);
        assertThat(floodedBefore).as("flooded frames").isPositive();
        assertThat(stats(2).txFrames() - floodedBefore).as("flooded frames of the transfer")
            .isLessThan(FEW);
        assertThat(listener.reports).isEmpty();
    }

    private static FramePort tap(FreeBsdInterface device, String keys) {
        return FramePorts.load().parse("tap:" + device.name() + ",up=on" + keys, PortOptions.KEYS);
    }

    private PortStats stats(int index) {
        return bridge.ports().get(index).stats();
    }

    private List<String> knownStations() {
        return bridge.stations().stream().map(station -> station.port().name() + ' ' + station.address()).toList();
    }

    private String stationOf(int index) {
        BridgePort port = bridge.ports().get(index);
        return port.name() + ' ' + ((TapChannel) port.channel()).config().getMacAddress();
    }

    private List<Map<?, ?>> drops() {
        return bridge.ports().stream().map(BridgePort::stats)
            .flatMap(stats -> Stream.<Map<?, ?>>of(stats.rxDrops(), stats.txDrops(), stats.malformed())).toList();
    }
}

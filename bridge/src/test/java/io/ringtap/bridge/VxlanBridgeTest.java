/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.NamespaceTraffic;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Bridges that tunnels join to each other and to a kernel. The underlay is a bridge of the kernel in a namespace of its
 * own, to which a virtual cable leads from each machine.
 */
@RequiresTap
class VxlanBridgeTest {
    private static final int SOON = 10_000;

    private final List<AutoCloseable> resources = new ArrayList<>();
    private EventLoopGroup group;
    private TestNamespace underlay;

    /** A machine: a namespace with an address in the underlay, and one of the overlay once it has a port there. */
    private static final class Machine {
        private final TestNamespace namespace;
        private final int number;

        Machine(TestNamespace namespace, int number) {
            this.namespace = namespace;
            this.number = number;
        }

        String outer(boolean ipv6) {
            return (ipv6 ? "2001:db8:1::" : "192.0.2.") + number;
        }

        String inner(boolean ipv6) {
            return (ipv6 ? "fd00:9::" : "10.9.0.") + number;
        }

        void configure(String device, int mtu) throws IOException {
            namespace.ip("address", "add", inner(false) + "/24", "dev", device);
            namespace.ip("address", "add", inner(true) + "/64", "dev", device, "nodad");
            namespace.ip("link", "set", device, "mtu", "" + mtu, "up");
        }
    }

    private <T extends AutoCloseable> T closing(T resource) {
        resources.add(0, resource);
        return resource;
    }

    private void prepare(String loop) throws IOException {
        group = new MultiThreadIoEventLoopGroup(1, FrameLoop.valueOf(loop).newFactory());
        underlay = closing(TestNamespace.create());
        underlay.ip("link", "add", "switch", "type", "bridge");
        underlay.ip("link", "set", "switch", "up");
    }

    @AfterEach
    void cleanUp() throws Exception {
        for (AutoCloseable resource : resources) {
            resource.close();
        }
        group.shutdownGracefully(0, 10, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
    }

    private Machine machine(int number) throws IOException {
        Machine machine = new Machine(closing(TestNamespace.create(true)), number);
        machine.namespace.ip("link", "add", "eth0", "type", "veth", "peer", "name", "m" + number, "netns",
            underlay.name());
        underlay.ip("link", "set", "m" + number, "master", "switch", "up");
        for (boolean ipv6 : new boolean[] {false, true}) {
            machine.namespace.ip("address", "add", machine.outer(ipv6) + (ipv6 ? "/64" : "/24"), "dev", "eth0");
        }
        machine.namespace.ip("link", "set", "eth0", "up");
        return machine;
    }

    /** Puts a bridge between a tap of the machine and a tunnel to others. */
    private Bridge ringtap(Machine machine, boolean ipv6, int vnet, Machine... others) throws Exception {
        List<String> remotes = new ArrayList<>();
        for (Machine other : others) {
            remotes.add(other.outer(ipv6));
        }
        return ringtap(machine, ipv6, vnet, "remote=" + String.join("+", remotes));
    }

    private Bridge ringtap(Machine machine, boolean ipv6, int vnet, String others) throws Exception {
        String namespace = ",netns=" + machine.namespace.name();
        Bridge bridge = closing(Bridge.builder()
            .port("tap:t0,up=on,mac=02:00:00:00:00:0" + machine.number + ",vnet=" + vnet + namespace)
            .port("vxlan:42,local=" + machine.outer(ipv6) + "," + others + ",vnet=" + vnet
                + namespace)
            .build());
        bridge.open(group).get(10, TimeUnit.SECONDS);
        machine.configure("t0", ipv6 ? 1430 : 1450);
        return bridge;
    }

    /** Gives a machine the kernel's own end of the tunnel. */
    private void kernel(Machine machine, boolean ipv6, boolean learning, Machine... others) throws IOException {
        List<String> device = new ArrayList<>(List.of("link", "add", "vxlan42", "type", "vxlan", "id", "42", "dstport",
            "4789", "local", machine.outer(ipv6), "dev", "eth0"));
        if (!learning) {
            device.add("nolearning");
        }
        machine.namespace.ip(device.toArray(String[]::new));
        machine.configure("vxlan42", ipv6 ? 1430 : 1450);
        for (Machine other : others) {
            TestNamespace.run("bridge", "-n", machine.namespace.name(), "fdb", "append", "00:00:00:00:00:00", "dev",
                "vxlan42", "dst", other.outer(ipv6));
        }
    }

    private static void offload(Machine machine, String feature, boolean on) throws IOException {
        TestNamespace.run("ip", "netns", "exec", machine.namespace.name(), "ethtool", "-K", "eth0", feature,
            on ? "on" : "off");
    }

    private static void ping(Machine from, Machine to) throws IOException {
        for (boolean ipv6 : new boolean[] {false, true}) {
            assertThat(reaches(from, to, ipv6, SOON)).as("%s answers %s", to.inner(ipv6), from.inner(ipv6)).isTrue();
        }
    }

    private static boolean reaches(Machine from, Machine to, boolean ipv6, int millis) throws IOException {
        return NamespaceTraffic.reaches(from.namespace, to.inner(ipv6), millis);
    }

    private static void transfer(Machine from, Machine to, boolean ipv6) throws Exception {
        NamespaceTraffic.transfer(from.namespace, to.namespace, to.inner(ipv6));
    }

    /**
     * A kernel hands super-frames to a virtual cable whole, and leaves their checksums to the far end. Nothing tells of
     * that.
     */
    @ParameterizedTest
    @CsvSource({"EPOLL, false, 12, true", "IO_URING, true, 12, false", "POLL, false, 0, true", "EPOLL, true, 0, true",
        "EPOLL, false, 10, false"})
    void aKernelAtTheOtherEnd(String loop, boolean ipv6, int vnet, boolean learning) throws Exception {
        prepare(loop);
        Machine near = machine(1);
        Machine far = machine(2);
        kernel(far, ipv6, learning, near);
        Bridge bridge = ringtap(near, ipv6, vnet, far);
        ping(far, near);
        ping(near, far);
        for (boolean whole : new boolean[] {true, false}) {
            offload(far, "tx-udp_tnl-segmentation", whole);
            offload(far, "tx-udp_tnl-csum-segmentation", whole);
            transfer(far, near, whole);
            transfer(near, far, whole);
        }
        assertThat(bridge.ports()).allSatisfy(port -> assertThat(port.stats().rxDrops()).as(port.name()).isEmpty());
    }

    @Test
    void aGroupInPlaceOfRemotes() throws Exception {
        prepare("EPOLL");
        Machine near = machine(1);
        Machine far = machine(2);
        Machine third = machine(3);
        far.namespace.ip("link", "add", "vxlan42", "type", "vxlan", "id", "42", "dstport", "4789", "group", "239.1.1.1",
            "dev", "eth0");
        far.configure("vxlan42", 1450);
        String group = "group=239.1.1.1,group-dev=eth0,networks=192.0.2.0/24";
        ringtap(near, false, 12, group);
        ringtap(third, false, 0, group);
        ping(near, far);
        ping(far, third);
        ping(third, near);
        transfer(far, near, true);
    }

    @ParameterizedTest
    @ValueSource(strings = {"EPOLL", "IO_URING", "POLL"})
    void aTriangleWithAKernelSurvivesTheLossAndTheReturnOfOne(String loop) throws Exception {
        prepare(loop);
        Machine one = machine(1);
        Machine two = machine(2);
        Machine three = machine(3);
        Machine four = machine(4);
        kernel(four, false, true, one, two, three);
        ringtap(one, false, 12, two, three, four);
        Bridge lost = ringtap(two, false, 12, one, three, four);
        ringtap(three, false, 0, one, two, four);
        for (Machine from : List.of(one, two, three, four)) {
            for (Machine to : List.of(one, two, three, four)) {
                if (from != to) {
                    ping(from, to);
                }
            }
        }
        for (boolean ipv6 : new boolean[] {false, true}) {
            transfer(one, two, ipv6);
            transfer(two, three, ipv6);
            transfer(three, four, ipv6);
            transfer(four, one, ipv6);
        }
        lost.close();
        resources.remove(lost);
        assertThat(reaches(one, two, false, 1000)).isFalse();
        ping(one, three);
        ringtap(two, false, 12, one, three, four);
        await("two is back", 3000, () -> reaches(one, two, false, 1000));
        transfer(four, two, true);
    }

    /** A station that all have learned behind one end says a word behind another. */
    @ParameterizedTest
    @ValueSource(strings = {"EPOLL", "IO_URING", "POLL"})
    void aStationMovesToAnotherEnd(String loop) throws Exception {
        prepare(loop);
        Machine one = machine(1);
        Machine two = machine(2);
        Machine three = machine(3);
        Machine four = machine(4);
        kernel(four, false, true, one, two, three);
        ringtap(one, false, 12, two, three, four);
        Bridge before = ringtap(two, false, 12, one, three, four);
        Bridge after = ringtap(three, false, 0, one, two, four);
        Machine station = new Machine(closing(TestNamespace.create(true)), 5);
        BridgePort plugged = plug(station, before);
        for (Machine other : List.of(one, three, four)) {
            ping(other, station);
        }
        transfer(one, station, false);
        before.removePort(plugged).get(10, TimeUnit.SECONDS);
        assertThat(reaches(one, station, false, 500)).isFalse();
        plug(station, after);
        long moved = System.nanoTime();
        // It says a word, as a machine that has moved does.
        assertThat(reaches(station, one, false, 3000)).isTrue();
        for (Machine other : List.of(one, two, four)) {
            assertThat(reaches(other, station, false, 3000)).isTrue();
        }
        assertThat(System.nanoTime() - moved).as("nanoseconds until all reach it")
            .isLessThan(TimeUnit.SECONDS.toNanos(3));
        transfer(four, station, true);
        transfer(two, station, false);
    }

    /** Gives a station a tap in a bridge of another machine, with the same address wherever it is. */
    private static BridgePort plug(Machine station, Bridge into) throws Exception {
        BridgePort port = into.addPort("tap:t0,up=on,mac=02:00:00:00:00:05,netns=" + station.namespace.name())
            .get(10, TimeUnit.SECONDS);
        station.configure("t0", 1450);
        return port;
    }

    /** Outer packets of frames that do not fit would be fragmented, or lost. */
    @Test
    void tapsAreToldWhatTheTunnelHasRoomFor() throws Exception {
        prepare("EPOLL");
        Machine near = machine(1);
        machine(2);
        String namespace = ",netns=" + near.namespace.name();
        RecordingListener warned = new RecordingListener();
        Bridge silent = Bridge.builder().port("tap:t0,up=on" + namespace)
            .port("vxlan:42,local=192.0.2.1,remote=192.0.2.2" + namespace).listener(warned).build();
        silent.open(group).get(10, TimeUnit.SECONDS);
        await("a warning", SOON, () -> warned.reports.stream().anyMatch(report -> report.contains("MTU of 1500")
            && report.contains("1450")));
        silent.close();
        Bridge telling = closing(Bridge.builder().mtuOfTunnels(true).port("tap:t0,up=on" + namespace)
            .port("tap:short,up=on,mtu=1300" + namespace)
            .port("vxlan:42,local=192.0.2.1,remote=192.0.2.2" + namespace).build());
        telling.open(group).get(10, TimeUnit.SECONDS);
        BridgePort tap = telling.ports().get(0);
        await("the tap has the MTU of the tunnel", SOON, () -> tap.channel().interfaceMtu() == 1450);
        near.namespace.ip("route", "add", "192.0.2.2/32", "dev", "eth0", "mtu", "1400");
        await("a shorter way", SOON, () -> tap.channel().interfaceMtu() == 1350);
        near.namespace.ip("route", "change", "192.0.2.2/32", "dev", "eth0", "mtu", "9000");
        near.namespace.ip("link", "set", "eth0", "mtu", "9000");
        await("its own again", SOON, () -> tap.channel().interfaceMtu() == 1500);
        assertThat(telling.ports().get(1).channel().interfaceMtu()).isEqualTo(1300);
    }
}

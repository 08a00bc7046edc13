/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.ringtap.channel.DeviceEvent;
import io.ringtap.internal.nic.link.AfPacket;
import io.ringtap.internal.nic.link.PacketOptions;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.RouteNetlink;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.system.PacketSocket;
import io.ringtap.testsuite.system.Unprivileged;
import org.junit.jupiter.api.Test;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A packet socket that somebody else has opened, as a privileged parent does. */
class PacketAdoptTest extends VethTest {
    /** Opens and binds as a program would that knows nothing of Ringtap: a blocking descriptor, no option set. */
    private int bound(boolean header) throws Exception {
        return NetworkNamespace.call(namespace.name(), () -> {
            int fd = SystemCalls.check("socket", SystemCalls.socket(AfPacket.AF_PACKET, AfPacket.SOCK_RAW, 0));
            PacketOptions options = new PacketOptions(fd);
            if (header) {
                SystemCalls.check("PACKET_VNET_HDR", options.set(AfPacket.SOL_PACKET, AfPacket.PACKET_VNET_HDR, 1));
            }
            try (RouteNetlink netlink = RouteNetlink.open()) {
                SystemCalls.check("bind", options.bind(netlink.link("va").index()));
            }
            options.close();
            return fd;
        });
    }

    private void assertCarriesFrames(PacketChannel channel, FrameCollector collector) throws Exception {
        track(channel);
        group.register(channel).sync();
        assertThat(channel.isActive()).isTrue();
        assertThat(channel.localAddress()).isEqualTo(new PacketAddress("va"));
        PacketSocket far = packetSocket("vb");
        far.send(TestFrames.frame(1));
        assertThat(collector.next()).isEqualTo(TestFrames.frame(1));
        assertThat(write(channel, TestFrames.frame(2))).isNull();
        assertThat(far.receive(10_000)).isEqualTo(TestFrames.frame(2));
        namespace.ip("link", "set", "va", "mtu", "1300");
        await("MtuChanged", () -> collector.deviceEvents().contains(new DeviceEvent.MtuChanged(1500, 1300)));
    }

    @Test
    void anAdoptedSocketIsActiveOnceRegistered() throws Exception {
        FrameCollector collector = new FrameCollector();
        PacketChannel channel = new PacketChannel(bound(false));
        channel.pipeline().addLast(collector);
        assertCarriesFrames(channel, collector);
        assertThat(channel.vnetHeaderLength()).isZero();
    }

    /** In the namespace of the socket, as a program that drops its privileges after it has opened the socket. */
    @Test
    void aProcessWithoutAnyPrivilegeAdoptsOne() throws Exception {
        int fd = bound(false);
        FrameCollector collector = new FrameCollector();
        PacketChannel channel = NetworkNamespace.call(namespace.name(),
            () -> Unprivileged.call(() -> new PacketChannel(fd)));
        channel.pipeline().addLast(collector);
        assertCarriesFrames(channel, collector);
    }

    @Test
    void aProcessThatCannotReachTheInterfaceIsToldSo() throws Exception {
        int fd = bound(false);
        assertThatThrownBy(() -> Unprivileged.call(() -> new PacketChannel(fd))).rootCause()
            .satisfies(cause -> assertThat(cause.getMessage()).containsAnyOf("another network namespace", "ENODEV"));
        assertThat(SystemCalls.close(fd)).isZero();
    }

    @Test
    void itsHeaderStaysAsItWas() throws Exception {
        PacketChannel channel = new PacketChannel(bound(true));
        track(group.register(channel).sync().channel());
        assertThat(channel.vnetHeaderLength()).isEqualTo(10);
    }

    /** What was lost while the socket had another owner is no loss of the channel. */
    @Test
    void dropsAreCountedFromTheAdoptionOn() throws Exception {
        int fd = bound(false);
        PacketOptions options = new PacketOptions(fd);
        options.setBuffer(AfPacket.SO_RCVBUF, AfPacket.SO_RCVBUFFORCE, "SO_RCVBUF", 5000);
        options.close();
        PacketSocket far = packetSocket("vb");
        for (int i = 0; i < 200; i++) {
            far.send(TestFrames.frame(i, 1000));
        }
        PacketChannel channel = new PacketChannel(fd);
        assertThat(channel.deviceDrops().received()).isZero();
        channel.unsafe().closeForcibly();
    }

    @Test
    void aDescriptorOfSomethingElseIsRefusedAndStaysOpen() {
        int notPacket = SystemCalls.open("/dev/null", SystemCalls.O_RDWR | SystemCalls.O_CLOEXEC);
        int unbound = SystemCalls.socket(AfPacket.AF_PACKET, AfPacket.SOCK_RAW, 0);
        for (int fd : new int[] {notPacket, unbound}) {
            assertThatThrownBy(() -> new PacketChannel(fd)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no packet socket");
            assertThat(SystemCalls.close(fd)).isZero();
        }
    }

    @Test
    void theDescriptorIsClosedWithTheChannelAlsoUnregistered() throws Exception {
        int fd = bound(false);
        new PacketChannel(fd).unsafe().closeForcibly();
        NativeMemory value = NativeMemory.allocate(4);
        assertThat(SystemCalls.getsockopt(fd, AfPacket.SOL_SOCKET, AfPacket.SO_TYPE, value)).isNegative();
    }
}

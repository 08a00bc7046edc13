/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.internal.unix.Platform;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** The option CAPSICUM, against recorded calls with the error numbers of FreeBSD. */
class CapsicumTest {
    /** {@code sys/capsicum.h}: CAP_READ, CAP_WRITE, CAP_EVENT and CAP_IOCTL. */
    private static final long READ = 0x0200_0000_0000_0001L;
    private static final long READ_WRITE = 0x0200_0000_0000_0003L;
    private static final long NOTHING = 0x0200_0000_0000_0000L;
    private static final long EVENT = 0x0400_0000_0000_0020L;
    private static final long IOCTL = 0x0400_0000_0000_0080L;

    private final Platform before = Platform.current();
    private RecordedCalls calls;

    @BeforeEach
    void numbersOfFreeBsd() {
        Platform.install(new Platform(before.libC(), OperatingSystem.FREEBSD, before.mapper(), before.memory()));
        calls = new RecordedCalls();
    }

    @AfterEach
    void numbersOfThisSystem() {
        Platform.install(before);
    }

    private FreeBsdTapDevice open(Map<ChannelOption<?>, Object> options) throws IOException {
        Map<ChannelOption<?>, Object> all = new HashMap<>(options);
        all.put(TapChannelOption.CAPSICUM, true);
        return FreeBsdTapOpener.open(calls, TunKind.TAP, new TapAddress("tap0"), TapSettings.of(TunKind.TAP, all));
    }

    @Test
    void theRightsAreLimitedWhenEverythingIsSet() throws IOException {
        FreeBsdTapDevice device = open(Map.of(TapChannelOption.UP, true, TapChannelOption.MTU, 9000));
        assertThat(calls.calls).endsWith("cap_rights_limit 50", "cap_ioctls_limit 50", "cap_rights_limit 51",
            "cap_ioctls_limit 51");
        assertThat(calls.mtu).isEqualTo(9000);
        assertThat(calls.rights.get(50)).containsExactly(READ_WRITE, EVENT | IOCTL);
        assertThat(calls.rights.get(51)).containsExactly(NOTHING, IOCTL);
        device.close();
        assertThat(calls.open).isEmpty();
        assertThat(calls.flags).as("it stays promiscuous").isEqualTo(0x28803);
    }

    @Test
    void withoutTheOptionNothingIsLimited() throws IOException {
        FreeBsdTapOpener.open(calls, TunKind.TAP, new TapAddress("tap0"), TapSettings.of(TunKind.TAP, Map.of()))
            .close();
        assertThat(calls.rights).isEmpty();
    }

    @Test
    void whatAnOpenDeviceDoesIsAllowed() throws IOException {
        FreeBsdTapDevice device = open(Map.of(TapChannelOption.UP, true, FrameChannelOption.VNET_HEADER,
            VnetHeaderLength.MERGEABLE, FrameChannelOption.OFFLOADS, VirtioNetOffloads.of(VirtioNetOffload.CSUM,
                VirtioNetOffload.TSO4)));
        assertThat(device.localAddress()).isEqualTo(new TapAddress("tap0"));
        assertThat(device.read(TapChannelOption.MTU)).isEqualTo(1500);
        assertThat(device.read(TapChannelOption.UP)).isEqualTo(true);
        assertThat(device.read(TapChannelOption.MAC_ADDRESS)).hasToString("58:9c:fc:00:00:01");
        assertThat(device.isNext()).isFalse();
        ByteBuf frame = Unpooled.directBuffer().writeZero(60);
        assertThat(device.write(frame)).isEqualTo(FrameDevice.WRITTEN);
        frame.release();
        device.close();
    }

    @Test
    void whatHearsOfTheLinkIsLimitedToo() throws IOException {
        FreeBsdTapLink link = new FreeBsdTapLink(calls, TunKind.TAP, calls.open("/dev/tap0", 0));
        link.limitRights();
        assertThat(link.state()).isEqualTo(new BsdLinkState(3, 0x8802, 1500, false));
        BsdLinkNews news = link.openNews();
        assertThat(calls.rights.get(52)).containsExactly(READ, EVENT);
        news.close();
        calls.fail("cap_rights_limit", Errno.EBADF);
        assertThatThrownBy(link::openNews).hasMessageContaining("EBADF");
        link.close();
        assertThat(calls.open).isEmpty();
    }

    @Test
    void aChangeSaysWhyItIsRefused() throws IOException {
        FreeBsdTapDevice device = open(Map.of());
        assertThatThrownBy(() -> device.change(TapChannelOption.MTU, 9000)).isInstanceOf(IOException.class)
            .hasMessageContainingAll("SIOCSIFMTU", "ENOTCAPABLE", "the option CAPSICUM has given up the right");
        assertThatThrownBy(() -> device.change(TapChannelOption.UP, true)).hasMessageContaining("CAPSICUM");
        assertThatThrownBy(() -> device.change(TapChannelOption.MAC_ADDRESS, MacAddress.parse("02:00:5e:10:00:01")))
            .hasMessageContaining("CAPSICUM");
        assertThat(calls.mtu).isEqualTo(1500);
        device.close();
    }

    /** Its mode is of the descriptor, not of the interface, and is taken back all the same. */
    @Test
    void aTunIsLeftAsItWas() throws IOException {
        calls.name = "tun0";
        FreeBsdTapOpener.open(calls, TunKind.TUN, new TunAddress("tun0"),
            TapSettings.of(TunKind.TUN, Map.of(TunChannelOption.CAPSICUM, true))).close();
        assertThat(calls.familyPrefix).isZero();
        assertThat(calls.open).isEmpty();
    }

    @Test
    void aKernelWithoutCapsicumIsTold() {
        calls.fail("cap_rights_limit", Errno.ENOSYS);
        assertThatThrownBy(() -> open(Map.of()))
            .hasMessageContainingAll("tap:tap0", "cap_rights_limit", "ENOSYS", "leave CAPSICUM unset");
        assertThat(calls.open).isEmpty();
        calls.fail("cap_ioctls_limit", Errno.EINVAL);
        assertThatThrownBy(() -> open(Map.of())).hasMessageContainingAll("cap_ioctls_limit", "EINVAL");
        assertThat(calls.open).isEmpty();
    }

    @Test
    void linuxRefusesItByName() {
        Platform.install(before);
        assumeTrue(OperatingSystem.isLinux());
        for (TunKind kind : TunKind.values()) {
            assertThatThrownBy(() -> LinuxTunOpener.open(kind, kind.address("x0"),
                TapSettings.of(kind, Map.of(TapChannelOption.CAPSICUM, true))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(kind.address("x0") + ": CAPSICUM is an option of FreeBSD only: leave it unset");
        }
    }

    @Test
    void theKeyOfAPort() {
        Platform.install(before);
        FramePort port = FramePorts.parse("tap:tap0,capsicum=on");
        assertThat(port.options()).containsEntry(TapChannelOption.CAPSICUM, true);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Opening and closing of a tap of FreeBSD, with recorded calls. */
class FreeBsdTapTest {
    private static final VirtioNetOffloads TSO = VirtioNetOffloads.of(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4,
        VirtioNetOffload.TSO6, VirtioNetOffload.USO4);
    private static final Map<ChannelOption<?>, Object> EVERYTHING = Map.of(
        FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE, FrameChannelOption.OFFLOADS, TSO,
        TapChannelOption.MAC_ADDRESS, MacAddress.parse("02:00:5e:10:00:01"), TapChannelOption.MTU, 9000,
        TapChannelOption.UP, true);

    private final RecordedCalls calls = new RecordedCalls();

    private FreeBsdTapDevice open(String name, Map<ChannelOption<?>, Object> options) throws IOException {
        return FreeBsdTapOpener.open(calls, TunKind.TAP, new TapAddress(name), TapSettings.of(TunKind.TAP, options));
    }

    @Test
    void openingChangesNothingButThePromiscuousMode() throws IOException {
        FreeBsdTapDevice device = open("tap0", Map.of());
        assertThat(calls.calls).containsExactly("open /dev/tap0", "socket 1 10000002",
            "TAPGIFNAME 50", "SIOCGIFFLAGS 51", "TAPGIFNAME 50", "SIOCSIFFLAGS 51",
            "TAPGIFNAME 50", "SIOCGIFFLAGS 51", "TAPGIFNAME 50", "TAPGIFNAME 50", "TAPGIFNAME 50", "SIOCGIFMTU 51");
        assertThat(calls.flags).isEqualTo(0x28802);
        assertThat(device.receiveCapacity()).isEqualTo(1500 + 14 + 8 + 1);
        assertThat(device.vnetBackend().gives()).isEqualTo(VirtioNetOffloads.NONE);
        device.close();
        assertThat(calls.calls).endsWith("close 51", "close 50");
        assertThat(calls.open).isEmpty();
        device.close();
        assertThatThrownBy(() -> device.read(TapChannelOption.MTU)).isInstanceOf(IOException.class)
            .hasMessageContaining("closed");
    }

    @Test
    void everySettingArrives() throws IOException {
        FreeBsdTapDevice device = open("tap0", EVERYTHING);
        assertThat(calls.calls).containsSubsequence("open /dev/tap0", "TAPSVNETHDR 50", "SIOCGIFCAP 51",
            "SIOCSIFCAP 51", "SIOCSIFLLADDR 51", "SIOCSIFMTU 51", "SIOCSIFFLAGS 51");
        assertThat(calls.vnetHeader).isEqualTo(12);
        assertThat(calls.enabled).isEqualTo(0x400302);
        assertThat(calls.mac).isEqualTo(0x02_00_5e_10_00_01L);
        assertThat(calls.mtu).isEqualTo(9000);
        assertThat(calls.flags).isEqualTo(0x28803);
        assertThat(device.vnetBackend().gives())
            .isEqualTo(TSO.without(VirtioNetOffloads.of(VirtioNetOffload.USO4)));
        assertThat(device.vnetHeaderLength()).isEqualTo(12);
        assertThat(device.read(TapChannelOption.MAC_ADDRESS)).hasToString("02:00:5e:10:00:01");
        assertThat(device.read(TapChannelOption.UP)).isEqualTo(true);
        assertThat(device.read(TapChannelOption.CARRIER)).isNull();
        device.close();
    }

    @Test
    void aStepThatFailsGivesEverythingBack() throws IOException {
        FreeBsdTapDevice opened = open("tap0", EVERYTHING);
        int steps = calls.calls.size();
        opened.close();
        for (int step = 0; step < steps; step++) {
            RecordedCalls failing = new RecordedCalls();
            failing.failing = step;
            TapSettings settings = TapSettings.of(TunKind.TAP, EVERYTHING);
            assertThatThrownBy(() -> FreeBsdTapOpener.open(failing, TunKind.TAP, new TapAddress("tap0"), settings))
                .as(calls.calls.get(step)).isInstanceOf(IOException.class).hasMessageContainingAll("EINVAL", "tap0");
            assertThat(failing.open).as(calls.calls.get(step)).isEmpty();
        }
    }

    @Test
    void aKernelWithoutVnetHeaderIsTold() {
        calls.fail("TAPSVNETHDR", Errno.ENOTTY);
        assertThatThrownBy(() -> open("tap0", EVERYTHING))
            .hasMessageContainingAll("tap:tap0", "TAPSVNETHDR, 12", "ENOTTY", "FreeBSD 13", "leave VNET_HEADER unset");
        assertThat(calls.open).isEmpty();
    }

    /** In one attempt: an application that can work without a header need not open twice. */
    @Test
    void theFirstHeaderThatTheKernelHasIsTaken() throws IOException {
        Map<ChannelOption<?>, Object> wanted = Map.of(FrameChannelOption.OFFLOADS, TSO, FrameChannelOption.VNET_HEADERS,
            List.of(VnetHeaderLength.HASH, VnetHeaderLength.MERGEABLE, VnetHeaderLength.NONE));
        FreeBsdTapDevice device = open("tap0", wanted);
        assertThat(calls.vnetHeader).as("not 20, which the driver does not know").isEqualTo(12);
        assertThat(device.vnetBackend().gives().isEmpty()).isFalse();
        device.close();
        calls.fail("TAPSVNETHDR", Errno.ENOTTY);
        device = open("tap0", wanted);
        assertThat(device.vnetHeaderLength()).isZero();
        assertThat(device.vnetBackend().gives()).as("nothing to tell them in").isEqualTo(VirtioNetOffloads.NONE);
        device.close();
        calls.fail("TAPSVNETHDR", Errno.ENOTTY);
        assertThatThrownBy(() -> open("tap0", Map.of(FrameChannelOption.VNET_HEADERS,
            List.of(VnetHeaderLength.MERGEABLE, VnetHeaderLength.HASH)))).hasMessageContaining("TAPSVNETHDR, 12");
        assertThat(calls.open).isEmpty();
    }

    @Test
    void offloadsOfThePreviousOwnerAreTakenBack() throws IOException {
        calls.able = 0x480302;
        calls.enabled = 0x480302;
        open("tap0", Map.of(FrameChannelOption.VNET_HEADER, VnetHeaderLength.LEGACY)).close();
        assertThat(calls.enabled).isEqualTo(0x80000);
        assertThat(calls.vnetHeader).isEqualTo(10);
    }

    @ParameterizedTest
    @CsvSource({"tap%d, /dev/tap, tap7", "vmnet%d, /dev/vmnet, vmnet0", "vmnet3, /dev/vmnet3, vmnet3"})
    void theNodeAndTheName(String name, String node, String made) throws IOException {
        calls.name = made;
        FreeBsdTapDevice device = open(name, Map.of());
        assertThat(calls.calls.get(0)).isEqualTo("open " + node);
        assertThat(device.localAddress()).isEqualTo(new TapAddress(made));
        calls.name = "uplink";
        assertThat(device.localAddress()).isEqualTo(new TapAddress("uplink"));
        device.close();
    }

    @Test
    void whatFreeBsdHasNot() {
        assertThatThrownBy(() -> open("x%d", Map.of())).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("tap%d and vmnet%d only");
        assertThatThrownBy(() -> open("tap0", Map.of(TapChannelOption.MULTI_QUEUE, true, TapChannelOption.OWNER, 1,
            TapChannelOption.PERSIST, false, TapChannelOption.NETWORK_NAMESPACE, "red",
            TapChannelOption.ADDRESSES, List.of(IpPrefix.parse("192.0.2.1/24")),
            FrameChannelOption.VNET_HEADER, VnetHeaderLength.HASH))).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContainingAll("VNET_HEADER of 20", "MULTI_QUEUE", "OWNER", "PERSIST", "NETWORK_NAMESPACE",
                "ADDRESSES that can be set from here (run ifconfig");
        assertThat(calls.calls).isEmpty();
    }

    @Test
    void withoutPrivilegeItOpensAsItIs() throws IOException {
        calls.privileged = false;
        open("tap0", Map.of()).close();
        assertThatThrownBy(() -> open("tap0", Map.of(TapChannelOption.UP, true)))
            .hasMessageContainingAll("SIOCSIFFLAGS", "EPERM", "needs root", "sysctl net.link.tap.up_on_open=1");
        assertThat(calls.open).isEmpty();
        calls.flags |= 1;
        open("tap0", Map.of(TapChannelOption.UP, true)).close();
        assertThat(calls.flags).as("as net.link.tap.up_on_open=1 makes it").isEqualTo(0x8803);
    }

    /** The vnet header needs no privilege, and its offloads do: what OFFLOADS says is what the interface has. */
    @Test
    void offloadsThatThisUserMayNotSetAreNotClaimed() throws IOException {
        calls.privileged = false;
        FreeBsdTapDevice device = open("tap0", Map.of(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE,
            FrameChannelOption.OFFLOADS, TSO));
        assertThat(calls.enabled).isZero();
        assertThat(device.vnetHeaderLength()).isEqualTo(12);
        assertThat(device.read(FrameChannelOption.OFFLOADS)).isEqualTo(VirtioNetOffloads.NONE);
        assertThat(device.vnetBackend().gives()).isEqualTo(VirtioNetOffloads.NONE);
        device.close();
        calls.able = 0x400302;
        calls.enabled = 0x2;
        device = open("tap0", Map.of(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE));
        assertThat(device.read(FrameChannelOption.OFFLOADS)).as("one that cannot be taken back")
            .isEqualTo(VirtioNetOffloads.of(VirtioNetOffload.CSUM));
        device.close();
    }

    @Test
    void whatWasSetForTheTimeItIsOpenIsTakenBack() throws IOException {
        FreeBsdTapDevice device = open("tap0", Map.of(TapChannelOption.UP, true));
        assertThat(calls.flags).isEqualTo(0x28803);
        device.close();
        assertThat(calls.flags).as("not promiscuous any more, and what was asked for stays").isEqualTo(0x8803);
        calls.flags = 0x20000 | 0x8802;
        open("tap0", Map.of()).close();
        assertThat(calls.flags).as("as somebody else has set it").isEqualTo(0x28802);
        calls.flags = 0x8802;
        calls.fail("SIOCGIFMTU", Errno.ENXIO);
        assertThatThrownBy(() -> open("tap0", Map.of())).hasMessageContaining("ENXIO");
        assertThat(calls.flags).as("after a bind that failed").isEqualTo(0x8802);
        device = open("tap0", Map.of());
        calls.fail("SIOCSIFFLAGS", Errno.EINVAL);
        device.close();
        assertThat(calls.open).as("closed although it could not be taken back").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {68, 71})
    void theLeastMtuIsThatOfTheSystem(int mtu) throws IOException {
        assertThatThrownBy(() -> open("tap0", Map.of(TapChannelOption.MTU, mtu)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("MTU " + mtu + " is out of range: 72 to");
        assertThat(calls.calls).isEmpty();
        FreeBsdTapDevice device = open("tap0", Map.of(TapChannelOption.MTU, 72));
        assertThat(calls.mtu).isEqualTo(72);
        assertThatThrownBy(() -> device.change(TapChannelOption.MTU, mtu))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("72 to");
        assertThat(calls.mtu).isEqualTo(72);
        calls.fail("SIOCSIFMTU", Errno.EOPNOTSUPP);
        assertThatThrownBy(() -> device.change(TapChannelOption.MTU, 1500)).hasMessageContaining("that of the bridge");
        device.close();
    }

    /** What user_open gates is that opening makes a device, and nothing else. */
    @ParameterizedTest
    @CsvSource({"tap71, tap71, net.link.tap.devfs_cloning", "tap%d, tap, net.link.tap.user_open",
        "vmnet2, vmnet2, net.link.tap.user_open"})
    void aDeviceThatOpeningDoesNotMakeIsExplained(String name, String made, String sysctl) {
        calls.drivers = List.of("lo", "tap", "vmnet", "tun");
        calls.fail("open", Errno.ENOENT);
        assertThatThrownBy(() -> open(name, Map.of())).hasMessageContainingAll("ENOENT", sysctl,
            "'ifconfig " + made + " create'").hasMessageNotContaining("kldload");
        calls.drivers = List.of("lo", "epair");
        calls.fail("open", Errno.ENOENT);
        assertThatThrownBy(() -> open(name, Map.of())).hasMessageContainingAll("kldload if_tuntap", "kldload if_tap")
            .hasMessageNotContaining("sysctl");
        calls.fail("open", Errno.ENOENT).fail("socket", Errno.EMFILE);
        assertThatThrownBy(() -> open(name, Map.of())).hasMessageContainingAll("ENOENT", sysctl);
        assertThat(calls.open).isEmpty();
    }

    @Test
    void aDeviceThatDoesNotOpenIsExplained() {
        calls.fail("open", Errno.EACCES).fail("open", Errno.EBUSY);
        assertThatThrownBy(() -> open("tap0", Map.of()))
            .hasMessageContainingAll("EACCES", "uucp", "devfs.rules").hasMessageNotContaining("user_open");
        assertThatThrownBy(() -> open("tap0", Map.of())).hasMessageContainingAll("EBUSY", "another program");
    }

    @Test
    void adopting() throws IOException {
        calls.vnetHeader = 12;
        calls.enabled = 0x400002;
        FreeBsdTapDevice device = FreeBsdTapOpener.adopt(calls, TunKind.TAP, 9);
        assertThat(device.vnetBackend().gives()).isEqualTo(VirtioNetOffloads.of(VirtioNetOffload.CSUM));
        assertThat(calls.calls).startsWith("TAPGIFINFO 9", "setNonBlocking 9", "socket 1 10000002", "TAPGVNETHDR 9");
        assertThat(device.vnetHeaderLength()).isEqualTo(12);
        device.close();
        assertThat(calls.calls).endsWith("close 50", "close 9");

        RecordedCalls old = new RecordedCalls().fail("TAPGVNETHDR", Errno.ENOTTY);
        assertThat(FreeBsdTapOpener.adopt(old, TunKind.TAP, 9).vnetHeaderLength()).isZero();
    }

    @Test
    void whatIsNotAdoptedStaysOpen() {
        calls.type = 23;
        assertThatThrownBy(() -> FreeBsdTapOpener.adopt(calls, TunKind.TAP, 9))
            .isInstanceOf(IllegalArgumentException.class);
        calls.type = 6;
        calls.fail("SIOCGIFMTU", Errno.ENXIO);
        assertThatThrownBy(() -> FreeBsdTapOpener.adopt(calls, TunKind.TAP, 9)).isInstanceOf(IOException.class);
        assertThat(calls.open).isEmpty();
        assertThat(calls.calls).doesNotContain("close 9");
    }

    @Test
    void theMissingDriverIsTold() {
        calls.answer("SIOCIFGCLONERS", 0);
        assertThat(FreeBsdTapOpener.unavailabilityCause(calls)).hasMessageContainingAll("kldload if_tuntap", "devfs");
        NativeMemory names = NativeMemory.allocate(3 * 16);
        names.putCString(16, "tapx");
        assertThat(FreeBsdTapOpener.contains(names, "tap")).isFalse();
        names.putCString(32, "tap");
        assertThat(FreeBsdTapOpener.contains(names, "tap")).isTrue();
        calls.drivers = List.of("lo", "tap");
        assertThat(FreeBsdTapOpener.unavailabilityCause(calls)).isNull();
        calls.fail("socket", Errno.EMFILE);
        assertThat(FreeBsdTapOpener.unavailabilityCause(calls)).hasMessageContaining("EMFILE");
        assertThat(calls.open).isEmpty();
    }
}

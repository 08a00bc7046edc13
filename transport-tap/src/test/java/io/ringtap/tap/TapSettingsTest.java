/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortSyntaxException;
import io.ringtap.channel.spi.FrameTransport;
import io.ringtap.channel.spi.PortKey;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.internal.tap.TapTransport;
import io.ringtap.internal.tap.TunTransport;
import io.ringtap.internal.tap.VmnetTransport;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Settings, ports by name and the numbers of the driver, which need no kernel. */
class TapSettingsTest {
    private static void assertProblem(Map<ChannelOption<?>, Object> options, String... words) {
        assertThatThrownBy(() -> TapSettings.of(TunKind.TAP, options)).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContainingAll(words);
    }

    @Test
    void nothingSetIsNothingChanged() {
        TapSettings settings = TapSettings.of(TunKind.TAP, Map.of());
        assertThat(settings.vnetHeader()).isEqualTo(VnetHeaderLength.NONE);
        assertThat(settings.offloads()).isEqualTo(VirtioNetOffloads.NONE);
        assertThat(settings.mtu()).isNull();
        assertThat(settings.up()).isNull();
        assertThat(settings.exclusive()).isFalse();
        assertThat(settings.namespace()).isNull();
    }

    @Test
    void boundsAreKept() {
        assertThat(TapSettings.of(TunKind.TAP, Map.of(TapChannelOption.MTU, 68)).mtu()).isEqualTo(68);
        assertThat(TapSettings.of(TunKind.TAP, Map.of(TapChannelOption.MTU, 65521)).mtu()).isEqualTo(65521);
        assertProblem(Map.of(TapChannelOption.MTU, 67), "MTU 67", "68 to 65521");
        assertProblem(Map.of(TapChannelOption.MTU, 65522), "MTU 65522");
        for (int tooSmall = 0; tooSmall < 6; tooSmall++) {
            assertProblem(Map.of(ChannelOption.SO_SNDBUF, tooSmall), "SO_SNDBUF " + tooSmall, "6 bytes or more");
        }
        assertThat(TapSettings.of(TunKind.TAP, Map.of(ChannelOption.SO_SNDBUF, 6)).sendBuffer()).isEqualTo(6);
        assertProblem(Map.of(TapChannelOption.OWNER, -1), "OWNER", "-1");
        assertProblem(Map.of(TapChannelOption.GROUP, -2), "GROUP", "-2");
        assertProblem(Map.of(TapChannelOption.MAC_ADDRESS, MacAddress.of(0)), "MAC_ADDRESS");
        assertProblem(Map.of(TapChannelOption.MAC_ADDRESS, MacAddress.parse("01:00:5e:00:00:01")), "MAC_ADDRESS");
    }

    @Test
    void optionsAreCheckedTogether() {
        VirtioNetOffloads csum = VirtioNetOffloads.of(VirtioNetOffload.CSUM);
        assertProblem(Map.of(FrameChannelOption.OFFLOADS, csum), "OFFLOADS", "VNET_HEADER");
        assertProblem(Map.of(TapChannelOption.VNET_LITTLE_ENDIAN, true), "VNET_LITTLE_ENDIAN");
        assertProblem(Map.of(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE,
            FrameChannelOption.OFFLOADS, VirtioNetOffloads.of(VirtioNetOffload.TSO6)), "CSUM");
        assertProblem(Map.of(TapChannelOption.MTU, 1, ChannelOption.SO_SNDBUF, -1), "MTU 1", "; ", "SO_SNDBUF -1");
    }

    @Test
    void aPortByName() {
        FramePort port = FramePorts.parse("tap:bt0,vnet=12,mtu=9000,mac=02:00:5e:10:00:01,up=on,persist=off,netns=red,"
            + "sndbuf=65536,owner=0,group=7,exclusive=yes,multi-queue=no,carrier=1,little-endian=false,offloads=csum");
        assertThat(port.address()).isEqualTo(new TapAddress("bt0"));
        assertThat(port.options()).containsEntry(TapChannelOption.MTU, 9000)
            .containsEntry(FrameChannelOption.VNET_HEADERS, List.of(VnetHeaderLength.MERGEABLE))
            .containsEntry(TapChannelOption.MAC_ADDRESS, MacAddress.parse("02:00:5e:10:00:01"))
            .containsEntry(TapChannelOption.UP, true).containsEntry(TapChannelOption.PERSIST, false)
            .containsEntry(TapChannelOption.NETWORK_NAMESPACE, "red").containsEntry(ChannelOption.SO_SNDBUF, 65536)
            .containsEntry(TapChannelOption.EXCLUSIVE, true).containsEntry(TapChannelOption.MULTI_QUEUE, false)
            .hasSize(14);
        assertThat(port.factory().newChannel()).isInstanceOf(TapChannel.class);
        TapSettings.of(TunKind.TAP, port.options());
    }

    @Test
    void eachOptionHasAKeyWithADescription() {
        for (FrameTransport transport : List.of(new TapTransport(), new TunTransport(), new VmnetTransport())) {
            assertThat(options(transport.keys())).doesNotHaveDuplicates()
                .containsAll(DefaultInterfaceChannelConfig.COMMON).containsAll(options(PortKey.COMMON));
            assertThat(transport.keys()).extracting(PortKey::key).doesNotHaveDuplicates();
            assertThat(transport.keys()).allSatisfy(
                key -> assertThat(key.description()).as(key.key()).isNotBlank().doesNotEndWith("."));
            assertThat(transport.description()).isNotBlank().doesNotEndWith(".");
        }
        assertThat(options(new TapTransport().keys())).contains(TapChannelOption.MAC_ADDRESS);
        assertThat(options(new TunTransport().keys())).doesNotContain(TapChannelOption.MAC_ADDRESS);
    }

    @Test
    void addressesThatPrintAreReadBack() {
        for (String name : new String[] {"t0", "tap%d", "tap:t0"}) {
            TapAddress address = TapAddress.parse(name);
            assertThat(TapAddress.parse(address.toString())).isEqualTo(address);
        }
        assertThat(TapAddress.parse("tap:t0")).isEqualTo(new TapAddress("t0"));
        assertThat(TunAddress.parse("tun:t0")).isEqualTo(new TunAddress("t0"));
        assertThat(TapAddress.parse("tap:a\\x1bb")).hasToString("tap:a\\x1bb");
    }

    /** A key says what the option takes. */
    @Test
    void theBoundsOfKeysAreThoseOfTheOptions() {
        assertThat(values(new TapTransport(), "mtu")).isEqualTo(TapSettings.MIN_MTU + "-" + TunKind.TAP.maxMtu());
        assertThat(values(new TunTransport(), "mtu")).isEqualTo(TapSettings.MIN_MTU + "-" + TunKind.TUN.maxMtu());
        assertThat(values(new TapTransport(), "sndbuf")).isEqualTo(TapSettings.MIN_SEND_BUFFER + " or more");
    }

    private static String values(FrameTransport transport, String key) {
        return transport.keys().stream().filter(k -> k.key().equals(key)).findFirst().orElseThrow().values();
    }

    private static List<ChannelOption<?>> options(List<PortKey<?>> keys) {
        return keys.stream().<ChannelOption<?>>map(PortKey::option).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tap0", "tap12", "tap%d"})
    void bareNamesAsBhyveWritesThem(String name) {
        assertThat(FramePorts.parse(name).address()).isEqualTo(new TapAddress(name));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "tapx               | 0  | no backend is called that; there are tap:NAME",
        "vale0:1            | 0  | no backend is called that",
        "tap:               | 0  | needs a name",
        "tap:a/b            | 0  | character 2",
        "tap:t0,mtu=67      | 11 | expected 68-65521",
        "tap:t0,mac=02:00   | 11 | write it as 02:00:5e:10:00:01",
        "tap:t0,speed=1     | 7  | tap:NAME takes vnet, offloads, mtu, mac",
        "tap:t0,owner=-1    | 13 | expected 0 or more",
    })
    void errorsInAPort(String port, int index, String problem) {
        assertThatThrownBy(() -> FramePorts.parse(port)).isInstanceOfSatisfying(PortSyntaxException.class,
            e -> assertThat(e.index()).isEqualTo(index)).hasMessageContaining(problem);
    }

    /** Numbers of a C compiler, with {@code linux/if_tun.h}. */
    @Test
    void numbersOfTheDriver() {
        assertThat(LinuxTun.TUNSETIFF).isEqualTo(0x400454CAL);
        assertThat(LinuxTun.TUNSETPERSIST).isEqualTo(0x400454CBL);
        assertThat(LinuxTun.TUNSETOWNER).isEqualTo(0x400454CCL);
        assertThat(LinuxTun.TUNSETGROUP).isEqualTo(0x400454CEL);
        assertThat(LinuxTun.TUNGETFEATURES).isEqualTo(0x800454CFL);
        assertThat(LinuxTun.TUNSETOFFLOAD).isEqualTo(0x400454D0L);
        assertThat(LinuxTun.TUNGETIFF).isEqualTo(0x800454D2L);
        assertThat(LinuxTun.TUNGETSNDBUF).isEqualTo(0x800454D3L);
        assertThat(LinuxTun.TUNSETSNDBUF).isEqualTo(0x400454D4L);
        assertThat(LinuxTun.TUNGETVNETHDRSZ).isEqualTo(0x800454D7L);
        assertThat(LinuxTun.TUNSETVNETHDRSZ).isEqualTo(0x400454D8L);
        assertThat(LinuxTun.TUNSETVNETLE).isEqualTo(0x400454DCL);
        assertThat(LinuxTun.TUNSETCARRIER).isEqualTo(0x400454E2L);
        assertThat(LinuxTun.TUNGETDEVNETNS).isEqualTo(0x54E3L);
        assertThat(LinuxTun.IFF_TAP | LinuxTun.IFF_NO_PI | LinuxTun.IFF_VNET_HDR | LinuxTun.IFF_MULTI_QUEUE)
            .isEqualTo(0x5102);
        assertThat(LinuxTun.IFF_TUN_EXCL).isEqualTo(0x8000);
    }
}

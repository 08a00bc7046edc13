/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.ringtap.channel.FramePorts;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.system.Unprivileged;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The ADDRESSES option, compared with the output of {@code ip}. */
@RequiresTap
@Timeout(60)
class InterfaceAddressesTest extends RealTapTest {
    private static final IpPrefix FOUR = IpPrefix.parse("192.0.2.1/24");
    private static final IpPrefix SIX = IpPrefix.parse("2001:db8::1/64");

    private TestNamespace ipv6;

    @BeforeEach
    void useIpv6() throws Exception {
        ipv6 = closing(TestNamespace.create(true));
        // The default of the kernel: an address that ip adds is checked for a second before it can be used.
        ipv6.sysctl("net/ipv6/conf/default/accept_dad", "1");
    }

    private Map<ChannelOption<?>, Object> with(List<IpPrefix> addresses) {
        return Map.of(TapChannelOption.NETWORK_NAMESPACE, ipv6.name(), TapChannelOption.ADDRESSES, addresses);
    }

    private Bootstrap bootstrapOf(String port) {
        return FramePorts.parse(port + ",netns=" + ipv6.name()).bootstrap(group).handler(new FrameCollector());
    }

    @ParameterizedTest
    @ValueSource(strings = {"tap", "tun"})
    void addressesAreThereOnceTheChannelIsOpen(String kind) throws Exception {
        Channel channel = bootstrapOf(kind + ":t0,up=on,ip=192.0.2.1/24+2001:db8::1/64").bind().sync().channel();
        assertThat(ipv6.ip("-j", "addr", "show", "t0")).contains("\"local\":\"192.0.2.1\",\"prefixlen\":24",
            "\"local\":\"2001:db8::1\",\"prefixlen\":64");
        assertThat(ipv6.ip("route", "show", "dev", "t0")).contains("192.0.2.0/24");
        assertThat(ipv6.ip("-6", "route", "show", "dev", "t0")).contains("2001:db8::/64");
        assertThat(channel.config().getOption(TapChannelOption.ADDRESSES)).contains(FOUR, SIX);
        // This works at once. During duplicate address detection, it would fail for a second.
        for (IpPrefix prefix : List.of(FOUR, SIX)) {
            NetworkNamespace.call(ipv6.name(), () -> new DatagramSocket(0, prefix.address())).close();
        }
        channel.close().sync();
    }

    @Test
    void addressesChangeWhileTheChannelIsOpen() throws Exception {
        TapChannel tap = open("t0", with(List.of(FOUR)));
        ipv6.ip("addr", "add", "198.51.100.1/24", "dev", "t0");
        IpPrefix more = IpPrefix.parse("192.0.2.2/24");
        tap.config().setAddresses(List.of(more, SIX));
        assertThat(tap.config().getAddresses()).as("of %s", ipv6.ip("addr", "show", "t0")).contains(more, SIX,
            IpPrefix.parse("198.51.100.1/24")).doesNotContain(FOUR);
        tap.config().setAddresses(List.of());
        assertThat(tap.config().getAddresses()).contains(IpPrefix.parse("198.51.100.1/24"))
            .doesNotContain(more, SIX);
    }

    @Test
    void whatSomebodyElseHasSetIsNotRemoved() throws Exception {
        ipv6.ip("tuntap", "add", "dev", "t0", "mode", "tap");
        ipv6.ip("addr", "add", FOUR.toString(), "dev", "t0");
        TapChannel tap = open("t0", with(List.of(FOUR)));
        tap.config().setAddresses(List.of(SIX));
        assertThat(tap.config().getAddresses()).contains(FOUR, SIX);
    }

    /** The kernel removes the other IPv4 addresses of a network together with the first one. */
    @Test
    void whatSomebodyElseHasAddedToANetworkStays() throws Exception {
        TapChannel tap = open("t0", with(List.of(FOUR)));
        IpPrefix others = IpPrefix.parse("192.0.2.2/24");
        ipv6.ip("addr", "add", others.toString(), "dev", "t0");
        tap.config().setAddresses(List.of(SIX));
        assertThat(tap.config().getAddresses()).contains(others, SIX).doesNotContain(FOUR);
    }

    /** Whichever is the first of the network, with which the kernel removes the others. */
    @Test
    void allAddressesOfANetworkAreRemoved() throws Exception {
        List<IpPrefix> three =
            new ArrayList<>(List.of(FOUR, IpPrefix.parse("192.0.2.2/24"), IpPrefix.parse("192.0.2.3/24")));
        TapChannel tap = open("t0", with(List.of()));
        for (int first = 0; first < 3; first++) {
            tap.config().setAddresses(List.copyOf(three));
            assertThat(tap.config().getAddresses()).containsAll(three);
            tap.config().setAddresses(List.of());
            assertThat(tap.config().getAddresses()).doesNotContainAnyElementsOf(three);
            Collections.rotate(three, 1);
        }
    }

    /** If an address is refused, none of those before it in the list stays. */
    @Test
    void aRefusalLeavesTheAddressesAsTheyWere() throws Exception {
        TapChannel tap = open("t0", with(List.of(FOUR)));
        ipv6.ip("addr", "add", "2001:db8::1/48", "dev", "t0");
        List<IpPrefix> before = tap.config().getAddresses();
        IpPrefix second = IpPrefix.parse("198.51.100.1/24");
        assertThatThrownBy(() -> tap.config().setAddresses(List.of(second, SIX))).isInstanceOf(ChannelException.class);
        assertThat(tap.config().getAddresses()).containsExactlyInAnyOrderElementsOf(before);
        tap.config().setAddresses(List.of());
        assertThat(tap.config().getAddresses()).as("it is still known whose it is").doesNotContain(FOUR);
    }

    @Test
    void aBindThatFailsLeavesNoAddressOnADeviceThatStays() throws Exception {
        ipv6.ip("tuntap", "add", "dev", "t0", "mode", "tap");
        ipv6.ip("addr", "add", "2001:db8::1/48", "dev", "t0");
        assertThat(failure("t0", with(List.of(FOUR, SIX)))).hasMessageContaining("with a prefix of another length");
        assertThat(ipv6.ip("addr", "show", "t0")).doesNotContain("192.0.2.1");
    }

    @Test
    void theInterfaceIsFoundWhereItWasMovedTo() throws Exception {
        TapChannel tap = open("t0", with(List.of()));
        ipv6.ip("link", "set", "t0", "netns", namespace.name());
        tap.config().setAddresses(List.of(FOUR));
        assertThat(namespace.ip("addr", "show", "t0")).contains("192.0.2.1/24");
        assertThat(tap.config().getAddresses()).contains(FOUR);
        tap.config().setMtu(1279);
        namespace.sysctl("net/ipv6/conf/all/disable_ipv6", "0");
        assertThatThrownBy(() -> tap.config().setAddresses(List.of(FOUR, SIX)))
            .as("the work over there is done by another thread").hasStackTraceContaining("an MTU of 1280 bytes");
    }

    @Test
    void aRefusalSaysWhatToDo() throws Exception {
        Map<ChannelOption<?>, Object> noIpv6 = Map.of(TapChannelOption.ADDRESSES, List.of(SIX));
        assertThat(failure("t0", noIpv6)).hasMessageContainingAll("tap:t0: add address 2001:db8::1/64", "EACCES",
            "'sysctl net.ipv6.conf.t0.disable_ipv6=0'");
        TapChannel tap = open("t1", with(List.of()));
        ipv6.ip("addr", "add", "2001:db8::1/48", "dev", "t1");
        assertThatThrownBy(() -> tap.config().setAddresses(List.of(SIX))).isInstanceOf(ChannelException.class)
            .hasMessageContaining("ADDRESSES of tap:t1").hasStackTraceContaining("with a prefix of another length");
        TapChannel small = open("t2", Map.of(TapChannelOption.NETWORK_NAMESPACE, ipv6.name(),
            TapChannelOption.MTU, 1279));
        assertThatThrownBy(() -> small.config().setAddresses(List.of(SIX)))
            .hasRootCauseInstanceOf(Exception.class).hasStackTraceContaining("IPv6 needs an MTU of 1280 bytes");
        assertThat(failure("t3", with(List.of(IpPrefix.parse("224.0.0.1/4")))))
            .hasMessageContaining("224.0.0.1/4 is not the address of one station");
        assertThat(failure("t3", with(List.of(FOUR, IpPrefix.parse("192.0.2.1/25")))))
            .hasMessageContaining("the same address once more");
    }

    @Test
    void withoutPrivilegeRootIsToldWhatToDo() throws Exception {
        TapChannel tap = open("t0", with(List.of()));
        assertThatThrownBy(() -> Unprivileged.call(() -> tap.config().setAddresses(List.of(FOUR))))
            .hasStackTraceContaining("CAP_NET_ADMIN");
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1", "192.0.2.1/24+", "192.0.2.1/24;192.0.2.2/24"})
    void aKeyThatIsWrittenWronglyIsExplained(String text) {
        assertThatThrownBy(() -> FramePorts.parse("tap:t0,ip=" + text)).hasMessageContainingAll("character 11",
            "is no value for ip: expected ADDRESS/LENGTH[+ADDRESS/LENGTH]... (");
    }

    @Test
    void aHostNameIsNotLookedUp() throws Exception {
        assertThat(InetAddress.getByName("localhost").isLoopbackAddress()).isTrue();
        assertThatThrownBy(() -> FramePorts.parse("tun:t0,ip=localhost/8")).hasMessageContaining("is no IP address");
    }
}

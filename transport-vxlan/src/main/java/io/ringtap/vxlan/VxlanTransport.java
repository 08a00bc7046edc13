/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vxlan;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.PortAvailability;
import io.ringtap.channel.PortIdentity;
import io.ringtap.channel.spi.FrameTransport;
import io.ringtap.channel.spi.PortKey;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.internal.vxlan.IpLiteral;

import java.net.InetAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Ports {@code vxlan:VNI}. Made by {@link java.util.ServiceLoader}. */
public final class VxlanTransport implements FrameTransport {
    static final String PREFIX = "vxlan:";

    private static final int MOST_PORT = 65535;
    private static final int MOST_TOS = 255;
    private static final int MOST_STATIONS = 1 << 26;
    private static final int MOST_AGEING = 1_000_000;
    private static final List<PortKey<?>> KEYS = keysOfPorts();

    /** Called by {@link java.util.ServiceLoader}. */
    public VxlanTransport() {
    }

    private static List<PortKey<?>> keysOfPorts() {
        List<PortKey<?>> keys = new ArrayList<>(PortKey.COMMON);
        keys.addAll(List.of(
            new PortKey<>("local", "ADDRESS", "the address of this end, by which the other ends know it; needed",
                VxlanChannelOption.LOCAL, VxlanTransport::parseAddress),
            PortKey.number("port", "the UDP port of all ends; 4789 unless set", VxlanChannelOption.PORT, 1, MOST_PORT),
            new PortKey<>("remote", "HOST+HOST...", "the other ends, by address or name; fdb:DEVICE for those that the"
                + " FDB of a vxlan device of the kernel names", VxlanChannelOption.REMOTES,
                text -> List.of(text.split("\\+", -1))),
            new PortKey<>("group", "ADDRESS", "a multicast group for frames whose destination is not known",
                VxlanChannelOption.GROUP, VxlanTransport::parseAddress),
            new PortKey<>("group-dev", "NAME", "the network interface by which the group is joined",
                VxlanChannelOption.GROUP_INTERFACE, text -> text),
            new PortKey<>("networks", "NET/BITS+NET/BITS...", "whose members are heard where there is a group",
                VxlanChannelOption.NETWORKS, text -> List.of(text.split("\\+", -1))),
            PortKey.flag("learning", "learn behind which end a station is; on unless set or an FDB is followed",
                VxlanChannelOption.LEARNING),
            new PortKey<>("station", "MAC@ADDRESS+...", "behind which end a station is, whatever is heard of it",
                VxlanChannelOption.STATIONS, VxlanTransport::parseStations),
            PortKey.number("max-stations", "the most stations that are known at a time; 8192 unless set",
                VxlanChannelOption.MAX_STATIONS, 1, MOST_STATIONS),
            PortKey.number("ageing", "after how many seconds a silent station is forgotten; 300 unless set",
                VxlanChannelOption.AGEING_SECONDS, 1, MOST_AGEING),
            PortKey.number("source-ports", "among how many source ports flows are spread; 4 unless set",
                VxlanChannelOption.SOURCE_PORTS, 1, VxlanConfig.MOST_SOURCE_PORTS),
            PortKey.flag("checksum", "send datagrams with a checksum; on unless set", VxlanChannelOption.CHECKSUM),
            PortKey.number("ttl", "how many routers a datagram passes at most; 64 unless set", VxlanChannelOption.TTL,
                1, VxlanConfig.MOST_TTL),
            PortKey.number("tos", "the traffic class of datagrams; that of the packet inside unless set",
                VxlanChannelOption.TOS, 0, MOST_TOS),
            PortKey.flag("df", "refuse frames that do not fit into one packet of the underlay; on unless set",
                VxlanChannelOption.DONT_FRAGMENT),
            PortKey.number("rcvbuf", "bytes of received frames that may wait in the kernel", ChannelOption.SO_RCVBUF, 1,
                VxlanConfig.MAX_BUFFER),
            PortKey.number("sndbuf", "bytes of written frames that may wait in the kernel before the port is full",
                ChannelOption.SO_SNDBUF, 1, VxlanConfig.MAX_BUFFER),
            new PortKey<>("netns", "NAME|PATH", "the network namespace between the ends; needs CAP_SYS_ADMIN",
                VxlanChannelOption.NETWORK_NAMESPACE, text -> text)));
        return List.copyOf(keys);
    }

    private static InetAddress parseAddress(String text) {
        InetAddress address = IpLiteral.parse(text);
        if (address == null) {
            throw new IllegalArgumentException("it is no IP address");
        }
        return address;
    }

    private static Map<MacAddress, InetAddress> parseStations(String text) {
        Map<MacAddress, InetAddress> stations = new HashMap<>();
        for (String station : text.split("\\+", -1)) {
            int at = station.indexOf('@');
            if (at < 0) {
                throw new IllegalArgumentException("a station is written MAC@ADDRESS");
            }
            stations.put(MacAddress.parse(station.substring(0, at)), parseAddress(station.substring(at + 1)));
        }
        return stations;
    }

    @Override
    public String syntax() {
        return "vxlan:VNI";
    }

    @Override
    public String description() {
        return "an end of a virtual Ethernet between hosts over UDP (RFC 7348)";
    }

    @Override
    public boolean claims(String name) {
        return name.startsWith(PREFIX);
    }

    @Override
    public SocketAddress address(String name) {
        String vni = name.substring(PREFIX.length());
        if (!vni.matches("\\d{1,8}")) {
            throw new IllegalArgumentException("expected the number of a network behind " + PREFIX + ", such as "
                + PREFIX + "42");
        }
        return VxlanAddress.ofNetwork(Integer.parseInt(vni));
    }

    @Override
    public FrameChannel newChannel() {
        return new VxlanChannel();
    }

    @Override
    public List<PortKey<?>> keys() {
        return KEYS;
    }

    @Override
    public List<PortAvailability> availability() {
        return List.of(PortAvailability.of("vxlan", Vxlan.unavailabilityCause()));
    }

    @Override
    public PortIdentity identity(SocketAddress address, Map<ChannelOption<?>, Object> options) {
        VxlanAddress named = (VxlanAddress) address;
        InetAddress local = named.local() != null ? named.local() : (InetAddress) options.get(VxlanChannelOption.LOCAL);
        int port = named.local() != null ? named.port()
            : (Integer) options.getOrDefault(VxlanChannelOption.PORT, VxlanAddress.DEFAULT_PORT);
        return VxlanIdentity.of(new VxlanAddress(named.vni(), local, port),
            (String) options.get(VxlanChannelOption.NETWORK_NAMESPACE));
    }
}

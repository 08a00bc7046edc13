/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vxlan;

import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.ringtap.channel.spi.DefaultFrameChannelConfig;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.ethernet.MacTable;
import io.ringtap.internal.udp.Udp;
import io.ringtap.internal.udp.UdpSocket;
import io.ringtap.internal.vxlan.Network;
import io.ringtap.internal.vxlan.TrafficClass;
import io.ringtap.internal.vxlan.TunnelSettings;
import io.ringtap.internal.vxlan.VxlanDevice;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The options of a tunnel: kept as they were set, and fixed by bind but for those that say otherwise. */
final class VxlanConfig extends DefaultFrameChannelConfig {
    static final int MOST_SOURCE_PORTS = 64;
    static final int MOST_TTL = 255;
    /** The kernel doubles the size that it is given, as it counts its own overhead, and keeps it in an int. */
    static final int MAX_BUFFER = Integer.MAX_VALUE / 2;

    /** Some thousand frames of the usual length while the event loop does something else. */
    private static final int RECEIVE_BUFFER = 8 << 20;
    private static final int DEFAULT_STATIONS = 8192;
    private static final int DEFAULT_SOURCE_PORTS = 4;
    private static final int DEFAULT_TTL = 64;
    private static final int MOST_PORT = 65535;

    private static final Map<ChannelOption<?>, Object> DEFAULTS = Map.ofEntries(
        Map.entry(VxlanChannelOption.PORT, VxlanAddress.DEFAULT_PORT),
        Map.entry(VxlanChannelOption.REMOTES, List.of()),
        Map.entry(VxlanChannelOption.NETWORKS, List.of()),
        Map.entry(VxlanChannelOption.STATIONS, Map.of()),
        Map.entry(VxlanChannelOption.MAX_STATIONS, DEFAULT_STATIONS),
        Map.entry(VxlanChannelOption.AGEING_SECONDS, MacTable.DEFAULT_AGEING_SECONDS),
        Map.entry(VxlanChannelOption.SOURCE_PORTS, DEFAULT_SOURCE_PORTS),
        Map.entry(VxlanChannelOption.CHECKSUM, true),
        Map.entry(VxlanChannelOption.TTL, DEFAULT_TTL),
        Map.entry(VxlanChannelOption.TOS, TrafficClass.INHERITED),
        Map.entry(VxlanChannelOption.DONT_FRAGMENT, true));

    private static final List<ChannelOption<?>> OWN = List.of(VxlanChannelOption.LOCAL, VxlanChannelOption.PORT,
        VxlanChannelOption.REMOTES, VxlanChannelOption.GROUP, VxlanChannelOption.GROUP_INTERFACE,
        VxlanChannelOption.NETWORKS, VxlanChannelOption.LEARNING, VxlanChannelOption.STATIONS,
        VxlanChannelOption.MAX_STATIONS, VxlanChannelOption.AGEING_SECONDS, VxlanChannelOption.SOURCE_PORTS,
        VxlanChannelOption.CHECKSUM, VxlanChannelOption.TTL, VxlanChannelOption.TOS, VxlanChannelOption.DONT_FRAGMENT,
        VxlanChannelOption.NETWORK_NAMESPACE, ChannelOption.SO_RCVBUF, ChannelOption.SO_SNDBUF);

    private final VxlanChannel channel;
    private final Map<ChannelOption<?>, Object> values = new ConcurrentHashMap<>(DEFAULTS);

    VxlanConfig(VxlanChannel channel) {
        super(channel);
        this.channel = channel;
    }

    /** The address with what the options say of it. */
    VxlanAddress complete(VxlanAddress address) {
        if (address.local() != null) {
            return address;
        }
        InetAddress local = getOption(VxlanChannelOption.LOCAL);
        if (local == null) {
            throw new IllegalArgumentException(address + " needs the address of this end, by which the other ends know"
                + " it: local=ADDRESS, such as local=192.0.2.1");
        }
        return new VxlanAddress(address.vni(), local, getOption(VxlanChannelOption.PORT));
    }

    /**
     * The options as they are now.
     *
     * @throws IllegalArgumentException if they contradict each other
     */
    TunnelSettings settings(VxlanAddress address) {
        InetAddress local = address.local();
        List<String> remotes = getOption(VxlanChannelOption.REMOTES);
        InetAddress group = getOption(VxlanChannelOption.GROUP);
        VxlanRemotes.require(remotes, local);
        if (group != null && (!group.isMulticastAddress() || isIpv4(group) != isIpv4(local))) {
            throw new IllegalArgumentException("group " + group.getHostAddress() + " is no multicast group of the"
                + " address family of " + local.getHostAddress());
        }
        List<String> networks = getOption(VxlanChannelOption.NETWORKS);
        if (group != null && networks.isEmpty()) {
            throw new IllegalArgumentException("with group " + group.getHostAddress() + " comes what is heard beside"
                + " the remotes: NETWORKS, such as 192.0.2.0/24");
        }
        Map<MacAddress, InetAddress> stations = getOption(VxlanChannelOption.STATIONS);
        stations.forEach((mac, end) -> {
            if (end.equals(local) || isIpv4(end) != isIpv4(local)) {
                throw new IllegalArgumentException("station " + mac + " is not behind another end of the address family"
                    + " of " + local.getHostAddress() + ": " + end.getHostAddress());
            }
        });
        return new TunnelSettings(getVnetHeaders(), address.vni(), local, address.port(), remotes, group,
            getOption(VxlanChannelOption.GROUP_INTERFACE), networks, getOption(VxlanChannelOption.LEARNING),
            getOption(VxlanChannelOption.MAX_STATIONS), getOption(VxlanChannelOption.AGEING_SECONDS), stations,
            getOption(VxlanChannelOption.SOURCE_PORTS), getOption(VxlanChannelOption.CHECKSUM),
            getOption(VxlanChannelOption.TTL), getOption(VxlanChannelOption.TOS),
            getOption(VxlanChannelOption.DONT_FRAGMENT),
            (Integer) values.getOrDefault(ChannelOption.SO_RCVBUF, RECEIVE_BUFFER),
            (Integer) values.get(ChannelOption.SO_SNDBUF), getOption(VxlanChannelOption.NETWORK_NAMESPACE));
    }

    private static boolean isIpv4(InetAddress address) {
        return address instanceof Inet4Address;
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(super.getOptions(), OWN.toArray(new ChannelOption<?>[0]));
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T getOption(ChannelOption<T> option) {
        VxlanDevice open = channel.vxlanDevice();
        if (open != null && option == VxlanChannelOption.REMOTES) {
            return (T) open.remotes();
        }
        if (option == ChannelOption.SO_RCVBUF) {
            return (T) (open == null ? values.getOrDefault(option, RECEIVE_BUFFER)
                : size(open.receivingSocket(), Udp.SO_RCVBUF));
        }
        if (option == ChannelOption.SO_SNDBUF && open != null) {
            return (T) size(open.senders().get(0), Udp.SO_SNDBUF);
        }
        return OWN.contains(option) ? (T) values.get(option) : super.getOption(option);
    }

    private static Integer size(UdpSocket socket, int option) {
        try {
            return socket.buffer(option);
        } catch (IOException e) {
            throw new ChannelException(e);
        }
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        if (!OWN.contains(option)) {
            return super.setOption(option, value);
        }
        validate(option, value);
        Object kept = checked(option, value);
        VxlanDevice open = channel.vxlanDevice();
        if (option == ChannelOption.SO_RCVBUF || option == ChannelOption.SO_SNDBUF) {
            setBuffer(open, option, (Integer) value);
        } else if (option == VxlanChannelOption.REMOTES && open != null) {
            setRemotes(open, (List<?>) kept);
        } else {
            requireUnbound(option);
        }
        values.put(option, kept);
        return true;
    }

    private void setRemotes(VxlanDevice open, List<?> wanted) {
        List<String> remotes = wanted.stream().map(String.class::cast).toList();
        VxlanRemotes.require(remotes, ((VxlanAddress) open.localAddress()).local());
        VxlanRemotes.requireSameFdb(open.remotes(), remotes);
        channel.setRemotes(open, remotes);
    }

    private static void setBuffer(VxlanDevice open, ChannelOption<?> option, int bytes) {
        if (open == null) {
            return;
        }
        try {
            if (option == ChannelOption.SO_RCVBUF) {
                open.receivingSocket().setBuffer(Udp.SO_RCVBUF, bytes);
            } else {
                for (UdpSocket sender : open.senders()) {
                    sender.setBuffer(Udp.SO_SNDBUF, bytes);
                }
            }
        } catch (IOException e) {
            throw new ChannelException(e);
        }
    }

    private static Object checked(ChannelOption<?> option, Object value) {
        if (option == VxlanChannelOption.REMOTES) {
            return List.copyOf((List<?>) value);
        }
        if (option == VxlanChannelOption.STATIONS) {
            return Map.copyOf((Map<?, ?>) value);
        }
        if (option == VxlanChannelOption.NETWORKS) {
            List<?> networks = List.copyOf((List<?>) value);
            networks.forEach(network -> Network.parse((String) network));
            return networks;
        }
        if (option == VxlanChannelOption.MAX_STATIONS) {
            MacTable.requireMaxAddresses((Integer) value);
        } else if (option == VxlanChannelOption.AGEING_SECONDS) {
            MacTable.requireAgeingSeconds((Integer) value);
        } else if (option == VxlanChannelOption.PORT) {
            requireRange(option, (Integer) value, 1, MOST_PORT);
        } else if (option == VxlanChannelOption.SOURCE_PORTS) {
            requireRange(option, (Integer) value, 1, MOST_SOURCE_PORTS);
        } else if (option == VxlanChannelOption.TTL) {
            requireRange(option, (Integer) value, 1, MOST_TTL);
        } else if (option == VxlanChannelOption.TOS) {
            requireRange(option, (Integer) value, TrafficClass.INHERITED, MOST_TTL);
        } else if (option == ChannelOption.SO_RCVBUF || option == ChannelOption.SO_SNDBUF) {
            requireRange(option, (Integer) value, 1, MAX_BUFFER);
        }
        return value;
    }

    private static void requireRange(ChannelOption<?> option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(option + ": " + value + " (expected: " + least + "-" + most + ")");
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The options with which a device is opened: those of a configuration at the time of bind, checked against each other.
 * {@code null} means that the device keeps what it has.
 */
record TapSettings(List<VnetHeaderLength> vnetHeaders, boolean littleEndian, VirtioNetOffloads offloads, Integer mtu,
                   MacAddress mac, List<IpPrefix> addresses, Boolean up, Boolean carrier, Boolean persist,
                   Integer owner, Integer group, boolean exclusive, boolean multiQueue, Integer sendBuffer,
                   String namespace, boolean capsicum) {
    /** {@code linux/if_ether.h}: ETH_MIN_MTU. */
    static final int MIN_MTU = 68;

    /** Why a system refuses an option that it does not know. */
    static final String NO_CAPSICUM = "CAPSICUM is an option of FreeBSD only: leave it unset";

    /**
     * The smallest SO_SNDBUF with which a device that was full is reported writable again. The driver does so once less
     * than half of it is in use, and an empty socket counts as one byte, or as two while its last frame is freed.
     */
    static final int MIN_SEND_BUFFER = 6;

    /**
     * Checks all options together.
     *
     * @throws IllegalArgumentException that names everything that is wrong
     */
    static TapSettings of(TunKind kind, Map<ChannelOption<?>, Object> options) {
        Map<ChannelOption<?>, Object> o = new HashMap<>(options);
        TapSettings settings = new TapSettings(
            headers(o),
            isOn(o, InterfaceChannelOption.VNET_LITTLE_ENDIAN),
            (VirtioNetOffloads) o.getOrDefault(FrameChannelOption.OFFLOADS, VirtioNetOffloads.NONE),
            (Integer) o.get(InterfaceChannelOption.MTU), (MacAddress) o.get(TapChannelOption.MAC_ADDRESS),
            addresses(o),
            (Boolean) o.get(InterfaceChannelOption.UP), (Boolean) o.get(InterfaceChannelOption.CARRIER),
            (Boolean) o.get(InterfaceChannelOption.PERSIST), (Integer) o.get(InterfaceChannelOption.OWNER),
            (Integer) o.get(InterfaceChannelOption.GROUP), isOn(o, InterfaceChannelOption.EXCLUSIVE),
            isOn(o, InterfaceChannelOption.MULTI_QUEUE), (Integer) o.get(ChannelOption.SO_SNDBUF),
            (String) o.get(InterfaceChannelOption.NETWORK_NAMESPACE), isOn(o, InterfaceChannelOption.CAPSICUM));
        List<String> problems = settings.problems(kind);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        return settings;
    }

    /** The settings that are known of a device that was opened elsewhere. */
    static TapSettings adopted(VnetHeaderLength vnetHeader, boolean littleEndian) {
        return new TapSettings(List.of(vnetHeader), littleEndian, VirtioNetOffloads.NONE, null, null, List.of(), null,
            null, null, null, null, false, false, null, null, false);
    }

    private static boolean isOn(Map<ChannelOption<?>, Object> options, ChannelOption<Boolean> option) {
        return Boolean.TRUE.equals(options.get(option));
    }

    @SuppressWarnings("unchecked")
    private static List<IpPrefix> addresses(Map<ChannelOption<?>, Object> options) {
        return (List<IpPrefix>) options.getOrDefault(InterfaceChannelOption.ADDRESSES, List.of());
    }

    @SuppressWarnings("unchecked")
    private static List<VnetHeaderLength> headers(Map<ChannelOption<?>, Object> options) {
        VnetHeaderLength one =
            (VnetHeaderLength) options.getOrDefault(FrameChannelOption.VNET_HEADER, VnetHeaderLength.NONE);
        return (List<VnetHeaderLength>) options.getOrDefault(FrameChannelOption.VNET_HEADERS, List.of(one));
    }

    /** The preferred header, or the only one once it is decided which the device has. */
    VnetHeaderLength vnetHeader() {
        return vnetHeaders.get(0);
    }

    /** These settings for the header that the device has; without one there is nothing to tell offloads in. */
    TapSettings with(VnetHeaderLength header) {
        boolean none = header == VnetHeaderLength.NONE;
        return new TapSettings(List.of(header), littleEndian && !none, none ? VirtioNetOffloads.NONE : offloads, mtu,
            mac, addresses, up, carrier, persist, owner, group, exclusive, multiQueue, sendBuffer, namespace,
            capsicum);
    }

    private List<String> problems(TunKind kind) {
        List<String> problems = new ArrayList<>();
        boolean header = !vnetHeaders.equals(List.of(VnetHeaderLength.NONE));
        if (!offloads.isEmpty() && !header) {
            problems.add("OFFLOADS " + offloads
                + " needs a VNET_HEADER that describes them: set one of 10 or more bytes");
        }
        if (littleEndian && !header) {
            problems.add("VNET_LITTLE_ENDIAN is set without a VNET_HEADER");
        }
        if (!offloads.honoured().equals(offloads)) {
            problems.add("OFFLOADS " + offloads + " lacks what some of them need: segmentation needs CSUM,"
                + " and ECN needs TSO4 or TSO6");
        }
        if (mtu != null) {
            addTo(problems, mtuProblem(kind, mtu));
        }
        addTo(problems, macProblem(mac));
        addTo(problems, addressesProblem(addresses));
        if (owner != null && owner < 0) {
            problems.add("OWNER is a numeric user id, 0 or more, not " + owner);
        }
        if (group != null && group < 0) {
            problems.add("GROUP is a numeric group id, 0 or more, not " + group);
        }
        if (sendBuffer != null) {
            addTo(problems, sendBufferProblem(sendBuffer));
        }
        return problems;
    }

    private static void addTo(List<String> problems, String problem) {
        if (problem != null) {
            problems.add(problem);
        }
    }

    /** Throws if {@link #mtuProblem} or a method like it has found a problem. */
    static void requireNone(String problem) {
        if (problem != null) {
            throw new IllegalArgumentException(problem);
        }
    }

    static String mtuProblem(TunKind kind, int mtu) {
        return mtuProblem(MIN_MTU, kind, mtu);
    }

    /** The same for a system with another least MTU. */
    static String mtuProblem(int least, TunKind kind, int mtu) {
        return mtu >= least && mtu <= kind.maxMtu() ? null
            : "MTU " + mtu + " is out of range: " + least + " to " + kind.maxMtu() + " bytes";
    }

    static String macProblem(MacAddress mac) {
        return mac == null || !mac.isMulticast() && mac.bits() != 0 ? null
            : "MAC_ADDRESS " + mac + " is not the address of one station";
    }

    static String addressesProblem(List<IpPrefix> addresses) {
        Set<InetAddress> seen = new HashSet<>();
        for (IpPrefix prefix : addresses) {
            InetAddress address = prefix.address();
            if (address.isMulticastAddress() || address.isAnyLocalAddress()
                || prefix.isIpv4() && address.getAddress()[0] == (byte) 255) {
                return "ADDRESSES " + prefix + " is not the address of one station";
            }
            if (!seen.add(address)) {
                return "ADDRESSES has " + prefix + " and the same address once more";
            }
        }
        return null;
    }

    static String sendBufferProblem(int bytes) {
        return bytes >= MIN_SEND_BUFFER ? null : "SO_SNDBUF " + bytes + " is out of range: " + MIN_SEND_BUFFER
            + " bytes or more, as with fewer the kernel does not report room again once the device was full";
    }
}

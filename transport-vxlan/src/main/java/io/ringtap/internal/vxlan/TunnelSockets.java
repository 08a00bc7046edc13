/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.ringtap.internal.udp.Udp;
import io.ringtap.internal.udp.UdpSocket;
import io.ringtap.internal.unix.RouteNetlink;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * The sockets of a tunnel: one receives what is sent to the address of this end, one what is sent to the group, if
 * there is one, and several send, each from a port of its own, so that routers and receivers can spread flows by the
 * ports (RFC 7348, section 5). One more asks for path MTUs. In the network namespace of the thread that opens them.
 */
final class TunnelSockets {
    private final List<UdpSocket> all = new ArrayList<>();
    private final boolean ipv6;
    private UdpSocket receiver;
    private UdpSocket groupReceiver;
    private final List<UdpSocket> senders = new ArrayList<>();
    private UdpSocket prober;

    TunnelSockets(TunnelSettings settings) throws IOException {
        ipv6 = !(settings.local() instanceof Inet4Address);
        try {
            receiver = receiver(settings);
            receiver.bind(new InetSocketAddress(settings.local(), settings.port()));
            int index = settings.groupInterface() == null ? 0 : index(settings.groupInterface());
            if (settings.group() != null) {
                groupReceiver = receiver(settings);
                groupReceiver.shareAddress();
                groupReceiver.bind(new InetSocketAddress(settings.group(), settings.port()));
                groupReceiver.join(settings.group(), index);
            }
            for (int i = 0; i < settings.sourcePorts(); i++) {
                senders.add(sender(settings, index));
            }
            prober = open();
            prober.bind(new InetSocketAddress(settings.local(), 0));
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    private UdpSocket open() throws IOException {
        UdpSocket socket = UdpSocket.open(ipv6);
        all.add(socket);
        return socket;
    }

    private static int index(String name) throws IOException {
        try (RouteNetlink netlink = RouteNetlink.open()) {
            return netlink.link(name).index();
        }
    }

    private UdpSocket receiver(TunnelSettings settings) throws IOException {
        UdpSocket socket = open();
        socket.setBuffer(Udp.SO_RCVBUF, settings.receiveBuffer());
        socket.acceptWithoutChecksum();
        socket.tellTrafficClass();
        socket.receiveJoined();
        return socket;
    }

    private UdpSocket sender(TunnelSettings settings, int group) throws IOException {
        UdpSocket socket = open();
        if (settings.sendBuffer() != null) {
            socket.setBuffer(Udp.SO_SNDBUF, settings.sendBuffer());
        }
        socket.setHops(settings.hops());
        socket.setDontFragment(settings.dontFragment());
        socket.keepErrors();
        if (!settings.checksum()) {
            socket.omitChecksum();
        }
        if (settings.group() != null) {
            socket.sendToGroups(group, settings.hops());
        }
        socket.bind(new InetSocketAddress(settings.local(), 0));
        return socket;
    }

    UdpSocket receiver() {
        return receiver;
    }

    /** {@code null} without a group. */
    UdpSocket groupReceiver() {
        return groupReceiver;
    }

    int sources() {
        return senders.size();
    }

    UdpSocket sender(int number) {
        return senders.get(number);
    }

    List<UdpSocket> senders() {
        return senders;
    }

    /** The path MTU to an end, 0 if there is no way to it. */
    int pathMtu(Vtep to) {
        try {
            return prober.connect(to.name) < 0 ? 0 : prober.pathMtu();
        } catch (IOException notKnown) {
            return 0;
        }
    }

    /** Whether an address is of the family of this tunnel. */
    boolean reaches(InetAddress address) {
        return ipv6 != address instanceof Inet4Address;
    }

    void close() {
        all.forEach(UdpSocket::close);
    }
}

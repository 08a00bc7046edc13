/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.packet;

import io.ringtap.internal.nic.link.AfPacket;
import io.ringtap.internal.nic.link.NicLink;
import io.ringtap.internal.nic.link.PacketOptions;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.LinkState;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Opens packet sockets in steps, and releases everything if a step fails. */
public final class PacketSocketOpener {
    /** An ioctl of any socket: a descriptor of its network namespace. Linux 4.8, {@code linux/sockios.h}. */
    private static final long SIOCGSKNS = 0x894c;

    private final String shown;
    private final PacketSettings settings;
    private final Function<String, ? extends SocketAddress> addresses;

    private PacketSocketOpener(String shown, PacketSettings settings,
                               Function<String, ? extends SocketAddress> addresses) {
        this.shown = shown;
        this.settings = settings;
        this.addresses = addresses;
    }

    /**
     * Opens a socket on an interface.
     *
     * @param name each byte a char
     * @param addresses makes the address of an interface of such a name
     * @throws IOException if it cannot be opened with these settings, with the reason and what to do
     */
    public static PacketDevice open(String name, PacketSettings settings,
                                    Function<String, ? extends SocketAddress> addresses) throws IOException {
        PacketSocketOpener opener = new PacketSocketOpener(addresses.apply(name).toString(), settings, addresses);
        if (settings.namespace() == null) {
            return opener.openHere(name);
        }
        return NetworkNamespace.call(settings.namespace(), () -> opener.openHere(name));
    }

    private PacketDevice openHere(String name) throws IOException {
        int fd = PacketOptions.openSocket();
        PacketOptions options = null;
        NicLink link = null;
        try {
            options = new PacketOptions(fd);
            link = new NicLink(options, control -> {
                try {
                    return control.link(name);
                } catch (SystemCallException e) {
                    throw !e.is(Errno.ENODEV) ? e : new SystemCallException(shown, e,
                        "there is no network interface of that name here: 'ip link' lists those that there are");
                }
            });
            return prepared(fd, options, link);
        } catch (Throwable e) {
            if (link != null) {
                link.close();
            }
            if (options != null) {
                options.close();
            }
            SystemCalls.close(fd);
            throw e;
        }
    }

    private PacketDevice prepared(int fd, PacketOptions options, NicLink link) throws IOException {
        VnetHeaderLength header = header(options);
        set(options, AfPacket.PACKET_AUXDATA, 1, "PACKET_AUXDATA");
        if (settings.qdiscBypass()) {
            set(options, AfPacket.PACKET_QDISC_BYPASS, 1, "PACKET_QDISC_BYPASS");
        }
        ignoreOutgoing(options);
        options.setBuffer(AfPacket.SO_RCVBUF, AfPacket.SO_RCVBUFFORCE, "SO_RCVBUF", settings.receiveBuffer());
        if (settings.sendBuffer() != null) {
            options.setBuffer(AfPacket.SO_SNDBUF, AfPacket.SO_SNDBUFFORCE, "SO_SNDBUF", settings.sendBuffer());
        }
        if (settings.promiscuous()) {
            SystemCalls.check(shown + ": setsockopt(PACKET_ADD_MEMBERSHIP)", options.addPromiscuous(link.index()));
        }
        SystemCalls.check(shown + ": bind(AF_PACKET)", options.bind(link.index()));
        requireEthernet(options);
        if (settings.group() != null) {
            settings.group().join(options, settings.fanout(), settings.outgoing());
        }
        options.beginDrops();
        return new PacketDevice(fd, options, link, addresses, header, settings.outgoing());
    }

    private void set(PacketOptions options, int option, int value, String name) throws IOException {
        SystemCalls.check(shown + ": setsockopt(" + name + ")", options.set(AfPacket.SOL_PACKET, option, value));
    }

    /** A kernel before Linux 4.20 cannot do it: then the device throws these frames away. */
    private void ignoreOutgoing(PacketOptions options) throws IOException {
        if (!settings.outgoing()) {
            int result = options.set(AfPacket.SOL_PACKET, AfPacket.PACKET_IGNORE_OUTGOING, 1);
            if (!Errno.ENOPROTOOPT.is(result)) {
                SystemCalls.check(shown + ": setsockopt(PACKET_IGNORE_OUTGOING)", result);
            }
        }
    }

    /** Sets the first of the wanted headers that the kernel has. */
    private VnetHeaderLength header(PacketOptions options) throws IOException {
        for (VnetHeaderLength wanted : settings.vnetHeaders()) {
            int result = setHeader(options, wanted);
            if (result >= 0) {
                return wanted;
            }
            if (!Errno.ENOPROTOOPT.is(result)) {
                SystemCalls.check(shown + ": setsockopt(PACKET_VNET_HDR)", result);
            }
        }
        throw new IOException(shown + ": a packet socket has no vnet header of "
            + settings.vnetHeaders().stream().map(wanted -> wanted.bytes() + "").collect(Collectors.joining(" or "))
            + " bytes here: it can have none, one of 10 bytes, or with Linux 6.4 and later one of 12");
    }

    private static int setHeader(PacketOptions options, VnetHeaderLength wanted) throws IOException {
        return switch (wanted) {
            // Without one the channel finishes frames itself, and needs to know which.
            case NONE, LEGACY -> options.set(AfPacket.SOL_PACKET, AfPacket.PACKET_VNET_HDR, 1);
            case MERGEABLE -> options.set(AfPacket.SOL_PACKET, AfPacket.PACKET_VNET_HDR_SZ, wanted.bytes());
            default -> -Errno.ENOPROTOOPT.number();
        };
    }

    private void requireEthernet(PacketOptions options) throws IOException {
        int type = options.hardwareType();
        if (type != AfPacket.ARPHRD_ETHER && type != AfPacket.ARPHRD_LOOPBACK) {
            throw new IOException(shown + ": the interface carries no Ethernet frames (its hardware type is " + type
                + "): a channel of frames has no use for it");
        }
    }

    /**
     * Takes over a packet socket that was opened and bound elsewhere, as by a privileged parent. Its vnet header and
     * its other options stay as they are, but that tags are told and outgoing frames are not received.
     *
     * @throws IllegalArgumentException if it is no bound packet socket
     * @throws IOException if it cannot be asked; it is still open then
     */
    public static PacketDevice adopt(int fd, Function<String, ? extends SocketAddress> addresses) throws IOException {
        PacketOptions options = new PacketOptions(fd);
        NicLink link = null;
        try {
            int index = boundIndex(fd, options);
            link = linkOf(fd, options, index);
            String shown = addresses.apply(link.lastName()).toString();
            int bytes = options.get(AfPacket.SOL_PACKET, AfPacket.PACKET_VNET_HDR_SZ, "PACKET_VNET_HDR_SZ", -1);
            if (bytes < 0) {
                bytes = options.get(AfPacket.SOL_PACKET, AfPacket.PACKET_VNET_HDR, "PACKET_VNET_HDR") == 0 ? 0
                    : VnetHeaderLength.LEGACY.bytes();
            }
            PacketSettings settings = new PacketSettings(List.of(VnetHeaderLength.ofBytes(bytes)), false,
                false, false, 0, null, null, 0, null);
            PacketSocketOpener opener = new PacketSocketOpener(shown, settings, addresses);
            opener.requireEthernet(options);
            opener.set(options, AfPacket.PACKET_AUXDATA, 1, "PACKET_AUXDATA");
            opener.ignoreOutgoing(options);
            SystemCalls.check("fcntl(O_NONBLOCK)", SystemCalls.setNonBlocking(fd));
            opener.header(options);
            options.beginDrops();
            return new PacketDevice(fd, options, link, addresses, settings.vnetHeaders().get(0), false);
        } catch (Throwable e) {
            if (link != null) {
                link.close();
            }
            options.close();
            throw e;
        }
    }

    private static int boundIndex(int fd, PacketOptions options) throws IOException {
        boolean packet = options.get(AfPacket.SOL_SOCKET, AfPacket.SO_DOMAIN, "SO_DOMAIN", -1) == AfPacket.AF_PACKET
            && options.get(AfPacket.SOL_SOCKET, AfPacket.SO_TYPE, "SO_TYPE", -1) == AfPacket.SOCK_RAW;
        int index = packet ? options.index() : 0;
        if (index <= 0) {
            throw new IllegalArgumentException("descriptor " + fd + " is no packet socket (AF_PACKET, SOCK_RAW) that is"
                + " bound to an interface");
        }
        return index;
    }

    /** The interface of a socket, in whichever namespace that is. */
    private static NicLink linkOf(int fd, PacketOptions options, int index) throws IOException {
        int namespace = SystemCalls.ioctl(fd, SIOCGSKNS, 0);
        try {
            if (namespace >= 0) {
                return NetworkNamespace.call(namespace, "the network namespace of descriptor " + fd,
                    () -> new NicLink(options, control -> control.link(index)));
            }
        } catch (SystemCallException e) {
            if (!e.is(Errno.EPERM)) {
                throw e;
            }
        } finally {
            if (namespace >= 0) {
                SystemCalls.close(namespace);
            }
        }
        // The process may not enter the namespace, and mostly is in it.
        return new NicLink(options, control -> {
            LinkState state = control.link(index);
            if (!options.mac().equals(state.mac())) {
                throw new IOException("descriptor " + fd + " is bound to interface " + index + " of another network"
                    + " namespace, which this process may not enter");
            }
            return state;
        });
    }
}

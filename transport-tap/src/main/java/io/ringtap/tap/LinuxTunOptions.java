/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelOption;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.LinkState;
import io.ringtap.internal.unix.SystemCallException;

import java.io.IOException;
import java.util.List;

/**
 * The options of an open tap or TUN device of Linux that live in the kernel: reads them, and sets them with a message
 * that says what to do if the kernel refuses. Any thread.
 */
final class LinuxTunOptions {
    private final TunKind kind;
    private final LinuxTunLink link;
    private final String namespace;
    private final LinuxTunAddresses addresses;

    /**
     * Options of one device.
     *
     * @param namespace in which the device was opened, for messages; {@code null} for that of the process
     */
    LinuxTunOptions(TunKind kind, LinuxTunLink link, String namespace) {
        this.kind = kind;
        this.link = link;
        this.namespace = namespace;
        addresses = new LinuxTunAddresses(link, namespace);
    }

    /**
     * Sets what was asked for at bind, but for PERSIST, which comes last of all. What is already so is left alone: an
     * owner without privilege may open a device that was set up for it.
     */
    void apply(TapSettings settings, LinkState state) throws IOException {
        if (settings.owner() != null) {
            set("ioctl(TUNSETOWNER)", link.ioctl(LinuxTun.TUNSETOWNER, settings.owner()), null);
        }
        if (settings.group() != null) {
            set("ioctl(TUNSETGROUP)", link.ioctl(LinuxTun.TUNSETGROUP, settings.group()), null);
        }
        if (settings.sendBuffer() != null) {
            setSendBuffer(settings.sendBuffer());
        }
        if (settings.mac() != null && !settings.mac().equals(state.mac())) {
            setMac(settings.mac());
        }
        if (settings.mtu() != null && settings.mtu() != state.mtu()) {
            setMtu(settings.mtu());
        }
        if (!settings.addresses().isEmpty()) {
            setAddresses(settings.addresses());
        }
        if (settings.carrier() != null) {
            setCarrier(settings.carrier());
        }
        if (settings.up() != null && settings.up() != state.isUp()) {
            setUp(settings.up());
        }
    }

    /** The value of an option, {@code null} if it is none of these. */
    Object read(ChannelOption<?> option) throws IOException {
        if (option == InterfaceChannelOption.MTU) {
            return link.state().mtu();
        }
        if (option == TapChannelOption.MAC_ADDRESS) {
            return link.mac();
        }
        if (option == InterfaceChannelOption.ADDRESSES) {
            return addresses.read();
        }
        if (option == InterfaceChannelOption.UP) {
            return link.state().isUp();
        }
        if (option == InterfaceChannelOption.CARRIER) {
            return link.state().hasCarrier();
        }
        if (option == InterfaceChannelOption.PERSIST) {
            return (link.flags() & LinuxTun.IFF_PERSIST) != 0;
        }
        if (option == InterfaceChannelOption.MULTI_QUEUE) {
            return (link.flags() & LinuxTun.IFF_MULTI_QUEUE) != 0;
        }
        if (option == ChannelOption.SO_SNDBUF) {
            return link.readInt(LinuxTun.TUNGETSNDBUF);
        }
        return null;
    }

    /** Sets an option of the open device; returns whether it is one that can be set then. */
    @SuppressWarnings("unchecked")
    boolean change(ChannelOption<?> option, Object value) throws IOException {
        if (option == InterfaceChannelOption.MTU) {
            TapSettings.requireNone(TapSettings.mtuProblem(kind, (Integer) value));
            setMtu((Integer) value);
        } else if (option == TapChannelOption.MAC_ADDRESS) {
            TapSettings.requireNone(TapSettings.macProblem((MacAddress) value));
            setMac((MacAddress) value);
        } else if (option == InterfaceChannelOption.ADDRESSES) {
            TapSettings.requireNone(TapSettings.addressesProblem((List<IpPrefix>) value));
            setAddresses((List<IpPrefix>) value);
        } else if (option == InterfaceChannelOption.UP) {
            setUp((Boolean) value);
        } else if (option == InterfaceChannelOption.CARRIER) {
            setCarrier((Boolean) value);
        } else if (option == InterfaceChannelOption.PERSIST) {
            setPersist((Boolean) value);
        } else if (option == ChannelOption.SO_SNDBUF) {
            TapSettings.requireNone(TapSettings.sendBufferProblem((Integer) value));
            setSendBuffer((Integer) value);
            OpenQueues.sendBufferChanged();
        } else {
            return false;
        }
        return true;
    }

    private void setMtu(int mtu) throws IOException {
        request(() -> link.setMtu(mtu), linkCommand("mtu " + mtu));
    }

    private void setMac(MacAddress mac) throws IOException {
        set("set MAC " + mac, link.setMac(mac.toBytes()), linkCommand("address " + mac));
    }

    private void setAddresses(List<IpPrefix> wanted) throws IOException {
        addresses.set(wanted, address());
    }

    private void setUp(boolean up) throws IOException {
        request(() -> link.setUp(up), linkCommand(up ? "up" : "down"));
    }

    private void setCarrier(boolean on) throws IOException {
        set("ioctl(TUNSETCARRIER)", link.ioctlInt(LinuxTun.TUNSETCARRIER, on ? 1 : 0),
            linkCommand("carrier " + (on ? "on" : "off")));
    }

    void setPersist(boolean persist) throws IOException {
        set("ioctl(TUNSETPERSIST)", link.ioctl(LinuxTun.TUNSETPERSIST, persist ? 1 : 0), null);
    }

    private void setSendBuffer(int bytes) throws IOException {
        set("ioctl(TUNSETSNDBUF)", link.ioctlInt(LinuxTun.TUNSETSNDBUF, bytes), null);
    }

    private String linkCommand(String change) {
        return "link set dev " + LinkState.shown(link.lastName()) + " " + change;
    }

    private InterfaceAddress address() {
        return kind.address(link.lastName());
    }

    /** Throws for the result of an ioctl that failed. */
    private void set(String call, int result, String command) throws SystemCallException {
        if (result < 0) {
            throw new SystemCallException(address() + ": " + call, -result, Errno.EPERM.is(result) && command != null
                ? Privilege.toChange(namespace, command) : null);
        }
    }

    private interface Request {
        void send() throws IOException;
    }

    private void request(Request request, String command) throws IOException {
        try {
            request.send();
        } catch (SystemCallException e) {
            throw new SystemCallException(address().toString(), e, e.is(Errno.EPERM) && command != null
                ? Privilege.toChange(namespace, command) : null);
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.LinkAddress;
import io.ringtap.internal.unix.LinkState;
import io.ringtap.internal.unix.RouteNetlink;
import io.ringtap.internal.unix.SystemCallException;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The IP addresses of the interface of an open tap or TUN device of Linux. Any thread. */
final class LinuxTunAddresses {
    /** {@code linux/ipv6.h}: IPV6_MIN_MTU. */
    private static final int MIN_IPV6_MTU = 1280;

    private final LinuxTunLink link;
    private final String namespace;
    /** Those that were added through this object; what the interface had before is not ours to remove. */
    private final Set<IpPrefix> added = new HashSet<>();

    /**
     * Reads and changes the addresses of one interface.
     *
     * @param namespace in which the device was opened, for messages; {@code null} for that of the process
     */
    LinuxTunAddresses(LinuxTunLink link, String namespace) {
        this.link = link;
        this.namespace = namespace;
    }

    /** All addresses that the interface has, in the order of the kernel. */
    List<IpPrefix> read() throws IOException {
        return link.request((socket, index) -> read(socket, index));
    }

    private static List<IpPrefix> read(RouteNetlink socket, int index) throws IOException {
        return socket.addresses(index).stream().map(one -> IpPrefix.of(one.octets(), one.prefixLength())).toList();
    }

    /**
     * Adds what the interface lacks of the wanted addresses, and removes what was added here before and is not wanted.
     *
     * @param name of the device, for messages
     * @throws IOException if the kernel refuses, with what to do; the addresses are then what they were, unless a
     *     suppressed exception says which one could not be restored
     */
    synchronized void set(List<IpPrefix> wanted, InterfaceAddress name) throws IOException {
        link.request((socket, index) -> {
            List<IpPrefix> before = read(socket, index);
            Set<IpPrefix> ours = Set.copyOf(added);
            try {
                removeUnwanted(socket, index, wanted, name);
                for (IpPrefix one : wanted) {
                    if (add(socket, index, one, name)) {
                        added.add(one);
                    }
                }
            } catch (Throwable e) {
                restore(socket, index, before, ours, name, e);
                throw e;
            }
            return null;
        });
    }

    private void removeUnwanted(RouteNetlink socket, int index, List<IpPrefix> wanted, InterfaceAddress name)
        throws IOException {
        for (IpPrefix old : List.copyOf(added)) {
            if (!wanted.contains(old)) {
                // Anew for each, as the kernel removes the other IPv4 addresses of a network together with the first.
                List<IpPrefix> present = read(socket, index);
                if (present.contains(old)) {
                    remove(socket, index, old, name);
                    for (IpPrefix other : present) {
                        if (!other.equals(old)) {
                            add(socket, index, other, name);
                        }
                    }
                }
                added.remove(old);
            }
        }
    }

    private void restore(RouteNetlink socket, int index, List<IpPrefix> before, Set<IpPrefix> ours,
                         InterfaceAddress name, Throwable cause) {
        for (IpPrefix one : List.copyOf(added)) {
            attempt(cause, () -> {
                if (!before.contains(one) && !ours.contains(one)) {
                    remove(socket, index, one, name);
                }
            });
        }
        for (IpPrefix one : before) {
            attempt(cause, () -> add(socket, index, one, name));
        }
        added.clear();
        added.addAll(ours);
    }

    private interface Change {
        void apply() throws IOException;
    }

    private static void attempt(Throwable cause, Change change) {
        try {
            change.apply();
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    /** Adds an address, and returns whether the interface did not have it. */
    private boolean add(RouteNetlink socket, int index, IpPrefix one, InterfaceAddress name) throws IOException {
        if (read(socket, index).contains(one)) {
            return false;
        }
        try {
            socket.addAddress(index, linkAddress(one));
        } catch (SystemCallException e) {
            throw refused(name, e, socket.link(index), one, "add");
        }
        return true;
    }

    private void remove(RouteNetlink socket, int index, IpPrefix one, InterfaceAddress name) throws IOException {
        try {
            socket.removeAddress(index, linkAddress(one));
        } catch (SystemCallException e) {
            throw refused(name, e, socket.link(index), one, "del");
        }
    }

    private static LinkAddress linkAddress(IpPrefix prefix) {
        return new LinkAddress(prefix.address().getAddress(), prefix.length());
    }

    private SystemCallException refused(InterfaceAddress name, SystemCallException e, LinkState state,
                                        IpPrefix address, String verb) {
        return new SystemCallException(name.toString(), e, advice(e, state, address, verb));
    }

    private String advice(SystemCallException e, LinkState state, IpPrefix address, String verb) {
        String name = LinkState.shown(state.name());
        if (e.is(Errno.EPERM)) {
            return Privilege.toChange(namespace, "address " + verb + " " + address + " dev " + name);
        }
        if (e.is(Errno.EEXIST)) {
            return "the interface has this address with a prefix of another length";
        }
        if (e.is(Errno.EACCES) && !address.isIpv4()) {
            return "IPv6 is switched off on this interface: 'sysctl net.ipv6.conf." + name + ".disable_ipv6=0'";
        }
        if (e.is(Errno.EOPNOTSUPP) && !address.isIpv4()) {
            return "this kernel has no IPv6";
        }
        if (!address.isIpv4() && state.mtu() < MIN_IPV6_MTU) {
            return "IPv6 needs an MTU of " + MIN_IPV6_MTU + " bytes or more";
        }
        return null;
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.util.NetUtil;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * An IPv4 or IPv6 address and the length of its network prefix, as {@code 192.0.2.1/24}: the address that an interface
 * has, and the network that is reached through it. The bits behind the prefix are kept. Immutable; {@link #parse} reads
 * what {@link #toString()} writes.
 */
public final class IpPrefix {
    private final InetAddress address;
    private final int length;

    /**
     * An address with its prefix.
     *
     * @param address the address, without a scope
     * @param length how many bits of it are the prefix: 0 to 32 for IPv4, 0 to 128 for IPv6
     * @throws IllegalArgumentException if the length is out of range
     */
    public IpPrefix(InetAddress address, int length) {
        this.address = withoutNameAndScope(address);
        int most = 8 * this.address.getAddress().length;
        if (length < 0 || length > most) {
            throw new IllegalArgumentException("a prefix of " + length + " bits is out of range: "
                + (isIpv4() ? "IPv4" : "IPv6") + " has 0 to " + most);
        }
        this.length = length;
    }

    /** Two addresses are equal whatever their host names, which are no part of a prefix. */
    private static InetAddress withoutNameAndScope(InetAddress address) {
        return of(Objects.requireNonNull(address, "address").getAddress());
    }

    private static InetAddress of(byte[] octets) {
        try {
            return InetAddress.getByAddress(octets);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an IP address has 4 or 16 octets, not " + octets.length, e);
        }
    }

    /**
     * An address in octets, as the kernel has it.
     *
     * @param octets 4 of IPv4 or 16 of IPv6, in network order
     */
    static IpPrefix of(byte[] octets, int length) {
        return new IpPrefix(of(octets), length);
    }

    /**
     * Reads an address and the length of its prefix. No name is looked up.
     *
     * @throws IllegalArgumentException if it is not written as {@code 192.0.2.1/24} or {@code 2001:db8::1/64}
     */
    public static IpPrefix parse(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        boolean ipv4 = NetUtil.isValidIpV4Address(address);
        // Netty also reads scopes and brackets, which are no part of an address that is set, and IPv4 in IPv6.
        if (!ipv4 && (!NetUtil.isValidIpV6Address(address) || address.indexOf('%') >= 0 || address.startsWith("["))) {
            throw new IllegalArgumentException("'" + text + "' is no IP address with the length of its prefix, such as"
                + " 192.0.2.1/24 or 2001:db8::1/64");
        }
        byte[] octets = NetUtil.createByteArrayFromIpAddressString(address);
        if (slash < 0) {
            throw new IllegalArgumentException("'" + text + "' lacks the length of its prefix: write " + address
                + (ipv4 ? "/32" : "/128") + " for the address alone, or for example " + address
                + (ipv4 ? "/24" : "/64") + " for its network as well");
        }
        String bits = text.substring(slash + 1);
        if (!bits.matches("\\d{1,3}")) {
            throw new IllegalArgumentException("'" + text + "' does not end with the length of a prefix in bits, as "
                + address + (ipv4 ? "/24" : "/64") + " does");
        }
        InetAddress read = of(octets);
        if (!ipv4 && read instanceof Inet4Address) {
            throw new IllegalArgumentException("'" + text + "' is an IPv4 address in IPv6: write it as "
                + read.getHostAddress());
        }
        return new IpPrefix(read, Integer.parseInt(bits));
    }

    /**
     * Reads several, with a plus sign between two: {@code 192.0.2.1/24+2001:db8::1/64}.
     *
     * @throws IllegalArgumentException if one of them cannot be read, naming it
     */
    public static List<IpPrefix> parseAll(String text) {
        return Arrays.stream(text.split("\\+", -1)).map(IpPrefix::parse).toList();
    }

    /** The address. */
    public InetAddress address() {
        return address;
    }

    /** How many leading bits of the address are the prefix. */
    public int length() {
        return length;
    }

    /** Whether the address is one of IPv4; otherwise it is one of IPv6. */
    public boolean isIpv4() {
        return address instanceof Inet4Address;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof IpPrefix other && length == other.length && address.equals(other.address);
    }

    @Override
    public int hashCode() {
        return 31 * address.hashCode() + length;
    }

    /** The address in its shortest form, a slash, and the length: {@code 2001:db8::1/64}. */
    @Override
    public String toString() {
        return NetUtil.toAddressString(address) + '/' + length;
    }
}

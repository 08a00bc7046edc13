/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import io.netty.util.NetUtil;

import java.util.Arrays;

/**
 * An IP address of a network interface as the kernel has it ({@code RTM_NEWADDR}, rtnetlink(7)).
 *
 * @param octets 4 of IPv4 or 16 of IPv6, in network order; not copied
 * @param prefixLength how many leading bits are those of its network
 */
public record LinkAddress(byte[] octets, int prefixLength) {
    private static final byte AF_INET = 2;
    private static final byte AF_INET6 = 10;
    private static final int IPV4_OCTETS = 4;
    private static final int IPV6_OCTETS = 16;

    /** AF_INET or AF_INET6 of Linux. */
    byte family() {
        return octets.length == IPV4_OCTETS ? AF_INET : AF_INET6;
    }

    /** How long the addresses of a family are, 0 for one that is no IP. */
    static int octetsOf(byte family) {
        return family == AF_INET ? IPV4_OCTETS : family == AF_INET6 ? IPV6_OCTETS : 0;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof LinkAddress other && prefixLength == other.prefixLength
            && Arrays.equals(octets, other.octets);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(octets) + prefixLength;
    }

    /** As {@code 192.0.2.1/24}. */
    @Override
    public String toString() {
        return NetUtil.bytesToIpAddress(octets) + '/' + prefixLength;
    }
}

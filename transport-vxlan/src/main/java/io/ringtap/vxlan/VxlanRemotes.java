/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vxlan;

import io.ringtap.internal.vxlan.IpLiteral;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;

/** What may stand in {@link VxlanChannelOption#REMOTES}. */
final class VxlanRemotes {
    private static final String FDB = "fdb:";

    private VxlanRemotes() {
    }

    /**
     * Checks the other ends of a tunnel.
     *
     * @throws IllegalArgumentException saying which of them cannot be one
     */
    static void require(List<String> remotes, InetAddress local) {
        int followed = 0;
        for (String remote : remotes) {
            if (remote.startsWith(FDB)) {
                followed++;
                continue;
            }
            if (remote.isBlank()) {
                throw new IllegalArgumentException("a remote has no name");
            }
            InetAddress address = IpLiteral.parse(remote);
            if (address == null) {
                continue;
            }
            if (address.equals(local)) {
                throw new IllegalArgumentException("remote " + remote + " is the address of this end of the tunnel:"
                    + " frames would come back");
            }
            if (address instanceof Inet4Address != local instanceof Inet4Address) {
                throw new IllegalArgumentException("remote " + remote + " and local " + local.getHostAddress()
                    + " are of two address families");
            }
            if (address.isMulticastAddress() || address.isAnyLocalAddress()) {
                throw new IllegalArgumentException("remote " + remote + " is no address of one host; a multicast group"
                    + " is given as the group");
            }
        }
        if (followed > 1) {
            throw new IllegalArgumentException("only one FDB can be followed, not " + followed + ": " + remotes);
        }
    }

    /** @throws IllegalArgumentException if another FDB is to be followed than before */
    static void requireSameFdb(List<String> before, List<String> wanted) {
        if (!before.stream().filter(remote -> remote.startsWith(FDB)).toList()
            .equals(wanted.stream().filter(remote -> remote.startsWith(FDB)).toList())) {
            throw new IllegalArgumentException("which FDB is followed is fixed while the channel is active");
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.ringtap.ethernet.MacAddress;
import io.ringtap.virtio.VnetHeaderLength;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;

/**
 * The options with which a port is opened: those of a configuration at the time of bind.
 *
 * @param vni the network identifier
 * @param local the address of this end
 * @param port the UDP port of all ends
 * @param remotes addresses and names of hosts, and {@code fdb:NAME}
 * @param group the multicast group, {@code null} for none
 * @param groupInterface the interface that the group is joined by, {@code null} for that of the route
 * @param networks whose members are heard where there is a group
 * @param learning whether stations are learned, {@code null} for where no FDB is followed
 * @param maxStations the most stations that are known
 * @param ageingSeconds how long a silent station is remembered
 * @param stations static entries: behind which end each is
 * @param sourcePorts among how many ports flows are spread
 * @param checksum whether datagrams have a checksum
 * @param hops how many routers a datagram passes at most
 * @param trafficClass of datagrams, or {@link TrafficClass#INHERITED}
 * @param dontFragment whether datagrams must not be fragmented
 * @param receiveBuffer bytes
 * @param sendBuffer bytes, {@code null} for what the system gives
 * @param namespace the network namespace of the underlay, {@code null} for that of the calling thread
 */
public record TunnelSettings(List<VnetHeaderLength> vnetHeaders, int vni, InetAddress local, int port,
                             List<String> remotes, InetAddress group, String groupInterface, List<String> networks,
                             Boolean learning, int maxStations, int ageingSeconds,
                             Map<MacAddress, InetAddress> stations, int sourcePorts, boolean checksum, int hops,
                             int trafficClass, boolean dontFragment, int receiveBuffer, Integer sendBuffer,
                             String namespace) {
}

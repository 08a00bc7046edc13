/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.netty.channel.EventLoop;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.ethernet.MacTable;
import io.ringtap.internal.udp.SocketName;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Who is at the other ends of a tunnel: addresses and names that were configured, what the FDB of a kernel's device
 * says, and whoever is heard in a group. On the event loop.
 */
final class Remotes {
    /** In front of the name of a device whose FDB is followed. */
    static final String FDB = "fdb:";

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(Remotes.class);

    private final TunnelSettings settings;
    private final TunnelSockets sockets;
    private final Vteps vteps;
    private final List<Network> networks;
    private final Runnable changed;
    private final Consumer<Vtep> added;
    private volatile List<String> wanted;
    private final Map<String, List<InetAddress>> addresses = new HashMap<>();
    private RemoteNames names;
    private Set<Long> fdbStations = new HashSet<>();
    private Set<InetAddress> fdbFlooded = Set.of();

    /**
     * Of a tunnel.
     *
     * @param changed told when there are other ends, or other ways to them
     * @param added told of an end that was heard in the group, which is one more
     */
    Remotes(TunnelSettings settings, TunnelSockets sockets, Vteps vteps, Runnable changed, Consumer<Vtep> added) {
        this.settings = settings;
        this.sockets = sockets;
        this.vteps = vteps;
        this.changed = changed;
        this.added = added;
        networks = settings.networks().stream().map(Network::parse).toList();
        wanted = settings.remotes();
        applyStations();
    }

    /** Whether an FDB is followed; the name of its device, or {@code null}. */
    static String fdbDevice(List<String> remotes) {
        return remotes.stream().filter(remote -> remote.startsWith(FDB)).findFirst()
            .map(remote -> remote.substring(FDB.length())).orElse(null);
    }

    /** What was configured. Any thread. */
    List<String> wanted() {
        return wanted;
    }

    /** Replaces what was configured. */
    void set(List<String> remotes) {
        wanted = List.copyOf(remotes);
        lookUp();
        apply();
    }

    /** The channel is on an event loop. */
    void attach(EventLoop loop) {
        names = new RemoteNames(loop, addresses, this::apply);
        lookUp();
        apply();
    }

    /** The channel leaves its event loop. */
    void detach() {
        if (names != null) {
            names.close();
            names = null;
        }
    }

    /** Looks up all names again. */
    void lookUp() {
        if (names != null) {
            for (String remote : wanted) {
                if (!remote.startsWith(FDB) && IpLiteral.parse(remote) == null) {
                    names.lookUp(remote);
                }
            }
        }
    }

    private void applyStations() {
        for (Map.Entry<MacAddress, InetAddress> entry : settings.stations().entrySet()) {
            Vtep vtep = vteps.get(entry.getValue());
            if (vtep != null) {
                vtep.configured = true;
                vteps.stations().set(entry.getKey().bits(), vtep.index, MacTable.seconds());
            }
        }
    }

    private void apply() {
        Set<InetAddress> ofStations = new HashSet<>(settings.stations().values());
        for (Vtep vtep : vteps.all()) {
            vtep.configured = ofStations.contains(vtep.address);
            vtep.flooded = false;
        }
        for (String remote : wanted) {
            if (remote.startsWith(FDB)) {
                continue;
            }
            InetAddress literal = IpLiteral.parse(remote);
            List<InetAddress> ends =
                literal != null ? List.of(literal) : addresses.getOrDefault(remote, List.of());
            for (InetAddress address : ends) {
                configure(remote, address);
            }
        }
        if (settings.group() != null) {
            configure("the group", settings.group());
        }
        for (Vtep vtep : vteps.all()) {
            vtep.flooded |= vtep.inFdb && fdbFlooded.contains(vtep.address);
        }
        vteps.tidy();
        changed.run();
    }

    private void configure(String remote, InetAddress address) {
        if (address.equals(settings.local())) {
            LOGGER.warn("{} is the address of this end of the tunnel, {}, and is left out", remote, address);
            return;
        }
        Vtep vtep = sockets.reaches(address) ? vteps.get(address) : null;
        if (vtep != null) {
            vtep.configured = true;
            vtep.flooded = true;
        }
    }

    /**
     * Takes over what an FDB says.
     *
     * @param flood the ends that frames to all go to
     * @param stations the ends that stations are behind
     */
    void setFdb(Set<InetAddress> flood, Map<Long, InetAddress> stations) {
        for (Vtep vtep : vteps.all()) {
            vtep.inFdb = false;
        }
        fdbFlooded = flood;
        List<InetAddress> all = new ArrayList<>(flood);
        all.addAll(stations.values());
        for (InetAddress address : all) {
            boolean isEnd = !address.equals(settings.local()) && !address.isAnyLocalAddress()
                && sockets.reaches(address);
            Vtep vtep = isEnd ? vteps.get(address) : null;
            if (vtep != null) {
                vtep.inFdb = true;
            }
        }
        int now = MacTable.seconds();
        for (long gone : fdbStations) {
            if (!stations.containsKey(gone) && !isConfigured(gone)) {
                vteps.stations().remove(gone);
            }
        }
        stations.forEach((mac, address) -> {
            Vtep vtep = vteps.find(SocketName.high(address), SocketName.low(address));
            if (vtep != null && !isConfigured(mac)) {
                vteps.stations().set(mac, vtep.index, now);
            }
        });
        fdbStations = new HashSet<>(stations.keySet());
        apply();
    }

    /** What is configured of a station holds, whatever an FDB says. */
    private boolean isConfigured(long station) {
        return settings.stations().containsKey(MacAddress.of(station));
    }

    /** The end that has sent from an address, {@code null} if nobody there is heard. */
    Vtep sender(long high, long low) {
        Vtep known = vteps.find(high, low);
        if (known != null || settings.group() == null) {
            return known;
        }
        for (Network network : networks) {
            if (network.contains(high, low)) {
                InetAddress address = SocketName.address(high, low);
                Vtep heard = address.equals(settings.local()) ? null : vteps.hear(address, MacTable.seconds());
                if (heard != null) {
                    // Many may come at once: the ways to the others are as they were.
                    added.accept(heard);
                }
                return heard;
            }
        }
        return null;
    }

    /** Forgets ends of the group that have been silent for the ageing time. */
    void forgetSilent(int now) {
        boolean any = false;
        for (Vtep vtep : vteps.all()) {
            if (vtep.heard && now - vtep.lastHeard > settings.ageingSeconds()) {
                vtep.heard = false;
                any = true;
            }
        }
        if (any) {
            vteps.tidy();
        }
    }
}

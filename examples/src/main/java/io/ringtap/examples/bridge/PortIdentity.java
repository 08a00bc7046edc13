/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.ringtap.channel.FramePort;
import io.ringtap.netmap.Netmap;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapChannelOption;
import io.ringtap.netmap.NetmapDriver;
import io.ringtap.tap.TapAddress;
import io.ringtap.tap.TapChannelOption;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * What a port is, however it is written: the interface of a name in a network namespace, or rings of a netmap port. A
 * bridge that had one twice would send its frames back to where they came from.
 */
final class PortIdentity {
    private static final int NO_RING = -1;
    private static final int ALL_RINGS = -2;

    private final FramePort port;
    private final SocketAddress address;

    private PortIdentity(FramePort port, SocketAddress address) {
        this.port = port;
        this.address = address;
    }

    /** Of a port that is not open yet. */
    static PortIdentity of(FramePort port) {
        return new PortIdentity(port, port.address());
    }

    /**
     * Of a port that is open.
     *
     * @param bound under what name, which the kernel may have picked
     */
    static PortIdentity of(FramePort port, SocketAddress bound) {
        return new PortIdentity(port, bound);
    }

    /** Whether both are the same device, or one has rings that the other has too. */
    boolean overlaps(PortIdentity other) {
        if (address instanceof NetmapAddress mine && other.address instanceof NetmapAddress others) {
            return mine.portName().equals(others.portName()) && mine.isVale() == others.isVale()
                && sharesRings(mine, others)
                && driver(mine) == other.driver(others);
        }
        if (address instanceof TapAddress mine && mine.isPattern()) {
            // The kernel picks another name each time.
            return false;
        }
        return address.equals(other.address) && namespace().equals(other.namespace());
    }

    /** A monitor has rings of its own, which show what passes through another's. */
    private static boolean sharesRings(NetmapAddress one, NetmapAddress other) {
        if (one.isMonitor() || other.isMonitor()) {
            return one.flags() == other.flags();
        }
        return meet(cardRings(one), cardRings(other)) || meet(hostRings(one), hostRings(other));
    }

    private static int cardRings(NetmapAddress address) {
        return switch (address.mode()) {
            case HOST, ONE_HOST -> NO_RING;
            case ONE_NIC -> address.ring();
            default -> ALL_RINGS;
        };
    }

    private static int hostRings(NetmapAddress address) {
        return switch (address.mode()) {
            case HOST, NIC_AND_HOST -> ALL_RINGS;
            case ONE_HOST -> address.ring();
            default -> NO_RING;
        };
    }

    private static boolean meet(int one, int other) {
        return one != NO_RING && other != NO_RING && (one == other || one == ALL_RINGS || other == ALL_RINGS);
    }

    private NetmapDriver driver(NetmapAddress of) {
        Object chosen = port.options().get(NetmapChannelOption.DRIVER);
        return chosen instanceof NetmapDriver driver ? driver
            : (of.isVale() || of.isPipe()) && !Netmap.isAvailable() ? Netmap.embedded() : Netmap.kernel();
    }

    /** One namespace has many names, and one file behind them. */
    private Object namespace() {
        Object option = port.options().get(TapChannelOption.NETWORK_NAMESPACE);
        String name = option == null ? "/proc/self/ns/net" : option.toString();
        Path path = name.indexOf('/') >= 0 ? Path.of(name) : Path.of("/run/netns", name);
        try {
            Object file = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
            return file == null ? path : file;
        } catch (IOException notThere) {
            // Opening the port will say so.
            return path;
        }
    }
}

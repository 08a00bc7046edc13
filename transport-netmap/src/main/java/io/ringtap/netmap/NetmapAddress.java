/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.channel.PortSyntaxException;
import io.ringtap.internal.netmap.layout.NetmapLayout.Register;

import java.net.SocketAddress;
import java.util.Objects;

/**
 * The name of a netmap port, and which of its rings to bind in which way. The grammar is that of libnetmap ({@code
 * nmport_parse}), with two additions of Ringtap at the end:
 * <pre>
 *   netmap:IFNAME | vale[ID]:PORT        a network interface | a port of the VALE switch vale[ID]
 *   ... {PIPE | }PIPE                    the master | slave end of a pipe that belongs to that port
 *   -N | ^ | ^N | *                      ring pair N | the host's rings | the host's pair N | card and host
 *   /[xztrRT]                            exclusive, zero-copy monitor of both, monitor tx, monitor rx, rx only, tx only
 *   &#64;N                                   share the memory region with that id
 *   &#64;share=PORT  &#64;conf:rings=2,slots=512  &#64;extmem=FILE      options, last
 *
 *   netmap-raw:IFNAME                    all rings of the interface with exactly this name, see {@link #raw}
 *   [...],shared=on,driver=embedded      what the address of a bound channel adds; brackets only around a comma
 * </pre>
 * Immutable. Two addresses are equal when they ask for the same. {@link #toString()} gives a text that {@link #parse}
 * reads back to an equal address.
 */
public final class NetmapAddress extends SocketAddress {
    private static final long serialVersionUID = 1L;

    static final String NIC_PREFIX = "netmap";
    static final String VALE_PREFIX = "vale";
    static final String RAW_PREFIX = "netmap-raw:";

    private final String portName;
    private final boolean raw;
    private final NetmapMode mode;
    private final int ring;
    private final int flags;
    private final int memoryId;
    private final String sharedPort;
    private final NetmapRingCounts counts;
    private final NetmapExternalMemory externalMemory;
    private final String driver;
    private final boolean shared;

    NetmapAddress(String portName, boolean raw, NetmapMode mode, int ring, int flags, int memoryId, String sharedPort,
                  NetmapRingCounts counts, NetmapExternalMemory externalMemory) {
        this(portName, raw, mode, ring, flags, memoryId, sharedPort, counts, externalMemory, null, false);
    }

    private NetmapAddress(String portName, boolean raw, NetmapMode mode, int ring, int flags, int memoryId,
                          String sharedPort, NetmapRingCounts counts, NetmapExternalMemory externalMemory,
                          String driver, boolean shared) {
        this.portName = portName;
        this.raw = raw;
        this.mode = mode;
        this.ring = ring;
        this.flags = flags;
        this.memoryId = memoryId;
        this.sharedPort = sharedPort;
        this.counts = counts;
        this.externalMemory = externalMemory;
        this.driver = driver;
        this.shared = shared;
    }

    /**
     * Reads a port name as the table above has it, or what {@link #toString()} makes of one. It is stricter than
     * libnetmap where that would silently read something else: numbers are checked, unknown and repeated keys are
     * refused, and a port name holds letters, digits, {@code _} and {@code .} only. Any other name of an interface is
     * written {@code netmap-raw:br-lan}, see {@link #raw}.
     *
     * @throws PortSyntaxException if the text is no port name
     */
    public static NetmapAddress parse(String text) {
        return new NetmapNameParser(text).parse();
    }

    /**
     * All rings of the interface with exactly this name, which may contain characters that have a meaning in the
     * grammar, as {@code br-lan} does.
     *
     * @throws IllegalArgumentException if the name is empty, too long for the kernel, or contains a slash or a space
     */
    public static NetmapAddress raw(String interfaceName) {
        return new NetmapNameParser(interfaceName).raw();
    }

    /** This address on a netmap, and whether others may open the same rings. */
    NetmapAddress on(String by, boolean sharedWithOthers) {
        return new NetmapAddress(portName, raw, mode, ring, flags, memoryId, sharedPort, counts, externalMemory,
            by, sharedWithOthers);
    }

    /**
     * The netmap, {@code kernel} or {@code embedded}. In the address of a bound channel it is the one that has the
     * port. In an address that was read it is the one to open the port on, or {@code null} for whichever this machine
     * has.
     */
    public String driver() {
        return driver;
    }

    /**
     * Whether others may have the same rings open, as with {@link NetmapChannelOption#SHARED}. It is {@code true} in
     * the address of a channel that was bound so, and in one that was read from a text with {@code ,shared=on}.
     */
    public boolean isShared() {
        return shared;
    }

    /** The name as netmap itself knows it: {@code eth0}, {@code vale0:1}, {@code vale0:1&#123;p}. */
    public String portName() {
        return portName;
    }

    /** Whether the name was given by {@link #raw}. */
    public boolean isRaw() {
        return raw;
    }

    /** Whether the port is one of a VALE switch. */
    public boolean isVale() {
        return !raw && portName.indexOf(':') >= 0;
    }

    /** Whether it is an end of a pipe. */
    public boolean isPipe() {
        return !raw && (portName.indexOf('{') >= 0 || portName.indexOf('}') >= 0);
    }

    /** Which rings are bound. */
    public NetmapMode mode() {
        return mode;
    }

    /** The ring of {@link NetmapMode#ONE_NIC} and {@link NetmapMode#ONE_HOST}, from 0; otherwise 0. */
    public int ring() {
        return ring;
    }

    /** The letters after the slash as bits of {@code nr_flags}, the {@code NR_*} of {@code net/netmap.h}. */
    public int flags() {
        return flags;
    }

    /**
     * Whether the address asks for its rings exclusively. A channel always does so, unless {@link
     * NetmapChannelOption#SHARED} is set.
     */
    public boolean isExclusive() {
        return (flags & Register.EXCLUSIVE) != 0;
    }

    /** Whether it shows the frames that pass through the rings of the port, instead of binding these rings. */
    public boolean isMonitor() {
        return (flags & Register.MONITOR) != 0;
    }

    /** The id of the memory region to share; 0 leaves it to netmap. */
    public int memoryId() {
        return memoryId;
    }

    /** The port whose memory region to share, as netmap knows it, or {@code null}. */
    public String sharedPort() {
        return sharedPort;
    }

    /** How many rings and slots to ask for. */
    public NetmapRingCounts counts() {
        return counts;
    }

    /** The external memory to use, or {@code null}. */
    public NetmapExternalMemory externalMemory() {
        return externalMemory;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof NetmapAddress other && portName.equals(other.portName) && raw == other.raw
            && mode == other.mode && ring == other.ring && flags == other.flags && memoryId == other.memoryId
            && Objects.equals(sharedPort, other.sharedPort) && counts.equals(other.counts)
            && Objects.equals(externalMemory, other.externalMemory) && Objects.equals(driver, other.driver)
            && shared == other.shared;
    }

    @Override
    public int hashCode() {
        return Objects.hash(portName, mode, ring, flags, memoryId);
    }

    /**
     * The address in the grammar above, in one canonical order. The address of a bound channel ends with {@code
     * ,shared=on} if it was bound so, and with {@code ,driver=} and the name of the netmap; the part before is in
     * brackets if it contains a comma. {@link #parse} and the names of ports in {@link io.ringtap.channel.FramePorts}
     * read all of them.
     */
    @Override
    public String toString() {
        String name = name();
        String suffix = (shared ? ",shared=on" : "") + (driver == null ? "" : ",driver=" + driver);
        // The file of @extmem= extends to the end of the text or bracket, whatever it contains.
        boolean needsBrackets = suffix.isEmpty() ? raw && NetmapNameSuffix.begin(name) != name.length()
            : name.indexOf(',') >= 0 || externalMemory != null;
        return (needsBrackets ? '[' + name + ']' : name) + suffix;
    }

    private String name() {
        StringBuilder text = new StringBuilder();
        appendPort(text, portName, raw);
        switch (mode) {
            case HOST -> text.append('^');
            case NIC_AND_HOST -> text.append('*');
            case ONE_NIC -> text.append('-').append(ring);
            case ONE_HOST -> text.append('^').append(ring);
            default -> { }
        }
        if (flags != 0) {
            text.append('/');
            for (NetmapNameParser.Flag flag : NetmapNameParser.Flag.values()) {
                if ((flags & flag.bit) != 0) {
                    text.append(flag.name());
                }
            }
        }
        if (memoryId != 0) {
            text.append('@').append(memoryId);
        }
        if (sharedPort != null) {
            appendPort(text.append("@share="), sharedPort, false);
        }
        text.append(counts);
        if (externalMemory != null) {
            text.append(externalMemory);
        }
        return text.toString();
    }

    private static void appendPort(StringBuilder text, String name, boolean raw) {
        if (raw) {
            text.append(RAW_PREFIX);
        } else if (name.indexOf(':') < 0) {
            text.append(NIC_PREFIX).append(':');
        }
        text.append(name);
    }
}

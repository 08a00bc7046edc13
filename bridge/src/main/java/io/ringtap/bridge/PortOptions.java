/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.channel.FramePort;
import io.ringtap.channel.PortSyntaxException;
import io.ringtap.ethernet.FaultSpec;
import io.ringtap.ethernet.RateSpec;
import io.ringtap.pcap.PcapWriter;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What a bridge does at one of its ports. Immutable.
 *
 * <p>A port that is named by text may have these options behind its name, as {@link #KEYS}: {@code
 * tap:t0,vnet=auto,gro=on,queues=4}, {@code vale0:1,fault=drop=0.01+seed=42,rate=10mbit}.
 */
public final class PortOptions {
    /** Nothing special: a plain port of one queue. */
    public static final PortOptions DEFAULT = builder().build();

    /** The keys of the bridge, for {@link io.ringtap.channel.FramePorts#parse(String, Set)}. */
    public static final Set<String> KEYS = PortKeys.ALL;

    private final List<VnetHeaderLength> vnetHeaders;
    private final VirtioNetOffloads offloads;
    private final boolean gro;
    private final int queues;
    private final FaultSpec fault;
    private final RateSpec rate;
    private final PcapWriter mirror;

    private PortOptions(Builder builder) {
        vnetHeaders = builder.vnetHeaders;
        offloads = builder.offloads;
        gro = builder.gro;
        queues = builder.queues;
        fault = builder.fault;
        rate = builder.rate;
        mirror = builder.mirror;
    }

    /** Options that are {@link #DEFAULT} until they are set. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The options that stand behind the name of a port.
     *
     * @throws PortSyntaxException if one cannot be read, pointing at it
     */
    public static PortOptions of(FramePort port) {
        return DEFAULT.with(port);
    }

    /**
     * These options, and in place of them what stands behind the name of a port.
     *
     * @throws PortSyntaxException if one cannot be read, pointing at it
     */
    public PortOptions with(FramePort port) {
        return PortKeys.read(port, this);
    }

    /** A builder that starts from these options. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.vnetHeaders = vnetHeaders;
        builder.offloads = offloads;
        builder.gro = gro;
        builder.queues = queues;
        builder.fault = fault;
        builder.rate = rate;
        builder.mirror = mirror;
        return builder;
    }

    /** The headers that the port may be opened with, {@code null} for what the port itself says. */
    List<VnetHeaderLength> vnetHeaders() {
        return vnetHeaders;
    }

    /** What the device may leave undone, {@code null} for what the port itself says. */
    VirtioNetOffloads offloads() {
        return offloads;
    }

    boolean isGro() {
        return gro;
    }

    /** With how many queues the port is opened. */
    public int queues() {
        return queues;
    }

    /** {@code null} for none. */
    FaultSpec fault() {
        return fault;
    }

    /** {@code null} for none. */
    RateSpec rate() {
        return rate;
    }

    /** {@code null} for none. */
    PcapWriter mirror() {
        return mirror;
    }

    /** Whether the channel of the port has to be opened in a certain way, which only the bridge itself can do. */
    boolean isAboutOpening() {
        return vnetHeaders != null || offloads != null || queues != 1;
    }

    /** Makes {@link PortOptions}. */
    public static final class Builder {
        private List<VnetHeaderLength> vnetHeaders;
        private VirtioNetOffloads offloads;
        private boolean gro;
        private int queues = 1;
        private FaultSpec fault;
        private RateSpec rate;
        private PcapWriter mirror;

        private Builder() {
        }

        /**
         * The virtio-net headers that the port may be opened with, the preferred one first, as {@link
         * io.ringtap.channel.FrameChannelOption#VNET_HEADERS}; none. The port gets all offloads, unless {@link
         * #offloads} says otherwise. The key {@code vnet} behind the port's name comes first.
         */
        public Builder vnetHeaders(VnetHeaderLength... lengths) {
            vnetHeaders = List.of(lengths);
            return this;
        }

        /**
         * What the device may leave undone in the frames that it delivers; it needs a header for it. The key {@code
         * offloads} behind the port's name comes first.
         */
        public Builder offloads(VirtioNetOffloads offloads) {
            this.offloads = Objects.requireNonNull(offloads, "offloads");
            return this;
        }

        /** Whether segments from this port are joined to super-frames for ports that take them. {@code false}. */
        public Builder gro(boolean on) {
            gro = on;
            return this;
        }

        /**
         * With how many queues the port is opened, each on an event loop of its own. The queues of one number are on
         * one event loop at all ports, and a frame leaves by the queue whose number it came in by, so that a flow stays
         * on its event loop. 1.
         *
         * @throws IllegalArgumentException if that is not positive
         */
        public Builder queues(int count) {
            if (count < 1) {
                throw new IllegalArgumentException(count + " queues: a port has 1 or more");
            }
            queues = count;
            return this;
        }

        /** Faults between the port and the bridge, as of a bad cable. None. */
        public Builder fault(FaultSpec spec) {
            fault = Objects.requireNonNull(spec, "spec");
            return this;
        }

        /** A limit to what passes between the port and the bridge. None. */
        public Builder rate(RateSpec spec) {
            rate = Objects.requireNonNull(spec, "spec");
            return this;
        }

        /**
         * Copies what the bridge receives from the port and sends to it to a capture, of which the port becomes an
         * interface. The capture stays the caller's, who closes it after the bridge. Frames that the capture cannot
         * take are counted by it; the port never waits for it.
         */
        public Builder mirrorTo(PcapWriter capture) {
            mirror = Objects.requireNonNull(capture, "capture");
            return this;
        }

        /**
         * Makes the options.
         *
         * @throws IllegalArgumentException if they contradict each other
         */
        public PortOptions build() {
            if (queues > 1 && (fault != null || rate != null)) {
                throw new IllegalArgumentException("fault and rate are for a port of one queue, and there are "
                    + queues);
            }
            return new PortOptions(this);
        }
    }
}

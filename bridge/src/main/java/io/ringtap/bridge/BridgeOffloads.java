/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.ChannelHandler;
import io.ringtap.ethernet.FrameDirection;
import io.ringtap.virtio.ChecksumCompletion;
import io.ringtap.virtio.GroCoalescer;
import io.ringtap.virtio.GsoSegmenter;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetFeature;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetHeaderHandler;
import io.ringtap.virtio.VirtioNetNegotiation;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What has to stand between the ports of a bridge, as each has a vnet header and offloads of its own. Inside the bridge
 * every frame has the same header, which does not change while the bridge is open; ports that have this one themselves
 * need nothing at all: their frames pass untouched. What a port does not do itself is done on the way out to it, after
 * a frame was given to all its ports, so that the others are spared it:
 *
 * <pre>
 *   inside   ---> GsoSegmenter ---> ChecksumCompletion ---> VirtioNetHeaderHandler ---> port
 *   inside   &lt;--- GroCoalescer, if asked for &lt;-------------- VirtioNetHeaderHandler &lt;--- port
 * </pre>
 *
 * <p>Where the inside has no header, no frame in it can leave anything undone, and what a port with a header leaves
 * undone is done as it comes in:
 *
 * <pre>
 *   inside   &lt;--- VirtioNetHeaderHandler &lt;--- ChecksumCompletion &lt;--- GsoSegmenter &lt;--- port
 * </pre>
 *
 * <p>Immutable; the handlers are new with every call.
 */
final class BridgeOffloads {
    private static final VirtioNetOffloads COALESCED = VirtioNetOffloads.of(VirtioNetOffload.CSUM,
        VirtioNetOffload.TSO4, VirtioNetOffload.TSO6, VirtioNetOffload.USO4, VirtioNetOffload.USO6);
    private static final VirtioNetOffloads CSUM = VirtioNetOffloads.of(VirtioNetOffload.CSUM);

    private final List<Port> ports;
    private final VirtioNetHeader inside;

    /**
     * An open port.
     *
     * @param header how its header lies
     * @param backend what was agreed with it
     * @param coalesces whether what it receives is to be joined to super-frames
     */
    record Port(VirtioNetHeader header, VirtioNetBackend backend, boolean coalesces) {
    }

    /** Of a bridge with these ports, and the inside header that suits them. */
    BridgeOffloads(List<Port> ports) {
        this(ports, insideFor(ports));
    }

    /** Of a bridge that has this inside header, whatever its ports have. */
    BridgeOffloads(List<Port> ports, VirtioNetHeader inside) {
        this.ports = List.copyOf(ports);
        this.inside = inside;
    }

    /** The longest header that a port has: it can say all that any port's header says. */
    static VirtioNetHeader insideFor(List<Port> ports) {
        VirtioNetHeader longest = VirtioNetHeader.of(VnetHeaderLength.NONE);
        for (Port port : ports) {
            longest = port.header.bytes() > longest.bytes() ? port.header : longest;
        }
        return longest;
    }

    /** The header that frames have inside the bridge. */
    VirtioNetHeader inside() {
        return inside;
    }

    private boolean isInsidePlain() {
        return inside.bytes() == 0;
    }

    /** The handlers that one port needs, and no others, from the device on towards the bridge. */
    Map<EdgeStep, ChannelHandler> handlers(int index) {
        Port port = ports.get(index);
        Map<EdgeStep, ChannelHandler> handlers = new EnumMap<>(EdgeStep.class);
        if (!port.header.equals(inside) && port.header.bytes() + inside.bytes() > 0) {
            handlers.put(EdgeStep.CONVERT_HEADER, new VirtioNetHeaderHandler(port.header, inside));
        }
        if (isInsidePlain()) {
            addReceiving(port, handlers);
            return handlers;
        }
        VirtioNetOffloads software = leftTo(index);
        if (software.contains(VirtioNetOffload.CSUM)) {
            handlers.put(EdgeStep.COMPLETE_SENT, new ChecksumCompletion(inside, FrameDirection.OUTBOUND));
        }
        if (!software.without(CSUM).isEmpty()) {
            handlers.put(EdgeStep.SEGMENT_SENT,
                new GsoSegmenter(inside, FrameDirection.OUTBOUND, port.backend.takes()));
        }
        VirtioNetOffloads joined = coalescedFor(index);
        if (!joined.without(CSUM).isEmpty()) {
            handlers.put(EdgeStep.COALESCE_RECEIVED, new GroCoalescer(inside, joined, GroCoalescer.DEFAULT_MAX_FLOWS,
                GroCoalescer.DEFAULT_MAX_HELD));
        }
        return handlers;
    }

    private static void addReceiving(Port port, Map<EdgeStep, ChannelHandler> handlers) {
        VirtioNetOffloads undone = port.backend.gives();
        if (undone.contains(VirtioNetOffload.CSUM)) {
            handlers.put(EdgeStep.COMPLETE_RECEIVED, new ChecksumCompletion(port.header, FrameDirection.INBOUND));
        }
        if (!undone.without(CSUM).isEmpty()) {
            handlers.put(EdgeStep.SEGMENT_RECEIVED,
                new GsoSegmenter(port.header, FrameDirection.INBOUND, VirtioNetOffloads.NONE));
        }
    }

    /** What other ports leave undone and this one does not do: the bridge is the front end, the port the backend. */
    private VirtioNetOffloads leftTo(int index) {
        VirtioNetOffloads undone = VirtioNetOffloads.NONE;
        for (int i = 0; i < ports.size(); i++) {
            if (i != index) {
                undone = undone.or(ports.get(i).backend.gives()).or(coalescedFor(i));
            }
        }
        Set<VirtioNetFeature> wanted = EnumSet.noneOf(VirtioNetFeature.class);
        for (VirtioNetOffload offload : undone.toSet()) {
            wanted.add(offload.hostFeature());
        }
        return VirtioNetNegotiation.negotiate(inside.length(), wanted, ports.get(index).backend).toBackendInSoftware();
    }

    /** What the frames from a port are joined to: nothing unless it was asked for, and nothing that no other takes. */
    private VirtioNetOffloads coalescedFor(int index) {
        VirtioNetOffloads taken = VirtioNetOffloads.NONE;
        if (ports.get(index).coalesces) {
            for (int i = 0; i < ports.size(); i++) {
                if (i != index) {
                    taken = taken.or(ports.get(i).backend.takes());
                }
            }
        }
        return taken.and(COALESCED).honoured();
    }
}

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

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What has to stand between the ports of a bridge, as each has a vnet header and offloads of its own. Inside the bridge
 * every frame has the longest header that a port has, so that it can say all that any port's header says, and ports
 * that have this one themselves need nothing at all: their frames pass untouched. What a port does not do itself is
 * done on the way out to it, after a frame was given to all its ports, so that the others are spared it:
 *
 * <pre>
 *   inside   ---> GsoSegmenter ---> ChecksumCompletion ---> VirtioNetHeaderHandler ---> port
 *   inside   &lt;--- GroCoalescer, if asked for &lt;-------------- VirtioNetHeaderHandler &lt;--- port
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

    BridgeOffloads(List<Port> ports) {
        this.ports = List.copyOf(ports);
        VirtioNetHeader longest = VirtioNetHeader.of(VnetHeaderLength.NONE);
        for (Port port : ports) {
            longest = port.header.bytes() > longest.bytes() ? port.header : longest;
        }
        inside = longest;
    }

    /** The header that frames have inside the bridge. */
    VirtioNetHeader inside() {
        return inside;
    }

    /** The handlers that one port needs, and no others, from the device on towards the bridge. */
    List<ChannelHandler> handlers(int index) {
        Port port = ports.get(index);
        List<ChannelHandler> handlers = new ArrayList<>();
        if (port.header != inside && port.header.bytes() + inside.bytes() > 0) {
            handlers.add(new VirtioNetHeaderHandler(port.header, inside));
        }
        VirtioNetOffloads software = leftTo(index);
        if (software.contains(VirtioNetOffload.CSUM)) {
            handlers.add(new ChecksumCompletion(inside, FrameDirection.OUTBOUND));
        }
        if (!software.without(CSUM).isEmpty()) {
            handlers.add(new GsoSegmenter(inside, FrameDirection.OUTBOUND, port.backend.takes()));
        }
        VirtioNetOffloads joined = coalescedFor(index);
        if (!joined.without(CSUM).isEmpty()) {
            handlers.add(new GroCoalescer(inside, joined, GroCoalescer.DEFAULT_MAX_FLOWS,
                GroCoalescer.DEFAULT_MAX_HELD));
        }
        return handlers;
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

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.ringtap.ethernet.FrameDirection;
import io.ringtap.virtio.ChecksumCompletion;
import io.ringtap.virtio.DropListener;
import io.ringtap.virtio.GroCoalescer;
import io.ringtap.virtio.GsoSegmenter;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetHeaderHandler;
import io.ringtap.virtio.VirtioNetNegotiation;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;

import java.util.ArrayList;
import java.util.List;

/**
 * The handlers that stand between a device and an application, after what they agreed on. From the device on:
 *
 * <pre>
 *   GsoSegmenter, ChecksumCompletion    inbound, in the form of the device
 *   VirtioNetHeaderHandler              from the form of the device to that of the application, and back
 *   ChecksumCompletion, GsoSegmenter    outbound, in the form of the application
 *   GroCoalescer                        inbound, in the form of the application
 * </pre>
 *
 * Each of them is there only if it has work to do. On the event loop.
 */
final class FrontEndHandlers {
    private static final VirtioNetOffloads CSUM = VirtioNetOffloads.of(VirtioNetOffload.CSUM);

    private final LinkLayer link;
    private final VirtioNetHeader device;
    private final VirtioNetHeader application;
    private final Work work;
    private final DropListener drops;
    /** Of outbound frames; {@code null} if nothing is segmented on its way to the device. */
    private GsoSegmenter outbound;
    /** What inbound frames wait in, which passes them on when it is removed. */
    private final List<ChannelHandler> inbound = new ArrayList<>();
    private final List<ChannelHandler> all = new ArrayList<>();

    /**
     * What is to be done.
     *
     * @param up in software to frames of the device
     * @param upBeyond what the application takes undone, if frames of the device are segmented
     * @param down in software to frames of the application
     * @param downBeyond what the device takes undone, if frames of the application are segmented
     * @param joined what inbound frames are joined to
     */
    private record Work(VirtioNetOffloads up, VirtioNetOffloads upBeyond, VirtioNetOffloads down,
                        VirtioNetOffloads downBeyond, VirtioNetOffloads joined) {
        Work {
            upBeyond = up.without(CSUM).isEmpty() ? VirtioNetOffloads.NONE : upBeyond;
            downBeyond = down.without(CSUM).isEmpty() ? VirtioNetOffloads.NONE : downBeyond;
        }
    }

    /**
     * Makes handlers, which are in no pipeline yet.
     *
     * @param joined what inbound frames are joined to
     * @param drops learns of each frame that one of them drops
     */
    FrontEndHandlers(LinkLayer link, VirtioNetHeader device, VirtioNetHeader application,
                     VirtioNetNegotiation negotiation, VirtioNetOffloads joined, DropListener drops) {
        this.link = link;
        this.device = device;
        this.application = application;
        this.drops = drops;
        VirtioNetOffloads up = negotiation.toFrontEndInSoftware();
        VirtioNetOffloads down = negotiation.toBackendInSoftware();
        work = new Work(up, negotiation.toFrontEnd(), down, negotiation.toBackend().without(down), joined);
        addSegmenter(up, device, FrameDirection.INBOUND, work.upBeyond);
        addChecksums(up, device, FrameDirection.INBOUND);
        if (device != application && device.bytes() + application.bytes() > 0) {
            VirtioNetHeaderHandler header = new VirtioNetHeaderHandler(link, device, application);
            header.setDropListener(drops);
            all.add(header);
        }
        addChecksums(down, application, FrameDirection.OUTBOUND);
        addSegmenter(down, application, FrameDirection.OUTBOUND, work.downBeyond);
        if (!joined.without(CSUM).isEmpty()) {
            GroCoalescer coalescer = new GroCoalescer(link, application, joined, GroCoalescer.DEFAULT_MAX_FLOWS,
                GroCoalescer.DEFAULT_MAX_HELD);
            inbound.add(coalescer);
            all.add(coalescer);
        }
    }

    private void addSegmenter(VirtioNetOffloads software, VirtioNetHeader header, FrameDirection direction,
                              VirtioNetOffloads beyond) {
        if (!software.without(CSUM).isEmpty()) {
            GsoSegmenter segmenter = new GsoSegmenter(link, header, direction, beyond);
            segmenter.setDropListener(drops);
            all.add(segmenter);
            if (direction == FrameDirection.INBOUND) {
                inbound.add(segmenter);
            } else {
                outbound = segmenter;
            }
        }
    }

    private void addChecksums(VirtioNetOffloads software, VirtioNetHeader header, FrameDirection direction) {
        if (software.contains(VirtioNetOffload.CSUM)) {
            ChecksumCompletion checksums = new ChecksumCompletion(link, header, direction);
            checksums.setDropListener(drops);
            all.add(checksums);
        }
    }

    /** Whether other handlers would do to each frame what these do. */
    boolean doTheSameAs(FrontEndHandlers other) {
        return link == other.link && device == other.device && application == other.application
            && work.equals(other.work);
    }

    /** Whether outbound frames wait while a super-frame is being cut up. Any thread. */
    boolean isBehind() {
        return outbound != null && outbound.isBehind();
    }

    /** Puts them into the pipeline; all of them or none. */
    void addBefore(ChannelHandlerContext anchor) {
        boolean done = false;
        try {
            for (ChannelHandler handler : all) {
                anchor.pipeline().addBefore(anchor.name(), null, handler);
            }
            done = true;
        } finally {
            if (!done) {
                remove(anchor.pipeline());
            }
        }
    }

    /**
     * Takes them out of the pipeline. What waits in one of them passes on through the others: inbound from the device
     * on, then outbound from the application on.
     */
    void remove(ChannelPipeline pipeline) {
        for (ChannelHandler handler : inbound) {
            remove(pipeline, handler);
        }
        for (int i = all.size() - 1; i >= 0; i--) {
            remove(pipeline, all.get(i));
        }
    }

    private static void remove(ChannelPipeline pipeline, ChannelHandler handler) {
        // It may have gone with the channel.
        if (pipeline.context(handler) != null) {
            pipeline.remove(handler);
        }
    }

    @Override
    public String toString() {
        return device.length() + " to " + application.length() + ": " + all;
    }
}

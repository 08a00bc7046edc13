/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FramePort;
import io.ringtap.ethernet.pcap.PcapInterface;
import io.ringtap.ethernet.pcap.PcapLinkType;
import io.ringtap.ethernet.pcap.PcapWriter;
import io.ringtap.tap.TunAddress;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** A port whose frames go to a file, until as many have come as asked for, or it is closed. */
final class Capture implements AutoCloseable {
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private final PcapWriter writer;
    private FrameChannel channel;
    private PcapInterface counters;
    private volatile DeviceDrops atTheEnd;

    private Capture(PcapWriter writer) {
        this.writer = writer;
    }

    /**
     * Opens the file and the port, and begins.
     *
     * @param file where to, and how; its link type is set here
     * @param count how many frames, or {@code Long.MAX_VALUE} for all
     * @throws IOException if the file or the port cannot be opened
     */
    static Capture open(EventLoopGroup group, FramePort port, PcapWriter.Builder file, long count)
        throws IOException, InterruptedException {
        int linkType = port.address() instanceof TunAddress ? PcapLinkType.RAW : PcapLinkType.ETHERNET;
        Capture capture = new Capture(file.linkType(linkType).open());
        try {
            capture.begin(group, port, count);
            return capture;
        } catch (Throwable e) {
            capture.close();
            throw e;
        }
    }

    private void begin(EventLoopGroup group, FramePort port, long count) throws IOException, InterruptedException {
        channel = OpenPort.open(group, port);
        counters = writer.addInterface(channel.localAddress().toString());
        CaptureHandler handler = new CaptureHandler(counters, channel.vnetHeaderLength(), count);
        handler.done().thenRun(() -> over.complete(null));
        channel.closeFuture().addListener(future -> over.complete(null));
        channel.pipeline().addLast(handler);
        channel.config().setAutoRead(true);
    }

    /** Done when all frames asked for are here, or the port is gone. */
    CompletableFuture<Void> over() {
        return over;
    }

    FrameChannel channel() {
        return channel;
    }

    /** What was captured so far, and what not. Any thread. */
    String counters() {
        return counters.name() + ": " + (counters.received() - counters.dropped()) + " frames captured, "
            + counters.dropped() + " dropped as the file was too slow; the port received " + channel.stats().rxFrames()
            + " and dropped " + channel.stats().rxDrops() + kernelDrops();
    }

    private String kernelDrops() {
        DeviceDrops drops = atTheEnd == null ? channel.deviceDrops() : atTheEnd;
        return drops.equals(DeviceDrops.UNKNOWN) ? "" : ", and the kernel " + drops.received();
    }

    /**
     * Closes the port, and the file when all is in it.
     *
     * @throws IOException if the file could not be written
     */
    @Override
    public void close() throws IOException {
        if (channel != null) {
            atTheEnd = channel.deviceDrops();
            channel.close().awaitUninterruptibly();
        }
        writer.close();
    }
}

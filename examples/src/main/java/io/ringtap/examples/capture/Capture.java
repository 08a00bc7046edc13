/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FramePort;
import io.ringtap.examples.libpcap.PacketFilter;
import io.ringtap.pcap.PcapInterface;
import io.ringtap.pcap.PcapWriter;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/**
 * A port whose frames go to a file, until as many are captured as asked for, the port is gone, the file cannot be
 * written, or it is closed.
 */
final class Capture implements AutoCloseable {
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private final OpenPort port;
    private final FrameChannel channel;
    private PcapWriter writer;
    private CaptureHandler handler;
    private PcapInterface counters;
    private volatile DeviceDrops atTheEnd;

    private Capture(OpenPort port) {
        this.port = port;
        channel = port.channel();
    }

    /**
     * Opens the port and then the file, and begins: where there is no port an earlier file of that name is left alone.
     *
     * @param file where to, and how; its link type and who is told of a failure are set here
     * @param count how many frames, or {@code Long.MAX_VALUE} for all
     * @param expression which frames, as libpcap's filter expressions say it; all if it is empty
     * @throws IOException if the file or the port cannot be opened
     * @throws IllegalArgumentException if the expression has an error
     * @throws UnsupportedOperationException if there is an expression and no libpcap
     */
    static Capture open(EventLoopGroup group, FramePort port, PcapWriter.Builder file, long count, String expression)
        throws IOException, InterruptedException {
        Capture capture = new Capture(OpenPort.open(group, port, System.err));
        try {
            capture.begin(file, count, expression);
            return capture;
        } catch (Throwable e) {
            try {
                capture.close();
            } catch (IOException alsoFailed) {
                e.addSuppressed(alsoFailed);
            }
            throw e;
        }
    }

    private void begin(PcapWriter.Builder file, long count, String expression) throws IOException {
        PacketFilter filter = expression.isEmpty() ? null : PacketFilter.compile(expression, channel.linkLayer());
        try {
            writer = file.linkType(LinkTypes.of(channel.linkLayer())).onFailure(cause -> over.complete(null)).open();
        } catch (Throwable e) {
            if (filter != null) {
                filter.close();
            }
            throw e;
        }
        counters = writer.addInterface(port.name(), () -> kernelDrops().received());
        handler = new CaptureHandler(counters, channel.vnetHeaderLength(), count, filter);
        handler.done().thenRun(() -> over.complete(null));
        channel.closeFuture().addListener(future -> over.complete(null));
        channel.pipeline().addFirst(handler);
        channel.config().setAutoRead(true);
    }

    /** Done when all frames asked for are here, the port is gone, or the file cannot be written. */
    CompletableFuture<Void> over() {
        return over;
    }

    FrameChannel channel() {
        return channel;
    }

    OpenPort port() {
        return port;
    }

    /** What was captured so far, and what not; complete once it is closed. Any thread. */
    String counters() {
        long dropped = counters.dropped();
        long lost = counters.lost();
        long unmatched = handler.unmatched();
        return counters.name() + ": " + (counters.received() - dropped) + " frames captured, " + (dropped - lost)
            + " dropped on the way to the file" + (lost == 0 ? "" : ", " + lost + " lost as it could not be written")
            + (unmatched == 0 ? "" : ", " + unmatched + " did not match the filter expression") + "; the port received "
            + channel.stats().rxFrames() + " and dropped " + channel.stats().rxDrops() + kernelCounter();
    }

    private String kernelCounter() {
        long drops = kernelDrops().received();
        return drops < 0 ? "" : ", and the kernel " + drops;
    }

    private DeviceDrops kernelDrops() {
        DeviceDrops last = atTheEnd;
        return last == null ? channel.deviceDrops() : last;
    }

    /**
     * Closes the port, and the file when all is in it.
     *
     * @throws IOException if the file could not be written
     */
    @Override
    public void close() throws IOException {
        if (atTheEnd == null) {
            atTheEnd = channel.deviceDrops();
        }
        channel.close().awaitUninterruptibly();
        if (writer != null) {
            writer.close();
        }
    }
}

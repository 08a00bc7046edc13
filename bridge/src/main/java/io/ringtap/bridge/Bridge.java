/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.concurrent.Future;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.PortSyntaxException;
import io.ringtap.ethernet.MacTable;
import io.ringtap.virtio.GsoSegmenter;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * A learning bridge (IEEE 802.1D-2004, 7.5 to 7.9) between ports of any kind: frames go from one channel to the other
 * as they are, unless their vnet headers or offloads differ ({@link BridgeOffloads}). A port that cannot keep up drops
 * and counts; it never stalls another. Of two ports, where there is no other, each is read no faster than its peer
 * takes the frames: they wait where they came from, and whoever sends them there finds it full.
 */
public final class Bridge implements AutoCloseable {
    /**
     * What a port queues before it counts as slow: well over the half megabyte that one read round brings at most, as
     * that is sent as one batch.
     */
    private static final WriteBufferWaterMark QUEUE = new WriteBufferWaterMark(4 << 20, 8 << 20);
    /** The name of a port's last handler. */
    private static final String BRIDGE = "bridge";

    private final MacTable table;
    private final BridgeForwarding forwarding;
    private final List<BridgePort> ports = new ArrayList<>();
    private final CompletableFuture<Void> allClosed = new CompletableFuture<>();
    private final AtomicInteger open = new AtomicInteger();
    private volatile int headerBytes;

    /** A bridge that passes on none of the reserved group addresses but that of BPDUs. */
    public Bridge(List<FramePort> specs, MacTable table, Consumer<String> reports) {
        this(specs, table, GroupForwarding.BPDUS, reports);
    }

    /**
     * A bridge that is not open yet.
     *
     * @param groups which reserved group addresses it passes on
     * @param reports told of what happens to a port, in a line; on any thread
     * @throws IllegalArgumentException if a key of a port that is the bridge's own cannot be read, if a port carries no
     *     Ethernet frames, or if two are the same
     */
    public Bridge(List<FramePort> specs, MacTable table, GroupForwarding groups, Consumer<String> reports) {
        this.table = table;
        forwarding = new BridgeForwarding(table, groups);
        for (FramePort spec : specs) {
            for (BridgePort before : ports) {
                if (spec.identity().overlaps(before.spec().identity())) {
                    throw new PortSyntaxException(spec.text(), 0, "this is the same port as " + before.spec()
                        + ", and a bridge sends no frame back to where it came from");
                }
            }
            ports.add(new BridgePort(ports.size(), spec, reports));
        }
    }

    /** The ports, in the order they were given; the index of a port is its place here. */
    public List<BridgePort> ports() {
        return ports;
    }

    /** The stations that it knows. */
    public MacTable table() {
        return table;
    }

    /** Learns, and decides where a frame goes. */
    BridgeForwarding forwarding() {
        return forwarding;
    }

    /** Done when the last port has closed by itself. */
    public CompletableFuture<Void> allClosed() {
        return allClosed;
    }

    /**
     * Opens all ports, or none; frames flow once all are open.
     *
     * @throws IOException if one cannot be opened, naming it and the cause
     */
    public void open(EventLoopGroup group) throws IOException, InterruptedException {
        for (BridgePort port : ports) {
            Future<?> bound = bind(group, port, port.header());
            if (!bound.isSuccess() && port.header().optional()) {
                bound = bind(group, port, port.header().without());
            }
            if (!bound.isSuccess()) {
                close();
                throw new IOException("port " + port.spec() + " cannot be opened: "
                    + message(bound.cause()), bound.cause());
            }
            open.addAndGet(port.queueCount());
            requireNew(port);
            port.opened(port.channel().isLinkUp());
        }
        connect();
        for (BridgePort port : ports) {
            port.channels().forEach(channel -> channel.config().setAutoRead(true));
        }
    }

    /** Whether it is another one than those opened before shows for sure when the kernel has given it its name. */
    private void requireNew(BridgePort port) throws IOException {
        for (BridgePort before : ports.subList(0, port.index())) {
            if (port.channel().identity().overlaps(before.channel().identity())) {
                close();
                throw new IOException("port " + port.spec() + " is the same as " + before.spec());
            }
        }
    }

    private static String message(Throwable failure) {
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }

    private Future<?> bind(EventLoopGroup group, BridgePort port, PortHeader header) throws InterruptedException {
        port.beginOpening();
        Bootstrap bootstrap = port.spec().bootstrap(group)
            .option(FrameChannelOption.VNET_HEADER, header.length())
            .option(FrameChannelOption.OFFLOADS, header.offloads())
            .option(FrameChannelOption.READ_BATCHES, true)
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, QUEUE)
            .handler(new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel channel) {
                    int queue = port.opening((FrameChannel) channel);
                    int vnetHeader = port.channel().config().getVnetHeader().bytes();
                    port.conditions().addTo(channel.pipeline(), vnetHeader);
                    channel.pipeline().addLast(BRIDGE, new BridgeHandler(Bridge.this, port, queue));
                }
            });
        return (port.queueCount() == 1 ? bootstrap.bind()
            : port.spec().transport().bindQueues(bootstrap, port.spec().address(), loops(group, port.queueCount())))
            .await();
    }

    /** The queues of one number share a loop at every port: what passes between them never changes threads. */
    private static List<EventLoop> loops(EventLoopGroup group, int count) {
        List<EventLoop> all = new ArrayList<>();
        group.forEach(loop -> all.add((EventLoop) loop));
        return IntStream.range(0, count).mapToObj(queue -> all.get(queue % all.size())).toList();
    }

    /** Puts between the ports what they need to understand each other, before the first frame. */
    private void connect() {
        List<BridgeOffloads.Port> open = new ArrayList<>();
        for (BridgePort port : ports) {
            FrameChannel channel = port.channel();
            open.add(new BridgeOffloads.Port(channel.vnetHeader(), channel.vnetBackend(), port.header().coalesces()));
        }
        BridgeOffloads offloads = new BridgeOffloads(open);
        headerBytes = offloads.inside().bytes();
        for (BridgePort port : ports) {
            for (FrameChannel channel : port.channels()) {
                ChannelPipeline pipeline = channel.pipeline();
                for (ChannelHandler handler : offloads.handlers(port.index())) {
                    pipeline.addBefore(BRIDGE, null, handler);
                    if (handler instanceof GsoSegmenter segmenter) {
                        port.segments(segmenter);
                    }
                }
            }
        }
    }

    /** How many bytes of vnet header every frame has inside the bridge. */
    int headerBytes() {
        return headerBytes;
    }

    void portClosed(BridgePort port, Channel channel) {
        if (!port.closed(channel)) {
            return;
        }
        table.removePort(port.index());
        if (open.decrementAndGet() == 0) {
            allClosed.complete(null);
        }
    }

    /** Closes every port; returns when all are closed. */
    @Override
    public void close() {
        for (BridgePort port : ports) {
            for (FrameChannel channel : port.channels()) {
                channel.close().awaitUninterruptibly();
            }
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FramePort;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

/** Opens the channels of a port that is given by name. No frame is read from them yet. */
final class PortOpener {
    private final EventLoopGroup group;
    private final BridgePort port;
    private final FramePort spec;
    private final BiConsumer<BridgePort, FrameChannel> prepare;

    /**
     * For one port.
     *
     * @param prepare puts the bridge's handler into a channel that is about to be opened
     */
    PortOpener(EventLoopGroup group, BridgePort port, FramePort spec, BiConsumer<BridgePort, FrameChannel> prepare) {
        this.group = group;
        this.port = port;
        this.spec = spec;
        this.prepare = prepare;
    }

    /**
     * Opens them all, or none.
     *
     * @return a future that fails with an {@link IOException} which names the port and the cause
     */
    Future<Void> open() {
        Promise<Void> opened = ImmediateEventExecutor.INSTANCE.newPromise();
        LoopTasks.whenDone(bind(), bound -> end(opened, bound));
        return opened;
    }

    private void end(Promise<Void> opened, Future<?> bound) {
        if (bound.isSuccess()) {
            opened.setSuccess(null);
            return;
        }
        Throwable cause = bound.cause();
        opened.setFailure(new IOException("port " + spec + " cannot be opened: "
            + (cause.getMessage() == null ? cause : cause.getMessage()), cause));
    }

    private Future<?> bind() {
        try {
            PortHeader header = PortHeader.of(spec, port.options());
            Bootstrap bootstrap = spec.bootstrap(group)
                .option(FrameChannelOption.VNET_HEADERS, header.lengths())
                .option(FrameChannelOption.OFFLOADS, header.offloads())
                .option(ChannelOption.AUTO_READ, false)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        prepare.accept(port, (FrameChannel) channel);
                    }
                });
            int queues = port.options().queues();
            return queues == 1 ? bootstrap.bind()
                : spec.transport().bindQueues(bootstrap, spec.address(), loops(queues));
        } catch (RuntimeException | Error e) {
            // The bridge waits for what has begun before it ends: whatever a transport throws, it is told.
            return ImmediateEventExecutor.INSTANCE.newFailedFuture(e);
        }
    }

    /** The queues of one number share a loop at every port: what passes between them never changes threads. */
    private List<EventLoop> loops(int count) {
        List<EventLoop> all = new ArrayList<>();
        group.forEach(loop -> all.add((EventLoop) loop));
        return IntStream.range(0, count).mapToObj(queue -> all.get(queue % all.size())).toList();
    }
}

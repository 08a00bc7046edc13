/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.doctor;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.Future;
import io.ringtap.bridge.PortOptions;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortAvailability;
import io.ringtap.loop.FrameLoop;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Looks at the kinds of port, the event loops and single ports. What can be tried is tried. */
final class Examination {
    private static final long PATIENCE_SECONDS = 10;

    private final FramePorts ports = FramePorts.load();

    /** All kinds of port that the transports on the class path have. */
    List<Finding> kindsOfPort() {
        return ports.availability().stream().map(Examination::of).toList();
    }

    private static Finding of(PortAvailability kind) {
        return kind.isAvailable() ? Finding.works(kind.kind(), kind.remark() == null ? "" : kind.remark())
            : Finding.fails(kind.kind(), kind.unavailabilityCause());
    }

    /** All kinds of event loop. */
    List<Finding> loops() {
        return Arrays.stream(FrameLoop.values()).map(this::of).toList();
    }

    /** A loop that can be made may still not run. */
    private Finding of(FrameLoop loop) {
        Throwable cause = loop.unavailabilityCause();
        if (cause != null) {
            return Finding.fails(loop.toString(), cause);
        }
        try {
            EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, loop.newFactory());
            try {
                await("the event loop", group.submit(() -> { }));
            } finally {
                shutDown(group);
            }
        } catch (IOException | RuntimeException | LinkageError e) {
            return Finding.fails(loop.toString(), e);
        }
        return Finding.works(loop.toString(),
            loop == FrameLoop.preferred() ? "and is what --loop auto takes here" : "");
    }

    /**
     * What somebody needs: a kind of port, a kind of event loop, or a port, which is opened and closed again.
     *
     * @throws IllegalArgumentException if there is no such thing
     */
    Finding of(String need) {
        List<String> names = new ArrayList<>();
        for (PortAvailability kind : ports.availability()) {
            if (kind.kind().equals(need)) {
                return of(kind);
            }
            names.add(kind.kind());
        }
        for (FrameLoop loop : FrameLoop.values()) {
            if (loop.toString().equals(need)) {
                return of(loop);
            }
            names.add(loop.toString());
        }
        if (need.indexOf(':') < 0) {
            throw new IllegalArgumentException("no kind of port and no event loop is called '" + need + "': there are "
                + String.join(", ", names) + "; a port, such as tap:t0, is opened and closed again");
        }
        return of(ports.parse(need, PortOptions.KEYS));
    }

    private static Finding of(FramePort port) {
        try {
            EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, FrameLoop.preferred().newFactory());
            try {
                Channel channel = port.bootstrap(group).option(ChannelOption.AUTO_READ, false)
                    .handler(new ChannelHandlerAdapter() { }).register().channel();
                try {
                    await("opening it", channel.bind(port.address()));
                } finally {
                    await("closing it", channel.close());
                }
            } finally {
                shutDown(group);
            }
        } catch (IOException | RuntimeException | LinkageError e) {
            return Finding.fails(port.text(), e);
        }
        return Finding.works(port.text(), "and was opened and closed again");
    }

    private static void await(String what, Future<?> future) throws IOException {
        if (!future.awaitUninterruptibly(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException(what + " takes more than " + PATIENCE_SECONDS + " s");
        }
        if (!future.isSuccess()) {
            throw new IOException(future.cause().getMessage() == null ? future.cause().toString()
                : future.cause().getMessage(), future.cause());
        }
    }

    private static void shutDown(EventLoopGroup group) {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }
}

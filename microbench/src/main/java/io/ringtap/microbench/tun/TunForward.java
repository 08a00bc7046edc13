/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench.tun;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.channel.FramePorts;
import io.ringtap.loop.FrameLoop;

import java.util.Set;

/**
 * Forwards packets between two ports of Ringtap on one event loop, without looking at them: {@code TunForward LOOP PORT
 * PORT}.
 */
public final class TunForward {
    private TunForward() {
    }

    /** Runs until it is killed. */
    public static void main(String[] arguments) throws Exception {
        EventLoop loop = new MultiThreadIoEventLoopGroup(1, FrameLoop.named(arguments[0]).newFactory()).next();
        PeerForwarder.join(open(loop, arguments[1]), open(loop, arguments[2]));
    }

    private static Channel open(EventLoop loop, String port) throws Exception {
        return FramePorts.load().parse(port, Set.of()).bootstrap(loop).option(ChannelOption.AUTO_READ, false)
            .handler(new PeerForwarder()).bind().sync().channel();
    }
}

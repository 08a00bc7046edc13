/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench.tun;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import org.drasyl.channel.tun.TunAddress;
import org.drasyl.channel.tun.TunChannel;

/**
 * Forwards packets between two TUN devices of netty-tun on one event loop, without looking at them: {@code
 * NettyTunForward NAME NAME}.
 */
public final class NettyTunForward {
    private NettyTunForward() {
    }

    /** Runs until it is killed. */
    public static void main(String[] arguments) throws Exception {
        // netty-tun supports no other loop, and reads each device on an additional thread.
        EventLoop loop = new DefaultEventLoop();
        PeerForwarder.join(open(loop, arguments[0]), open(loop, arguments[1]));
    }

    private static Channel open(EventLoop loop, String name) throws InterruptedException {
        return new Bootstrap().group(loop).channel(TunChannel.class).option(ChannelOption.AUTO_READ, false)
            .handler(new PeerForwarder()).bind(new TunAddress(name)).sync().channel();
    }
}

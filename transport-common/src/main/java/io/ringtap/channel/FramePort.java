/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.spi.FrameTransport;

import java.net.SocketAddress;
import java.util.Map;

/**
 * A port as {@link FramePorts} read it: what to open, and how.
 *
 * @param text the port as it was written
 * @param transport the kind of port that it is
 * @param address what the channel is bound to
 * @param options what was set by keys of the transport
 * @param others keys that the caller of {@link FramePorts#parse} had asked for, with their values
 */
public record FramePort(String text, FrameTransport transport, SocketAddress address,
                        Map<ChannelOption<?>, Object> options, Map<String, String> others) {
    /** Makes channels that are to be bound to the address. */
    public ChannelFactory<FrameChannel> factory() {
        return transport::newChannel;
    }

    /** What the port is, as far as its name and its options tell before it is open. */
    public PortIdentity identity() {
        return transport.identity(address, options);
    }

    /** A bootstrap that opens this port by {@code bind()}; it wants a handler. */
    @SuppressWarnings("unchecked")
    public Bootstrap bootstrap(EventLoopGroup group) {
        Bootstrap bootstrap = new Bootstrap().group(group).channelFactory(factory()).localAddress(address);
        options.forEach((option, value) -> bootstrap.option((ChannelOption<Object>) option, value));
        return bootstrap;
    }

    @Override
    public String toString() {
        return text;
    }
}

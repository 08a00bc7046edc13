/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.tap;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.PortAvailability;
import io.ringtap.channel.PortIdentity;
import io.ringtap.channel.spi.FrameTransport;
import io.ringtap.channel.spi.PortKey;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.internal.link.InterfaceIdentity;
import io.ringtap.tap.Tap;
import io.ringtap.tap.TapAddress;
import io.ringtap.tap.TapChannel;
import io.ringtap.tap.TapChannelOption;
import io.ringtap.tap.TapQueues;
import io.ringtap.virtio.LinkLayer;

import java.net.SocketAddress;
import java.util.List;
import java.util.Map;

/** Ports {@code tap:NAME}, or {@code tapN} as bhyve writes them. Made by {@link java.util.ServiceLoader}. */
public final class TapTransport implements FrameTransport {
    private static final String PREFIX = "tap:";

    /** Of this transport, and of {@link VmnetTransport}. */
    static final List<PortKey<?>> KEYS = InterfaceKeys.of(InterfaceKeys.MAX_TAP_MTU,
        new PortKey<>("mac", "ADDRESS", "the Ethernet address of the host's side, such as 02:00:5e:10:00:01",
            TapChannelOption.MAC_ADDRESS, MacAddress::parse));

    /** Called by {@link java.util.ServiceLoader}. */
    public TapTransport() {
    }

    @Override
    public String syntax() {
        return "tap:NAME";
    }

    @Override
    public String description() {
        return "a tap, an Ethernet interface of this host; tap:tap%d for a number that the kernel chooses; tap0 is read"
            + " as tap:tap0";
    }

    @Override
    public boolean claims(String name) {
        return name.startsWith(PREFIX) || name.matches("tap(\\d+|%d)");
    }

    @Override
    public SocketAddress address(String name) {
        return TapAddress.parse(name);
    }

    @Override
    public FrameChannel newChannel() {
        return new TapChannel();
    }

    @Override
    public List<PortAvailability> availability() {
        return List.of(PortAvailability.of("tap", Tap.creationFailure(LinkLayer.ETHERNET)));
    }

    @Override
    public List<PortKey<?>> keys() {
        return KEYS;
    }

    @Override
    public PortIdentity identity(SocketAddress address, Map<ChannelOption<?>, Object> options) {
        return InterfaceIdentity.of(address, ((TapAddress) address).isPattern(),
            (String) options.get(TapChannelOption.NETWORK_NAMESPACE));
    }

    @Override
    public int maxQueues() {
        return TapQueues.MAX_QUEUES;
    }

    @Override
    public Future<List<FrameChannel>> bindQueues(Bootstrap bootstrap, SocketAddress address,
                                                 List<? extends EventLoopGroup> loops) {
        Promise<List<FrameChannel>> all = ImmediateEventExecutor.INSTANCE.newPromise();
        TapQueues.bind(bootstrap, (TapAddress) address, loops).addListener((Future<List<TapChannel>> bound) -> {
            if (bound.isSuccess()) {
                all.setSuccess(List.copyOf(bound.getNow()));
            } else {
                all.setFailure(bound.cause());
            }
        });
        return all;
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge.example;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.bridge.Bridge;
import io.ringtap.bridge.BridgeListener;
import io.ringtap.bridge.BridgePort;
import io.ringtap.bridge.GroupForwarding;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.loop.FrameLoop;
import io.ringtap.virtio.VnetHeaderLength;

/** An Ethernet segment inside another program: a bridge whose ports come and go. */
public final class Segment implements AutoCloseable, BridgeListener {
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, FrameLoop.preferred().newFactory());
    private final Bridge bridge = Bridge.builder()
        .insideHeader(VnetHeaderLength.MERGEABLE)
        .groupForwarding(GroupForwarding.parse("0x4000"))
        .listener(this)
        .build();

    public void open() throws InterruptedException {
        bridge.open(group).sync();
    }

    public BridgePort plug(String port, MacAddress station) throws InterruptedException {
        BridgePort plugged = bridge.addPort(port).sync().getNow();
        bridge.setStation(station, plugged);
        return plugged;
    }

    public void unplug(BridgePort port) throws InterruptedException {
        bridge.removePort(port).sync();
    }

    @Override
    public void portGone(BridgePort port, Throwable cause) {
        System.out.println(port + " has left" + (cause == null ? "" : ": " + cause.getMessage()));
    }

    @Override
    public void close() {
        bridge.close();
        group.shutdownGracefully();
    }
}

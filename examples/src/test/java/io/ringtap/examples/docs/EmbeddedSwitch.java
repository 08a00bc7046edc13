/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs;

import io.netty.channel.EventLoopGroup;
import io.ringtap.bridge.Bridge;
import io.ringtap.bridge.BridgeBuilder;
import io.ringtap.bridge.BridgeListener;
import io.ringtap.bridge.BridgePort;
import io.ringtap.bridge.PortStats;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameDirection;

import java.util.List;
import java.util.function.Consumer;

/** A part of a product that joins ports, some of which come and go while it runs. */
final class EmbeddedSwitch implements AutoCloseable {
    private final Bridge bridge;

    /**
     * Opens the ports, and joins them.
     *
     * @param log gets a line for each event, on a thread of the bridge
     */
    EmbeddedSwitch(EventLoopGroup group, List<String> ports, Consumer<String> log) throws InterruptedException {
        BridgeBuilder builder = Bridge.builder().ageingSeconds(60).listener(new BridgeListener() {
            @Override
            public void portOpened(BridgePort port) {
                log.accept(port.name() + " has joined");
            }

            @Override
            public void portDown(BridgePort port) {
                log.accept(port.name() + " is down");
            }

            @Override
            public void portGone(BridgePort port, Throwable cause) {
                log.accept(port.name() + (cause == null ? " has left" : " is gone: " + cause.getMessage()));
            }

            @Override
            public void framesDropped(BridgePort port, FrameDirection direction, DropReason reason, long count) {
                log.accept(port.name() + " dropped " + count + " frames: " + reason.label());
            }
        });
        ports.forEach(builder::port);
        bridge = builder.build();
        bridge.open(group).sync();
    }

    /** Adds a port while the others carry frames. */
    BridgePort add(String port) throws InterruptedException {
        return bridge.addPort(port).sync().getNow();
    }

    /** Removes a port. Frames on their way to it are sent. */
    void remove(BridgePort port) throws InterruptedException {
        bridge.removePort(port).sync();
    }

    /** How many frames the port has sent. */
    long framesSent() {
        return bridge.stats().ports().stream().mapToLong(PortStats::txFrames).sum();
    }

    @Override
    public void close() {
        bridge.close();
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.control;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.ringtap.bridge.Bridge;
import io.ringtap.bridge.BridgePort;
import io.ringtap.bridge.PortOptions;
import io.ringtap.channel.DescriptorSocket;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.channel.spi.PortKey;
import io.ringtap.tap.TapAddress;
import io.ringtap.tap.TapChannel;

import java.io.IOException;

/** Makes ports of taps that another process has opened, such as one with privileges that this one lacks. Any thread. */
final class PassedTaps {
    private final Bridge bridge;
    private final EventLoopGroup loops;

    /**
     * For a bridge.
     *
     * @param loops the event loops of such ports
     */
    PassedTaps(Bridge bridge, EventLoopGroup loops) {
        this.bridge = bridge;
        this.loops = loops;
    }

    /**
     * Adds a tap.
     *
     * @param text the port, with keys of the bridge alone: the others are for who opens the tap
     * @param namespace the network namespace of its interface, if the sender says so
     * @param passed holds its descriptor; it is taken out if a channel has it, which then closes it
     * @return the port, or why it is none
     * @throws IllegalArgumentException if this cannot be a port
     */
    Future<BridgePort> add(String text, String namespace, DescriptorSocket.Received passed) {
        if (passed.descriptors().size() != 1) {
            throw new IllegalArgumentException("a port comes with one descriptor, and "
                + passed.descriptors().size() + " came");
        }
        FramePort port = FramePorts.load().parse(text, PortOptions.KEYS);
        if (!(port.address() instanceof TapAddress address)) {
            throw new IllegalArgumentException(text + " is no tap, and descriptors of taps are taken alone");
        }
        if (!port.options().isEmpty()) {
            throw new IllegalArgumentException(text + " came as a descriptor: who opens the tap sets its "
                + String.join(" and ", port.transport().keys().stream()
                .filter(key -> port.options().containsKey(key.option())).map(PortKey::key).toList()));
        }
        PortOptions options = PortOptions.of(port);
        TapChannel channel;
        try {
            channel = new TapChannel(passed.descriptors().get(0),
                namespace != null && namespace.equals(ControlRequest.namespaceHere()));
        } catch (IOException e) {
            throw new IllegalArgumentException(text + ": the descriptor that came cannot be used: " + e.getMessage(),
                e);
        }
        passed.take();
        return add(channel, address, options);
    }

    private Future<BridgePort> add(TapChannel channel, TapAddress address, PortOptions options) {
        Promise<BridgePort> added = ImmediateEventExecutor.INSTANCE.newPromise();
        TapAddress actual = channel.localAddress();
        if (!address.equals(actual)) {
            channel.unsafe().closeForcibly();
            throw new IllegalArgumentException("the descriptor that came is of " + actual + ", and not of " + address);
        }
        // No frame is read before the bridge is there to take it.
        channel.config().setAutoRead(false);
        loops.register(channel).addListener(registered -> {
            if (!registered.isSuccess()) {
                channel.unsafe().closeForcibly();
                added.setFailure(registered.cause());
                return;
            }
            try {
                bridge.addPort(channel, options).addListener((Future<BridgePort> done) -> {
                    if (done.isSuccess()) {
                        added.setSuccess(done.getNow());
                    } else {
                        channel.close();
                        added.setFailure(done.cause());
                    }
                });
            } catch (RuntimeException e) {
                channel.close();
                added.setFailure(e);
            }
        });
        return added;
    }
}

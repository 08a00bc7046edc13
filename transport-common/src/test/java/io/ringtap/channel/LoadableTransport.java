/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.ringtap.channel.spi.FrameTransport;
import io.ringtap.channel.spi.PortKey;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;

/** A transport that {@link FramePortsTest} finds behind those that do not load. */
public final class LoadableTransport implements FrameTransport {
    @Override
    public String syntax() {
        return "test-port:NAME";
    }

    @Override
    public String description() {
        return "a port of a test";
    }

    @Override
    public boolean claims(String name) {
        return name.startsWith("test-port:");
    }

    @Override
    public SocketAddress address(String name) {
        return new InetSocketAddress(0) {
            private static final long serialVersionUID = 1L;

            @Override
            public String toString() {
                return name;
            }
        };
    }

    @Override
    public FrameChannel newChannel() {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<PortKey<?>> keys() {
        return List.of();
    }
}

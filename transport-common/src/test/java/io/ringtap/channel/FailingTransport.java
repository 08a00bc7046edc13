/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.ringtap.channel.spi.FrameTransport;
import io.ringtap.channel.spi.PortKey;

import java.net.SocketAddress;
import java.util.List;

/** A transport whose constructor fails. */
public final class FailingTransport implements FrameTransport {
    /** Called by {@link java.util.ServiceLoader}. */
    public FailingTransport() {
        throw new UnsatisfiedLinkError("on purpose");
    }

    @Override
    public String syntax() {
        throw new UnsupportedOperationException();
    }

    @Override
    public String description() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean claims(String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public SocketAddress address(String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FrameChannel newChannel() {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<PortKey<?>> keys() {
        throw new UnsupportedOperationException();
    }
}

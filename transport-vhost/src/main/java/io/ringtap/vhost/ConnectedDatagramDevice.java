/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.ringtap.channel.spi.FrameSink;
import io.ringtap.channel.spi.PlainFrameDevice;
import io.ringtap.ethernet.DropReason;
import io.ringtap.internal.unix.SystemCalls;

/** A datagram socket whose peer has a name that is known. */
final class ConnectedDatagramDevice extends DatagramDevice implements PlainFrameDevice {
    ConnectedDatagramDevice(FrameDatagramAddress local, int fd, SocketFile file, FrameSocketSettings settings) {
        super(local, fd, file, settings);
        setPeer(settings.remote().socketName());
        connect();
    }

    @Override
    long receive(long address, int room) {
        return SystemCalls.read(descriptor(), address, room);
    }

    @Override
    public void truncated(FrameSink sink) {
        sink.drop(DropReason.TRUNCATED);
    }

    /** The queue of the peer is short. */
    @Override
    public boolean canBeFull() {
        return true;
    }
}

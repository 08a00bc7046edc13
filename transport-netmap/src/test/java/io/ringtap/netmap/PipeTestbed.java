/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.ringtap.channel.FrameChannel;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.internal.netmap.ring.NetmapRxRing;
import io.ringtap.netmap.embedded.EmbeddedNetmap;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameTestbed;

import java.io.IOException;
import java.net.SocketAddress;

/** A pipe of the embedded netmap. The channel has the master end. The test uses the other end directly. */
class PipeTestbed implements FrameTestbed {
    private final EmbeddedNetmap netmap = Netmap.newEmbedded();
    private final NetmapAddress address = NetmapAddress.parse("netmap:testbed{1@conf:slots=1024");
    private NetmapPort far;

    @Override
    public FrameChannel newChannel() {
        NetmapChannel channel = new NetmapChannel();
        channel.config().setDriver(netmap);
        return channel;
    }

    @Override
    public SocketAddress address() {
        return address;
    }

    @Override
    public boolean needsDescriptor() {
        return false;
    }

    @Override
    public void ready() throws IOException {
        if (far == null) {
            far = NetmapPort.open(netmap, NetmapAddress.parse("netmap:testbed}1"), 0, 0);
        }
    }

    @Override
    public void send(byte[] frame) throws IOException {
        while (!far.txRings().get(0).write(Unpooled.wrappedBuffer(frame))) {
            far.txSync();
            Thread.onSpinWait();
        }
        far.txSync();
    }

    @Override
    public byte[] receive(long timeoutMillis) throws IOException {
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
        NetmapRxRing ring = far.rxRings().get(0);
        while (true) {
            far.rxSync();
            if (ring.next() != NetmapRxRing.NONE) {
                ByteBuf frame = Unpooled.buffer();
                ring.read(frame);
                ring.release();
                far.rxSync();
                byte[] bytes = ByteBufUtil.getBytes(frame);
                if (TestFrames.isOurs(bytes)) {
                    return bytes;
                }
            } else if (System.nanoTime() - deadline > 0) {
                return null;
            } else {
                Thread.onSpinWait();
            }
        }
    }

    /** Frames are taken only by {@link #receive}, so that a pipe is full when its slots are. */
    @Override
    public boolean stall() {
        return true;
    }

    @Override
    public void resume() {
        // receive() takes frames again.
    }

    @Override
    public void close() {
        if (far != null) {
            far.close();
        }
    }
}

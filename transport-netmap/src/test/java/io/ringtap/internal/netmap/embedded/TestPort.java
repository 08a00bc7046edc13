/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.ringtap.internal.netmap.layout.NetmapLayout.Register;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.internal.netmap.ring.NetmapRxRing;
import io.ringtap.internal.netmap.ring.NetmapTxRing;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapException;

import java.util.ArrayList;
import java.util.List;

/** A port that a test uses as a channel would. */
final class TestPort implements AutoCloseable {
    final NetmapPort port;

    TestPort(JvmNetmap netmap, String name) throws NetmapException {
        this(netmap, name, 0);
    }

    TestPort(JvmNetmap netmap, String name, int extraBuffers) throws NetmapException {
        port = NetmapPort.open(netmap, NetmapAddress.parse(name), Register.ACCEPT_VNET_HDR, extraBuffers);
    }

    NetmapTxRing tx() {
        return port.txRings().get(0);
    }

    NetmapRxRing rx() {
        return port.rxRings().get(0);
    }

    TestPort header(int length) throws NetmapException {
        port.file().headerLength(port.address().portName(), length);
        return this;
    }

    void send(byte[]... frames) throws NetmapException {
        for (byte[] frame : frames) {
            if (!tx().write(Unpooled.wrappedBuffer(frame))) {
                throw new AssertionError("no room for a frame in " + tx());
            }
        }
        port.txSync();
    }

    List<byte[]> receive() throws NetmapException {
        return receive(Integer.MAX_VALUE);
    }

    List<byte[]> receive(int max) throws NetmapException {
        port.rxSync();
        List<byte[]> frames = new ArrayList<>();
        for (NetmapRxRing ring : port.rxRings()) {
            while (frames.size() < max && ring.next() != NetmapRxRing.NONE) {
                ByteBuf frame = Unpooled.buffer();
                ring.read(frame);
                ring.release();
                frames.add(ByteBufUtil.getBytes(frame));
            }
        }
        port.rxSync();
        return frames;
    }

    @Override
    public void close() {
        port.close();
    }

    /**
     * A frame from one station to another. Stations are given by the last octet of their addresses; 255 is the
     * broadcast address.
     */
    static byte[] frame(int to, int from, int length) {
        byte[] frame = new byte[length];
        for (int i = 0; i < length; i++) {
            frame[i] = (byte) (i * 7 + to + from);
        }
        address(frame, 0, to);
        address(frame, 6, from);
        return frame;
    }

    private static void address(byte[] frame, int at, int station) {
        for (int i = 0; i < 6; i++) {
            frame[at + i] = (byte) (station == 255 ? 0xff : i == 0 ? 2 : i == 5 ? station : 0);
        }
    }
}

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
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameTestbed;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Two ports of one netmap between which frames pass: the channel has one of them, the test has the other and drives it
 * by hand.
 */
final class PortTestbed implements FrameTestbed {
    private static final int FRAMES_A_SYNC = 32;
    private static final AtomicInteger COUNT = new AtomicInteger();
    /** Room for the longest round of a channel and more, and less than {@link #ROOM}. */
    private static final String SLOTS = "@conf:slots=1024";
    private static final long SEND_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final NetmapDriver netmap;
    private final NetmapAddress address;
    private final NetmapAddress farAddress;
    private final boolean fills;
    private final Closeable beneath;
    private int lentBuffers = -1;
    private NetmapPort far;
    private int released;

    private PortTestbed(NetmapDriver netmap, String name, String far, boolean fills, Closeable beneath) {
        this.netmap = netmap;
        this.fills = fills;
        this.beneath = beneath;
        address = NetmapAddress.parse(name);
        farAddress = NetmapAddress.parse(far);
    }

    /** The ends of a pipe. The channel has that of the master. */
    static PortTestbed pipe(NetmapDriver netmap) {
        String name = "valeRs" + COUNT.incrementAndGet() + ":p";
        // Nothing is taken but by receive(), so a pipe is full when its slots are.
        return new PortTestbed(netmap, name + "{1" + SLOTS, name + "}1", true, () -> { });
    }

    /** Two ports of a switch, which takes every frame. */
    static PortTestbed vale(NetmapDriver netmap) {
        String name = "valeRs" + COUNT.incrementAndGet();
        return new PortTestbed(netmap, name + ":a@conf:slots=2048", name + ":b@conf:slots=2048", false, () -> { });
    }

    /** Two interfaces of the kernel that are connected, which drop what the other does not take in time. */
    static PortTestbed cards() throws IOException {
        CardPairs pairs = CardPairs.create(1);
        return new PortTestbed(Netmap.kernel(), "netmap:" + pairs.name(0, 0), "netmap:" + pairs.name(0, 1), false,
            pairs);
    }

    /** Has the channels copy what they receive. */
    PortTestbed copying() {
        lentBuffers = 0;
        return this;
    }

    @Override
    public FrameChannel newChannel() {
        NetmapChannel channel = new NetmapChannel();
        channel.config().setDriver(netmap);
        if (lentBuffers >= 0) {
            channel.config().setLentBuffers(lentBuffers);
        }
        return channel;
    }

    @Override
    public SocketAddress address() {
        return address;
    }

    @Override
    public boolean needsDescriptor() {
        // The channel does not know before bind whether its port has a descriptor.
        return false;
    }

    @Override
    public void ready() throws IOException {
        if (far == null) {
            far = NetmapPort.open(netmap, farAddress, 0, 0);
        }
    }

    @Override
    public void send(byte[] frame) throws IOException {
        long start = System.nanoTime();
        while (!far.txRings().get(0).write(Unpooled.wrappedBuffer(frame))) {
            if (System.nanoTime() - start > SEND_NANOS) {
                throw new IOException(farAddress + " has had no room for a minute");
            }
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
            if (ring.next() == NetmapRxRing.NONE) {
                far.rxSync();
            }
            if (ring.next() != NetmapRxRing.NONE) {
                ByteBuf frame = Unpooled.buffer();
                ring.read(frame);
                ring.release();
                // A call for each frame would take most of the time of a test on another machine.
                if (ring.next() == NetmapRxRing.NONE || ++released % FRAMES_A_SYNC == 0) {
                    far.rxSync();
                }
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

    @Override
    public boolean stall() {
        return fills;
    }

    @Override
    public void resume() {
        // receive() does.
    }

    @Override
    public void close() throws IOException {
        if (far != null) {
            far.close();
        }
        beneath.close();
    }
}

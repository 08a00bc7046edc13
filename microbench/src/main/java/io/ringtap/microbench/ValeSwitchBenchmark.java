/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.netmap.Netmap;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.embedded.EmbeddedNetmap;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** A switch of the embedded netmap: a frame is written to one port, switched, and received at another. */
public class ValeSwitchBenchmark extends Microbenchmark {
    private static final int FRAMES = 64;

    /** How many stations there are at each end. With 1, all frames are between the same two stations. */
    @Param({"1", "400"})
    private int stations;
    private NetmapPort from;
    private NetmapPort to;
    private ByteBuf frame;
    private int next;

    /** Opens both ports, and lets the switch learn what is behind the second. */
    @Setup
    public void open() throws NetmapException {
        EmbeddedNetmap netmap = Netmap.newEmbedded();
        from = NetmapPort.open(netmap, NetmapAddress.parse("vale0:from"), 0, 0);
        to = NetmapPort.open(netmap, NetmapAddress.parse("vale0:to"), 0, 0);
        frame = Unpooled.directBuffer(60).writeZero(60);
        for (int i = 0; i < stations; i++) {
            send(to, 0x0200_0000_0000L, 0x0211_0000_0000L + i);
            to.txSync();
            receive(from);
        }
    }

    /** Closes the ports. */
    @TearDown
    public void close() {
        from.close();
        to.close();
        frame.release();
    }

    private static int receive(NetmapPort port) throws NetmapException {
        port.rxSync();
        return port.rxRings().get(0).receive((buffer, offset, length, more) -> { }, Integer.MAX_VALUE);
    }

    private void send(NetmapPort port, long source, long destination) throws NetmapException {
        frame.setLong(0, destination << 16 | source >>> 32).setInt(8, (int) source);
        port.txRings().get(0).write(frame.setIndex(0, 60));
    }

    /** 64 frames, in one sync of each port. */
    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public int switched() throws NetmapException {
        for (int i = 0; i < FRAMES; i++) {
            next = next + 1 == stations || stations == 1 ? 0 : next + 1;
            send(from, 0x0222_0000_0000L + next, 0x0211_0000_0000L + next);
        }
        from.txSync();
        return receive(to);
    }
}

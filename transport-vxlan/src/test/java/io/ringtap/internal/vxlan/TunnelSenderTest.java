/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.ethernet.MacTable;
import io.ringtap.internal.udp.UdpSocket;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testkit.TestFrames;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** What becomes of frames of which only a part can be sent. The sockets are of the loopback, which has no way out. */
@EnabledOnOs(OS.LINUX)
class TunnelSenderTest {
    private static final int DONT_WAIT = 0x40;
    private static final long NEAR = 0x02_00_00_00_00_02L;
    private static final long NOWHERE = 0x02_00_00_00_00_03L;

    private final MacTable stations = new MacTable(16, 300);
    private final TunnelCounters counters = new TunnelCounters();
    private final Paths paths = new Paths();
    private UdpSocket receiver;
    private Vteps ends;
    private Vtep near;
    private Vtep nowhere;
    private TunnelSockets sockets;
    private TunnelSender sender;

    /** Of a tunnel over the loopback. */
    static TunnelSettings settings(List<String> remotes, Map<MacAddress, InetAddress> stations, boolean checksum) {
        return new TunnelSettings(List.of(VnetHeaderLength.NONE), 42, IpLiteral.parse("127.0.0.1"), 0, remotes, null,
            null, List.of(), null, 16, 300, stations, 1, checksum, 64, TrafficClass.INHERITED, false, 1 << 20, null,
            null);
    }

    /** Has no memory to read errors when it is told so. */
    private final class Paths implements TunnelSender.TunnelPaths {
        private boolean noMemory;
        private Vtep[] flooded;

        @Override
        public Vtep[] flooded() {
            return flooded;
        }

        @Override
        public Vtep at(int index) {
            return ends.at(index);
        }

        @Override
        public int takeErrors(int socket) {
            if (noMemory) {
                throw new OutOfMemoryError("no memory for errors");
            }
            return 0;
        }

        @Override
        public void measure(Vtep vtep) {
            // As it was.
        }

        @Override
        public void tooBig(ByteBuf frame, int at, InnerPacket packet, int longestFrame) {
            // Nobody is told.
        }

        @Override
        public void full(int socket) {
            // It has room.
        }
    }

    @BeforeEach
    void open() throws IOException {
        receiver = UdpSocket.open(false);
        receiver.bind(new InetSocketAddress("127.0.0.2", 0));
        ends = new Vteps(receiver.port(), stations);
        near = ends.get(IpLiteral.parse("127.0.0.2"));
        nowhere = ends.get(IpLiteral.parse("192.0.2.9"));
        paths.flooded = new Vtep[] {nowhere, near};
        open(true);
        stations.set(NEAR, near.index, MacTable.seconds());
        stations.set(NOWHERE, nowhere.index, MacTable.seconds());
    }

    /** @param checksum whether the sockets send with one, as the kernel wants for rows */
    private void open(boolean checksum) throws IOException {
        sockets = new TunnelSockets(settings(List.of(), Map.of(), checksum));
        sender = new TunnelSender(paths, settings(List.of(), Map.of(), true), sockets, stations,
            VirtioNetHeader.of(VnetHeaderLength.NONE), counters);
    }

    @AfterEach
    void close() {
        sender.free();
        sockets.close();
        receiver.close();
        ends.free();
    }

    private static ByteBuf frame(long destination) {
        ByteBuf frame = Unpooled.directBuffer().writeBytes(TestFrames.frame(1));
        return frame.setShort(0, (int) (destination >>> 32)).setInt(2, (int) destination);
    }

    private int received() {
        int count = 0;
        NativeMemory memory = NativeMemory.allocate(2048);
        while (SystemCalls.recv(receiver.descriptor(), memory, DONT_WAIT) > 0) {
            count++;
        }
        memory.free();
        return count;
    }

    private int writeTogether(long... destinations) {
        ByteBuf[] frames = new ByteBuf[destinations.length];
        for (int i = 0; i < frames.length; i++) {
            frames[i] = frame(destinations[i]);
        }
        int sent = sender.writeTogether(frames, frames.length);
        for (ByteBuf frame : frames) {
            frame.release();
        }
        return sent;
    }

    @Test
    void whatWasSentBeforeMemoryRanShortIsNotSentAgain() {
        assertThat(writeTogether(NEAR, NEAR, NOWHERE)).isEqualTo(2);
        paths.noMemory = true;
        assertThat(writeTogether(NEAR, NEAR, NOWHERE)).isEqualTo(2);
        assertThat(writeTogether(NOWHERE, NEAR)).isZero();
        assertThat(received()).isEqualTo(4);
        assertThat(counters.copiesLost()).isZero();
    }

    @Test
    void aWayThatTakesNoRowsIsTriedOnce() throws IOException {
        sender.free();
        sockets.close();
        open(false);
        assertThat(writeTogether(NEAR, NEAR)).as("the kernel refuses it").isZero();
        assertThat(writeTogether(NEAR, NEAR)).as("two datagrams").isEqualTo(2);
        assertThat(received()).isEqualTo(2);
    }

    @Test
    void copiesAreCountedOnce() {
        ByteBuf toAll = frame(MacAddress.BROADCAST.bits());
        assertThat(sender.write(toAll)).as("the copy to the other end is sent").isNull();
        assertThat(counters.copiesLost()).isEqualTo(1);
        paths.flooded = new Vtep[] {nowhere, nowhere};
        assertThat(sender.write(toAll)).as("neither copy can be sent").isNotNull();
        assertThat(counters.copiesLost()).as("the frame is refused, and no copy of it lost").isEqualTo(1);
        toAll.release();
        ByteBuf toOne = frame(NOWHERE);
        assertThat(sender.write(toOne)).isNotNull();
        assertThat(counters.copiesLost()).as("it had no copies").isEqualTo(1);
        toOne.release();
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.MacTable;
import io.ringtap.internal.udp.UdpSocket;
import io.ringtap.testkit.TestFrames;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** A receiver where there is no memory for what a sender needs. */
@EnabledOnOs(OS.LINUX)
class TunnelReceiverTest {
    private static final int VNI = 42;
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private final MacTable stations = new MacTable(16, 300);
    private final Vteps ends = new Vteps(4789, stations);
    private int failures = 1;
    private UdpSocket socket;
    private TunnelReceiver receiver;

    /** Takes so many frames in a round. */
    private static final class Sink implements FrameSink {
        final List<ByteBuf> given = new ArrayList<>();
        final List<byte[]> frames = new ArrayList<>();
        final List<DropReason> drops = new ArrayList<>();
        private final int room;
        private ByteBuf single;

        Sink(int room) {
            this.room = room;
        }

        private ByteBuf make(int capacity) {
            ByteBuf made = PooledByteBufAllocator.DEFAULT.directBuffer(capacity);
            given.add(made);
            return made;
        }

        @Override
        public int room(int longest) {
            return room;
        }

        @Override
        public ByteBuf allocate(int capacity) {
            if (single == null) {
                single = make(capacity);
            }
            return single;
        }

        @Override
        public int allocate(ByteBuf[] into, int count, int capacity) {
            for (int i = 0; i < count; i++) {
                into[i] = make(capacity);
            }
            return count;
        }

        @Override
        public boolean frames(ByteBuf[] all, int count) {
            for (int i = 0; i < count; i++) {
                take(all[i]);
                all[i] = null;
            }
            return true;
        }

        @Override
        public boolean frame(ByteBuf frame) {
            single = null;
            take(frame);
            return true;
        }

        private void take(ByteBuf frame) {
            byte[] bytes = new byte[frame.readableBytes()];
            frame.readBytes(bytes);
            frame.release();
            frames.add(bytes);
        }

        @Override
        public void drop(DropReason reason) {
            drops.add(reason);
        }

        void close() {
            if (single != null) {
                single.release();
            }
        }
    }

    @BeforeEach
    void open() throws IOException {
        socket = UdpSocket.open(false);
        socket.bind(new InetSocketAddress("127.0.0.1", 0));
        VirtioNetHeader none = VirtioNetHeader.of(VnetHeaderLength.NONE);
        receiver = new TunnelReceiver(new Decapsulation(VNI, none), (high, low) -> {
            if (failures-- > 0) {
                throw new OutOfMemoryError("no memory for this sender");
            }
            return ends.get(LOOPBACK);
        }, stations, true);
    }

    @AfterEach
    void close() {
        receiver.free();
        socket.close();
        ends.free();
    }

    @ParameterizedTest
    @Timeout(20)
    @ValueSource(ints = {1, 64})
    void aSenderThatThereIsNoMemoryForCostsItsMessageAlone(int room) throws IOException {
        try (DatagramSocket sender = new DatagramSocket()) {
            for (int i = 0; i < 3; i++) {
                byte[] frame = TestFrames.frame(i);
                byte[] datagram = ByteBuffer.allocate(VxlanHeader.LENGTH + frame.length).putInt(1 << 27)
                    .putInt(VNI << 8).put(frame).array();
                sender.send(new DatagramPacket(datagram, datagram.length, LOOPBACK, socket.port()));
            }
        }
        Sink sink = new Sink(room);
        while (sink.frames.size() + sink.drops.size() < 3) {
            receiver.read(socket, sink);
        }
        assertThat(sink.drops).containsExactly(DropReason.NO_BUFFERS);
        assertThat(sink.frames).containsExactly(TestFrames.frame(1), TestFrames.frame(2));
        sink.close();
        assertThat(sink.given).allMatch(buffer -> buffer.refCnt() == 0);
    }
}

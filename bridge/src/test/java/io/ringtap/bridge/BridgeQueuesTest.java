/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.MacTable;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Flows through a bridge between taps with two queues. */
@RequiresTap
@ParameterizedClass
@MethodSource("io.ringtap.testsuite.TestLoops#available")
@Timeout(60)
class BridgeQueuesTest {
    private static final int QUEUES = 2;
    private static final int FLOWS = 32;
    private static final int FRAMES = 20;
    private static final int PORT = 7000;
    /** The offset of the payload of a UDP packet, after the headers of Ethernet, IPv4 and UDP. */
    private static final int PAYLOAD = 14 + 20 + 8;

    @Parameter
    TestLoop loop;

    private final RecordingListener listener = new RecordingListener();
    private final List<PacketSocket> hosts = new ArrayList<>();
    private TestNamespace namespace;
    private EventLoopGroup group;
    private Bridge bridge;

    @BeforeEach
    void open() throws Exception {
        namespace = TestNamespace.create();
        group = loop.newGroup(QUEUES);
    }

    private void bridge(String... keys) throws Exception {
        List<FramePort> ports = new ArrayList<>();
        for (int i = 0; i < keys.length; i++) {
            ports.add(FramePorts.load().parse("tap:q" + i + ",up=on,netns=" + namespace.name() + keys[i],
                PortOptions.KEYS));
        }
        bridge = TestBridges.of(ports, listener);
        bridge.open(group).sync();
        for (int i = 0; i < keys.length; i++) {
            hosts.add(PacketSocket.open(namespace, "q" + i));
        }
    }

    @AfterEach
    void close() throws IOException {
        hosts.forEach(PacketSocket::close);
        if (bridge != null) {
            bridge.close();
        }
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        namespace.close();
    }

    /** A frame of a flow, from one host to the other. Its payload is the number of the flow, and its own number. */
    private static byte[] frame(int from, int flow, int number) {
        byte[] payload = ByteBuffer.allocate(16).putInt(flow).putInt(number).array();
        byte[] frame = PacketBuilder.udp(4).ports(PORT + flow, PORT).payload(payload).build();
        if (from == 1) {
            swap(frame, 0, 6);
            swap(frame, 26, 4);
            swap(frame, 34, 2);
        }
        return frame;
    }

    /** Exchanges sources and destinations, which changes no checksum. */
    private static void swap(byte[] frame, int at, int length) {
        byte[] first = Arrays.copyOfRange(frame, at, at + length);
        System.arraycopy(frame, at + length, frame, at, length);
        System.arraycopy(first, 0, frame, at + length, length);
    }

    /**
     * Sends all flows from one host, interleaved, and asserts that each arrives at the other completely and in order.
     */
    private void exchange(int from) throws IOException {
        for (int number = 0; number < FRAMES; number++) {
            for (int flow = 0; flow < FLOWS; flow++) {
                hosts.get(from).send(frame(from, flow, number));
            }
        }
        int[] next = new int[FLOWS];
        for (int i = 0; i < FLOWS * FRAMES; i++) {
            byte[] received = hosts.get(1 - from).receive(5000);
            assertThat(received).as("frame %d", i).isNotNull();
            ByteBuf payload = Unpooled.wrappedBuffer(received).skipBytes(PAYLOAD);
            int flow = payload.readInt();
            assertThat(payload.readInt()).as("flow %d", flow).isEqualTo(next[flow]++);
        }
    }

    private List<Long> received(int port) {
        return bridge.ports().get(port).channels().stream().map(queue -> queue.stats().rxFrames()).toList();
    }

    /** The sender counts a frame a moment after it was received. */
    private void assertSoonSent(int port, List<Long> expected) throws InterruptedException {
        await("frames sent by queue: " + expected, () -> bridge.ports().get(port).channels().stream()
            .map(queue -> queue.stats().txFrames()).toList().equals(expected));
    }

    @Test
    void flowsKeepTheirQueueBothWays() throws Exception {
        bridge(",queues=2", ",queues=2");
        for (BridgePort port : bridge.ports()) {
            assertThat(port.channels()).hasSize(QUEUES).extracting(FrameChannel::eventLoop).doesNotHaveDuplicates();
        }
        List<EventLoop> loops = bridge.ports().get(0).channels().stream().map(FrameChannel::eventLoop).toList();
        assertThat(bridge.ports().get(1).channels()).extracting(FrameChannel::eventLoop).isEqualTo(loops);

        exchange(0);
        List<Long> there = received(0);
        assertThat(there).allSatisfy(count -> assertThat(count).isPositive());
        assertThat(there).allSatisfy(count -> assertThat(count % FRAMES).isZero());
        assertSoonSent(1, there);
        exchange(1);
        assertThat(received(1)).isEqualTo(there);
        assertSoonSent(0, there);
        exchange(0);
        assertThat(received(0)).isEqualTo(there.stream().map(count -> 2 * count).toList());
        assertThat(listener.reports).isEmpty();
    }

    @Test
    void aPortOfOneQueueServesAllOfTheOthers() throws Exception {
        bridge(",queues=2", "");
        exchange(0);
        exchange(1);
        assertThat(received(0).stream().mapToLong(Long::longValue).sum()).isEqualTo(FLOWS * FRAMES);
        assertThat(received(1)).containsExactly((long) FLOWS * FRAMES);
    }

    @Test
    void aPortThatGoesDownForgetsTheStationsOfAllItsQueues() throws Exception {
        bridge(",queues=2", ",queues=2");
        exchange(0);
        exchange(1);
        assertThat(bridge.table().snapshot(MacTable.seconds())).extracting(MacTable.Entry::port).contains(0, 1);
        namespace.ip("link", "set", "dev", "q0", "down");
        await("down", () -> bridge.ports().get(0).state() == PortState.DOWN);
        bridge.ports().get(0).channel().eventLoop().submit(() -> { }).sync();
        assertThat(bridge.table().snapshot(MacTable.seconds())).extracting(MacTable.Entry::port)
            .isNotEmpty().doesNotContain(0);
        assertThat(listener.reports).isEmpty();
    }

    @Test
    void aPortGoesWithTheFirstOfItsQueues() throws Exception {
        bridge(",queues=2,vnet=12", ",queues=2,vnet=12");
        exchange(0);
        BridgePort port = bridge.ports().get(1);
        port.queue(1).channel().close().sync();
        assertThat(port.queue(0).channel().closeFuture().await(10_000)).isTrue();
        assertThat(port.state()).isEqualTo(PortState.GONE);
        assertThat(bridge.ports()).hasSize(1);
        bridge.ports().get(0).channel().close().sync();
        await("the other port gone", () -> bridge.ports().isEmpty());
    }
}

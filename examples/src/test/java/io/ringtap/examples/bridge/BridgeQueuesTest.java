/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.examples.UdpFrame;
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
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** A bridge between taps of two queues: what becomes of flows. */
@RequiresTap
@ParameterizedClass
@MethodSource("io.ringtap.testsuite.TestLoops#available")
@Timeout(60)
class BridgeQueuesTest {
    private static final int QUEUES = 2;
    private static final int FLOWS = 32;
    private static final int FRAMES = 20;
    private static final int PORT = 7000;

    @Parameter
    TestLoop loop;

    private final List<String> reports = new CopyOnWriteArrayList<>();
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
                BridgePort.KEYS));
        }
        bridge = new Bridge(ports, new MacTable(64, 300), reports::add);
        bridge.open(group);
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

    private static UdpFrame.Endpoint endpoint(int host, int port) throws IOException {
        return new UdpFrame.Endpoint(MacAddress.of(0x02_00_00_00_00_0aL + host),
            (Inet4Address) InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) (1 + host)}), port);
    }

    /** A frame of a flow, from one host to the other; its payload are the flow's number and its own. */
    private static byte[] frame(int from, int flow, int number) throws IOException {
        UdpFrame.Endpoint[] ends = {endpoint(0, PORT + flow), endpoint(1, PORT)};
        ByteBuf frame = Unpooled.buffer(64);
        UdpFrame.writeHeaders(frame, ends[from], ends[1 - from], 16);
        frame.writeInt(flow).writeInt(number).writeLong(0);
        UdpFrame.seal(frame);
        byte[] bytes = new byte[frame.readableBytes()];
        frame.readBytes(bytes);
        return bytes;
    }

    /** Sends all flows at one host, interleaved, and sees that each arrives at the other whole and in order. */
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
            ByteBuf payload = Unpooled.wrappedBuffer(received).skipBytes(UdpFrame.PAYLOAD);
            int flow = payload.readInt();
            assertThat(payload.readInt()).as("flow %d", flow).isEqualTo(next[flow]++);
        }
    }

    private List<Long> received(int port) {
        return bridge.ports().get(port).channels().stream().map(queue -> queue.stats().rxFrames()).toList();
    }

    /** What was received is counted by its sender a moment later. */
    private void assertSoonSent(int port, List<Long> expected) throws InterruptedException {
        List<Long> sent;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        do {
            sent = bridge.ports().get(port).channels().stream().map(queue -> queue.stats().txFrames()).toList();
            if (!sent.equals(expected)) {
                Thread.sleep(1);
            }
        } while (!sent.equals(expected) && System.nanoTime() - deadline < 0);
        assertThat(sent).isEqualTo(expected);
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
        assertThat(reports).isEmpty();
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
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (bridge.ports().get(0).state() != BridgePort.State.DOWN && System.nanoTime() - deadline < 0) {
            Thread.sleep(1);
        }
        bridge.ports().get(0).channel().eventLoop().submit(() -> { }).sync();
        assertThat(bridge.table().snapshot(MacTable.seconds())).extracting(MacTable.Entry::port)
            .isNotEmpty().doesNotContain(0);
        assertThat(reports).isEmpty();
    }

    @Test
    void aPortGoesWithTheFirstOfItsQueues() throws Exception {
        bridge(",queues=2,vnet=12", ",queues=2,vnet=12");
        exchange(0);
        BridgePort port = bridge.ports().get(1);
        port.channel(1).close().sync();
        assertThat(port.channel(0).closeFuture().await(10_000)).isTrue();
        assertThat(port.state()).isEqualTo(BridgePort.State.GONE);
        assertThat(bridge.allClosed()).isNotDone();
        bridge.ports().get(0).channel(0).close().sync();
        bridge.allClosed().get(10, TimeUnit.SECONDS);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.loop.FrameLoop;
import io.ringtap.netmap.NetmapChannel;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** The bridge between ports of VALE switches inside this JVM, alone and together with a tap. */
class EmbeddedBridgeTest {
    private static final String EMBEDDED = ",driver=embedded";
    private static final long STATION_A = 0x02_00_00_00_00_0aL;
    private static final long STATION_B = 0x02_00_00_00_00_0bL;
    private static final long BROADCAST = 0xffff_ffff_ffffL;

    private final RecordingListener listener = new RecordingListener();
    private final List<Channel> hosts = new ArrayList<>();
    private final List<FrameCollector> received = new ArrayList<>();
    private EventLoopGroup group;
    private Bridge bridge;

    @BeforeEach
    void startLoops() {
        group = new MultiThreadIoEventLoopGroup(2, FrameLoop.preferred().newFactory());
    }

    @AfterEach
    void closeAll() {
        hosts.forEach(host -> host.close().awaitUninterruptibly());
        if (bridge != null) {
            bridge.close();
        }
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private void open(String... ports) throws Exception {
        List<FramePort> specs = new ArrayList<>();
        for (String port : ports) {
            specs.add(FramePorts.load().parse(port, Set.of()));
        }
        bridge = TestBridges.of(specs, listener);
        bridge.open(group).sync();
    }

    private void host(String port) throws Exception {
        FrameCollector collector = new FrameCollector();
        received.add(collector);
        hosts.add(FramePorts.parse(port).bootstrap(group).handler(collector).bind().sync().channel());
    }

    private void send(int host, byte[] frame) {
        hosts.get(host).writeAndFlush(Unpooled.wrappedBuffer(frame)).syncUninterruptibly();
    }

    private static byte[] frame(long destination, long source, long number) {
        byte[] frame = TestFrames.frame(number);
        ByteBuffer.wrap(frame).putLong(0, destination << 16 | source >>> 32).putInt(8, (int) source);
        return frame;
    }

    @Test
    void joinsSwitches() throws Exception {
        open("vale1:bridge" + EMBEDDED, "vale2:bridge" + EMBEDDED, "vale3:bridge" + EMBEDDED);
        for (int i = 1; i <= 3; i++) {
            host("vale" + i + ":host" + EMBEDDED);
        }
        assertThat(bridge.ports().get(0).name()).isEqualTo("vale1:bridge,driver=embedded");

        send(0, frame(BROADCAST, STATION_A, 1));
        assertThat(received.get(1).next()).isEqualTo(frame(BROADCAST, STATION_A, 1));
        assertThat(received.get(2).next()).isEqualTo(frame(BROADCAST, STATION_A, 1));
        send(1, frame(STATION_A, STATION_B, 2));
        assertThat(received.get(0).next()).isEqualTo(frame(STATION_A, STATION_B, 2));
        send(0, frame(STATION_B, STATION_A, 3));
        assertThat(received.get(1).next()).isEqualTo(frame(STATION_B, STATION_A, 3));
        assertThat(received.get(2).staysQuiet()).isTrue();
        assertThat(received.get(0).staysQuiet()).isTrue();
        assertThat(listener.reports).isEmpty();
    }

    @Test
    void aPortThatIsGoneForgetsItsStationsAndWhatIsForThemIsFlooded() throws Exception {
        // A switch at the third port would have learned where the station is by itself.
        open("vale1:bridge" + EMBEDDED, "vale2:bridge" + EMBEDDED, "vale3:p{1" + EMBEDDED);
        host("vale1:host" + EMBEDDED);
        host("vale2:host" + EMBEDDED);
        host("vale3:p}1" + EMBEDDED);
        send(1, frame(BROADCAST, STATION_B, 1));
        assertThat(received.get(0).next()).isEqualTo(frame(BROADCAST, STATION_B, 1));
        assertThat(received.get(2).next()).isEqualTo(frame(BROADCAST, STATION_B, 1));
        Channel gone = bridge.ports().get(1).channel();
        gone.close().sync();
        // The handlers of the channel are called after the listeners of the future.
        gone.eventLoop().submit(() -> { }).sync();
        send(0, frame(STATION_B, STATION_A, 2));
        assertThat(received.get(2).next()).isEqualTo(frame(STATION_B, STATION_A, 2));
    }

    /** Pipes of one parent share their memory, so that frames move by index, with a known or an unknown destination. */
    @Test
    void passesFramesBetweenPipesWithoutACopy() throws Exception {
        open("vale1:p{1" + EMBEDDED, "vale1:p{2" + EMBEDDED);
        host("vale1:p}1" + EMBEDDED);
        host("vale1:p}2" + EMBEDDED);
        NetmapChannel out = (NetmapChannel) bridge.ports().get(1).channel();
        send(0, frame(BROADCAST, STATION_A, 1));
        assertThat(received.get(1).next()).isEqualTo(frame(BROADCAST, STATION_A, 1));
        assertThat(out.swappedFrames()).as("flooded").isEqualTo(1);
        send(1, frame(STATION_A, STATION_B, 2));
        assertThat(received.get(0).next()).isEqualTo(frame(STATION_A, STATION_B, 2));
        send(0, frame(STATION_B, STATION_A, 3));
        assertThat(received.get(1).next()).isEqualTo(frame(STATION_B, STATION_A, 3));
        assertThat(out.swappedFrames()).isEqualTo(2);
    }

    @Test
    @RequiresTap
    void joinsASwitchAndATap() throws Exception {
        try (TestNamespace namespace = TestNamespace.create()) {
            open("vale1:bridge" + EMBEDDED, "tap:p0,up=on,netns=" + namespace.name());
            host("vale1:host" + EMBEDDED);
            try (PacketSocket socket = PacketSocket.open(namespace, "p0")) {
                send(0, frame(STATION_B, STATION_A, 1));
                assertThat(socket.receive(2000)).isEqualTo(frame(STATION_B, STATION_A, 1));
                socket.send(frame(STATION_A, STATION_B, 2));
                assertThat(received.get(0).next()).isEqualTo(frame(STATION_A, STATION_B, 2));
            }
            bridge.close();
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FrameFrontEnd;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapChannel;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.PacketCheck;
import io.ringtap.virtio.ChecksumCompletion;
import io.ringtap.virtio.GsoSegmenter;
import io.ringtap.virtio.VirtioNetHeaderHandler;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.List;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Ports with different virtio-net headers and offloads, which come and go while a bridge runs. */
class ChangingHeadersTest extends PipeBridge {
    /**
     * The inside layout of the bridge stays as it was. What the new port leaves undone is done when a frame enters or
     * leaves.
     */
    @ParameterizedTest
    @CsvSource({"NONE, 0", "MERGEABLE, 12", "LEGACY, 10"})
    void aNewcomerWithAnotherHeaderConvertsAtItsEdge(VnetHeaderLength inside, int bytes) throws Exception {
        open(2, Bridge.builder().insideHeader(inside));
        assertPasses(0, 1, frame(BROADCAST, STATION_A, 1));
        bridge.addPort(port(2, ",vnet=12")).sync();
        assertThat(bridge.insideHeader().bytes()).isEqualTo(bytes);
        host(2, ",vnet=12");
        byte[] plain = frame(BROADCAST, STATION_A, 2);
        assertPasses(0, 1, plain);
        assertThat(received.get(2).next()).hasSize(12 + plain.length).endsWith(plain);

        PacketBuilder packet = PacketBuilder.tcp(4).payload(new byte[SEGMENT * SEGMENTS]);
        hosts.get(2).writeAndFlush(superFrame(packet)).sync();
        for (int host = 0; host < 2; host++) {
            for (int i = 0; i < SEGMENTS; i++) {
                byte[] segment = received.get(host).next();
                assertThat(segment).hasSize(packet.payloadOffset() + SEGMENT);
                PacketCheck.of(segment);
            }
        }
        assertThat(bridge.stats().ports()).allSatisfy(port -> assertThat(port.malformed()).isEmpty());
        assertThat(listener.reports).isEmpty();
    }

    /** Two ports with the same header need no handlers. The third port makes them necessary. */
    @Test
    void portsThatNeededNothingGetWhatANewcomerMakesNecessary() throws Exception {
        open(2, Bridge.builder().insideHeader(VnetHeaderLength.MERGEABLE));
        assertThat(handlers(0)).containsExactly(VirtioNetHeaderHandler.class, FrameFrontEnd.class);
        BridgePort third = bridge.addPort(port(2, ",vnet=12")).sync().getNow();
        assertThat(handlers(0)).containsExactly(VirtioNetHeaderHandler.class, ChecksumCompletion.class,
            GsoSegmenter.class, FrameFrontEnd.class);
        bridge.removePort(third).sync();
        await("it has gone", () -> handlers(0).size() == 2 && handlers(1).size() == 2);
        assertThat(handlers(0)).containsExactly(VirtioNetHeaderHandler.class, FrameFrontEnd.class);
        assertPasses(0, 1, frame(BROADCAST, STATION_A, 1));
    }

    /** Of a port that goes by itself, and of one that could not be added. */
    @Test
    void whatAPortHasMadeNecessaryGoesHoweverItGoes() throws Exception {
        open(2, Bridge.builder().insideHeader(VnetHeaderLength.MERGEABLE));
        BridgePort third = bridge.addPort(port(2, ",vnet=12")).sync().getNow();
        assertThat(handlers(1)).contains(GsoSegmenter.class);
        third.channel().close().sync();
        await("it has gone", () -> handlers(0).size() == 2 && handlers(1).size() == 2);

        FrameChannel own = (FrameChannel) new Bootstrap().group(group).channel(NetmapChannel.class)
            .option(FrameChannelOption.VNET_HEADERS, List.of(VnetHeaderLength.MERGEABLE))
            .handler(FrameFrontEnd.plain(new ChannelInboundHandlerAdapter()))
            .bind(NetmapAddress.parse("vale6:p{2")).sync().channel();
        assertThat(bridge.addPort(own, PortOptions.DEFAULT).await().cause())
            .hasMessageContaining("has a FrameFrontEnd of its own");
        assertThat(own.isOpen()).isFalse();
        await("it has gone", () -> handlers(0).size() == 2 && handlers(1).size() == 2);
        assertThat(bridge.ports()).hasSize(2);
    }

    /** The super-frames of a port that goes are segmented, whether they were sent before or after it has been left. */
    @Test
    void framesOfAPortThatGoesAreWholeToTheLast() throws Exception {
        open(2, Bridge.builder().insideHeader(VnetHeaderLength.MERGEABLE));
        for (int round = 0; round < 20; round++) {
            BridgePort third = bridge.addPort(port(2, ",vnet=12")).sync().getNow();
            host(2, ",vnet=12");
            PacketBuilder packet = PacketBuilder.tcp(4).payload(new byte[SEGMENT * SEGMENTS]);
            Channel sender = hosts.remove(2);
            received.remove(2);
            for (int i = 0; i < 20; i++) {
                sender.write(superFrame(packet));
            }
            sender.flush();
            Future<Void> removed = bridge.removePort(third);
            removed.sync();
            sender.close().sync();
        }
        // Behind all of them.
        byte[] last = frame(BROADCAST, STATION_A, 1);
        send(0, last);
        int segments = 0;
        for (byte[] frame = received.get(1).next(); !Arrays.equals(frame, last); frame = received.get(1).next()) {
            assertThat(frame).hasSize(54 + SEGMENT);
            PacketCheck.of(frame);
            segments++;
        }
        assertThat(segments % SEGMENTS).isZero();
        assertThat(bridge.stats().ports()).allSatisfy(port -> assertThat(port.malformed()).isEmpty());
        assertThat(listener.reports).isEmpty();
    }
}

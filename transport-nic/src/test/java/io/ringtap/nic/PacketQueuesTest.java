/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.FrameChannel;
import io.ringtap.internal.nic.PacketTransport;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A port with several queues: packet sockets that share the frames of an interface. */
class PacketQueuesTest extends VethTest {
    private static final int QUEUES = 3;
    private static final int FRAMES = 300;

    private final List<FrameCollector> collectors = Collections.synchronizedList(new ArrayList<>());

    private List<FrameChannel> openQueues(Map<ChannelOption<?>, Object> options, List<EventLoopGroup> loops)
        throws Exception {
        Bootstrap bootstrap = bootstrap(options, new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                FrameCollector collector = new FrameCollector();
                collectors.add(collector);
                channel.pipeline().addLast(collector);
            }
        });
        List<FrameChannel> channels = new PacketTransport().bindQueues(bootstrap, new PacketAddress("va"), loops)
            .sync().getNow();
        channels.forEach(this::track);
        return channels;
    }

    @ParameterizedTest
    @EnumSource(PacketFanout.class)
    void everyFrameComesByOneQueue(PacketFanout fanout) throws Exception {
        List<FrameChannel> queues = openQueues(Map.of(PacketChannelOption.FANOUT, fanout),
            Collections.nCopies(QUEUES, group));
        assertThat(queues).hasSize(QUEUES);
        PacketSocket far = packetSocket("vb");
        for (int i = 0; i < FRAMES; i++) {
            far.send(TestFrames.frame(i));
        }
        await("all have come", () -> collectors.stream().mapToInt(FrameCollector::waiting).sum() >= FRAMES);
        List<Long> numbers = new ArrayList<>();
        for (FrameCollector collector : collectors) {
            if (fanout == PacketFanout.ROUND_ROBIN) {
                assertThat(collector.waiting()).isEqualTo(FRAMES / QUEUES);
            }
            numbers.addAll(collector.numbers(collector.waiting()));
        }
        assertThat(numbers).containsExactlyInAnyOrderElementsOf(LongStream.range(0, FRAMES).boxed().toList());
    }

    /** What one queue sends is not received by another, nor is what the host sends. */
    @Test
    void noQueueReceivesWhatIsSent() throws Exception {
        List<FrameChannel> queues = openQueues(Map.of(PacketChannelOption.FANOUT, PacketFanout.ROUND_ROBIN),
            Collections.nCopies(QUEUES, group));
        for (FrameChannel queue : queues) {
            assertThat(write(queue, TestFrames.frame(1))).isNull();
        }
        packetSocket("va").send(TestFrames.frame(2));
        PacketSocket far = packetSocket("vb");
        for (int i = 0; i < QUEUES; i++) {
            far.send(TestFrames.frame(10 + i));
        }
        await("one for each", () -> collectors.stream().allMatch(collector -> collector.waiting() == 1));
        List<Long> numbers = new ArrayList<>();
        for (FrameCollector collector : collectors) {
            numbers.addAll(collector.numbers(1));
            assertThat(collector.staysQuiet()).isTrue();
        }
        assertThat(numbers).containsExactlyInAnyOrder(10L, 11L, 12L);
    }

    @Test
    void allQueuesOpenOrNone() {
        assertThatThrownBy(() -> new PacketTransport().bindQueues(bootstrap(Map.of(), new FrameCollector() {
            @Override
            public boolean isSharable() {
                return true;
            }
        }), new PacketAddress("nosuch"), Collections.nCopies(2, group)).sync()).hasMessageContaining("packet:nosuch");
        assertThatThrownBy(() -> openQueues(Map.of(), List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}

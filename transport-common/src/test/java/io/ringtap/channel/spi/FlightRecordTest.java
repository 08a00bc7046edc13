/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.loop.FrameLoop;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** What the Flight Recorder is told of a channel. */
class FlightRecordTest {
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, FrameLoop.POLL.newFactory());

    @AfterEach
    void end() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private List<RecordedEvent> record(Path folder, Traffic traffic) throws Exception {
        try (Recording recording = new Recording()) {
            for (String name : List.of("ChannelOpen", "ChannelClose", "Link", "DeviceGone")) {
                recording.enable("io.ringtap." + name).withoutThreshold();
            }
            recording.start();
            traffic.pass();
            recording.stop();
            Path file = folder.resolve("recording.jfr");
            recording.dump(file);
            return RecordingFile.readAllEvents(file);
        }
    }

    /** What happens during a recording. */
    private interface Traffic {
        void pass() throws Exception;
    }

    @Test
    void tellsOfTheLifeOfAChannel(@TempDir Path folder) throws Exception {
        List<RecordedEvent> events = record(folder, () -> {
            StandInChannel channel = new StandInChannel(new StandInChannel.Device());
            group.register(channel).sync();
            channel.bind(new InetSocketAddress(1)).sync();
            channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[60])).sync();
            channel.eventLoop().submit(() -> channel.fireDeviceEvent(new DeviceEvent.LinkDown())).sync();
            channel.eventLoop().submit(() -> channel.deviceGone(new IOException("unplugged"))).sync();
            channel.closeFuture().sync();
        });
        assertThat(events).extracting(event -> event.getEventType().getName()).containsExactlyInAnyOrder(
            "io.ringtap.ChannelOpen", "io.ringtap.Link", "io.ringtap.DeviceGone", "io.ringtap.ChannelClose");
        for (RecordedEvent event : events) {
            switch (event.getEventType().getName()) {
                case "io.ringtap.ChannelOpen" -> {
                    assertThat(event.getString("channel")).isEqualTo("StandInChannel");
                    assertThat(event.getString("failure")).isNull();
                }
                case "io.ringtap.Link" -> assertThat(event.getBoolean("up")).isFalse();
                case "io.ringtap.DeviceGone" -> assertThat(event.getString("cause")).contains("unplugged");
                default -> {
                    assertThat(event.getLong("txFrames")).isOne();
                    assertThat(event.getLong("txBytes")).isEqualTo(60);
                }
            }
            assertThat(event.getString("port")).isNotEqualTo("null");
        }
    }

    @Test
    void tellsWhyADeviceDidNotOpen(@TempDir Path folder) throws Exception {
        List<RecordedEvent> events = record(folder, () -> {
            StandInChannel channel = new StandInChannel(new StandInChannel.Device()) {
                @Override
                protected FrameDevice openDevice(SocketAddress localAddress) throws IOException {
                    throw new IOException("nothing here");
                }
            };
            group.register(channel).sync();
            assertThat(channel.bind(new InetSocketAddress(1)).await().cause()).hasMessage("nothing here");
            channel.close().sync();
        });
        assertThat(events).singleElement().satisfies(event ->
            assertThat(event.getString("failure")).contains("nothing here"));
    }
}

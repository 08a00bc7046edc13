/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

class ConnectionsTest {
    private final List<String> log = new ArrayList<>();
    private long now = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(50);
    private final Connections connections = new Connections(() -> now, log::add);

    private EmbeddedChannel connect() {
        EmbeddedChannel channel = new EmbeddedChannel();
        connections.add(channel);
        return channel;
    }

    private void seconds(int count) {
        now += TimeUnit.SECONDS.toNanos(count);
        connections.tick();
    }

    @Test
    void whoAsksNothingIsClosedAfterHalfAMinute() {
        Channel silent = connect();
        Channel asking = connect();
        seconds(20);
        connections.answering(asking);
        connections.idle(asking);
        seconds(11);
        assertThat(silent.isOpen()).isFalse();
        assertThat(asking.isOpen()).isTrue();
        assertThat(connections.size()).isOne();
        assertThat(connections.closedAsSilent()).isOne();
        seconds(20);
        assertThat(asking.isOpen()).isFalse();
        assertThat(connections.size()).isZero();
    }

    @Test
    void whoDoesNotReadAnAnswerIsClosedAndWhoReadsSlowlyIsNot() {
        Channel deaf = connect();
        Channel slow = connect();
        connections.answering(deaf);
        connections.answering(slow);
        for (int i = 0; i < 4; i++) {
            seconds(20);
            connections.progress(slow);
        }
        assertThat(deaf.isOpen()).isFalse();
        assertThat(slow.isOpen()).isTrue();
        assertThat(connections.closedAsStalled()).isOne();
    }

    @Test
    void whoListensMayWaitAsLongAsItReads() {
        EmbeddedChannel listener = connect();
        connections.listening(listener);
        seconds(100);
        assertThat(listener.isOpen()).isTrue();
        listener.config().setWriteBufferHighWaterMark(64 << 10);
        listener.write(Unpooled.wrappedBuffer(new byte[100_000]));
        connections.progress(listener);
        assertThat(listener.isWritable()).isFalse();
        seconds(20);
        assertThat(listener.isOpen()).isTrue();
        seconds(11);
        assertThat(listener.isOpen()).isFalse();
    }

    @Test
    void tooManyMakeRoomForTheLastOnesAndThatIsToldOnceAMinute() {
        List<Channel> first = new ArrayList<>();
        for (int i = 0; i < Connections.MAX; i++) {
            first.add(connect());
        }
        connections.answering(first.get(0));
        Channel late = connect();
        assertThat(connections.size()).isEqualTo(Connections.MAX);
        assertThat(first.get(1).isOpen()).as("the one that has waited longest").isFalse();
        assertThat(first.get(0).isOpen()).as("one that is being answered").isTrue();
        assertThat(late.isOpen()).isTrue();
        connections.tick();
        assertThat(log).containsExactly("http: 1 connections were closed, those first that had asked nothing for the"
            + " longest time, as more than 256 were open");
        connect();
        connect();
        seconds(10);
        assertThat(log).hasSize(1);
        seconds(51);
        assertThat(log).hasSize(2).last().asString().startsWith("http: 2 connections were closed");
        assertThat(connections.closedAsFull()).isEqualTo(3);
    }

    @Test
    void whereAllAreBusyANewOneIsClosed() {
        for (int i = 0; i < Connections.MAX; i++) {
            connections.answering(connect());
        }
        assertThat(connect().isOpen()).isFalse();
        assertThat(connections.size()).isEqualTo(Connections.MAX);
    }
}

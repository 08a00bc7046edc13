/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.host;

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.examples.UdpFrame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

class TransferTest {
    private static final long BLOCKS = 2000;

    private static UdpFrame.Endpoint endpoint(int host) throws Exception {
        return new UdpFrame.Endpoint(MacAddress.of(0x0200_0000_0000L + host),
            (Inet4Address) InetAddress.getByName("192.0.2." + host), 7000);
    }

    /** Carries frames from one side to the other, and loses some of them. */
    private static void carry(EmbeddedChannel from, EmbeddedChannel to, Random random, int percentLost) {
        for (ByteBuf frame = from.readOutbound(); frame != null; frame = from.readOutbound()) {
            if (random.nextInt(100) < percentLost) {
                frame.release();
            } else {
                to.writeInbound(frame);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 20})
    void arrivesWholeWhateverIsLost(int percentLost) throws Exception {
        Random random = new Random(percentLost);
        TransferSender sender = new TransferSender(endpoint(1), endpoint(2), BLOCKS, TimeUnit.MINUTES.toNanos(1));
        TransferReceiver receiver = new TransferReceiver(endpoint(2), endpoint(1));
        EmbeddedChannel left = new EmbeddedChannel(sender);
        EmbeddedChannel right = new EmbeddedChannel(receiver);
        left.freezeTime();
        for (int rounds = 0; !sender.done().isDone(); rounds++) {
            assertThat(rounds).isLessThan(1_000_000);
            carry(left, right, random, percentLost);
            carry(right, left, random, percentLost);
            left.advanceTimeBy(20, TimeUnit.MILLISECONDS);
            left.runScheduledPendingTasks();
        }
        TransferSender.Sent sent = sender.done().get();
        assertThat(sent.blocks()).isEqualTo(BLOCKS);
        assertThat(sent.digest()).isEqualTo(receiver.digest());
        if (percentLost > 0) {
            assertThat(sent.resent()).isPositive();
        }
        left.finishAndReleaseAll();
        right.finishAndReleaseAll();
    }

    @Test
    void aChangedFrameIsNotTaken() throws Exception {
        TransferSender sender = new TransferSender(endpoint(1), endpoint(2), 1, TimeUnit.MINUTES.toNanos(1));
        EmbeddedChannel left = new EmbeddedChannel(sender);
        EmbeddedChannel right = new EmbeddedChannel(new TransferReceiver(endpoint(2), endpoint(1)));
        ByteBuf frame = left.readOutbound();
        frame.setByte(600, ~frame.getByte(600));
        right.writeInbound(frame);
        ByteBuf answer = right.readOutbound();
        assertThat(answer).isNull();
        left.finishAndReleaseAll();
        right.finishAndReleaseAll();
    }
}

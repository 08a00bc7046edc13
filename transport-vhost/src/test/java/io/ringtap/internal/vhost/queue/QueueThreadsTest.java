/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ByteProcessor;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Both sides of a queue on a thread each, which sleep when they can do nothing: a word that is read too early or too
 * late is a wrong frame, or a side that sleeps for ever.
 */
class QueueThreadsTest {
    private static final int FRAMES = 20_000;
    /** Each octet of a frame is its number's lowest. */
    private static final int LONGEST = 100;

    static List<Arguments> queues() {
        List<Arguments> all = new ArrayList<>();
        for (int bits = 0; bits < 8; bits++) {
            all.add(Arguments.of(new QueueFeatures((bits & 1) != 0, false, (bits & 2) != 0, false), (bits & 4) != 0));
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("queues")
    @Timeout(60)
    void nothingIsReadBeforeItIsWritten(QueueFeatures features, boolean toDriver) throws Exception {
        // Small, so that both sides wait often.
        QueuePair pair = new QueuePair(features, new DriverQueueLayout(16, 128), QueuePair.header(0, true),
            QueuePair.header(0, true), toDriver);
        Semaphore forReader = new Semaphore(0);
        Semaphore forWriter = new Semaphore(0);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<Void> writer = threads.submit((Callable<Void>) () -> write(pair.output, forWriter, forReader));
            Future<Void> reader = threads.submit((Callable<Void>) () -> read(pair.input, forReader, forWriter));
            writer.get();
            reader.get();
        } finally {
            threads.shutdownNow();
        }
        assertThat(pair.input.fault()).isNull();
        assertThat(pair.output.fault()).isNull();
    }

    private static int length(int number) {
        return NetHeader.ETHERNET + number * 31 % (LONGEST - NetHeader.ETHERNET);
    }

    private static void sleep(Semaphore until, String who, int number) throws InterruptedException {
        assertThat(until.tryAcquire(20, TimeUnit.SECONDS)).as("%s sleeps for ever at frame %d", who, number).isTrue();
    }

    private static Void write(FrameOutput output, Semaphore own, Semaphore others) throws Exception {
        ByteBuf frame = Unpooled.directBuffer(LONGEST);
        output.suppressNotifications();
        for (int number = 0; number < FRAMES;) {
            frame.clear();
            for (int i = 0; i < length(number); i++) {
                frame.writeByte(number);
            }
            if (output.write(frame) == FrameOutput.WRITTEN) {
                number++;
                if (number % 3 != 0 && number != FRAMES) {
                    continue;
                }
            } else if (!output.publish() && !output.requestNotifications()) {
                sleep(own, "the writer", number);
                output.suppressNotifications();
                continue;
            } else {
                others.release();
                continue;
            }
            if (output.publish()) {
                others.release();
            }
        }
        frame.release();
        return null;
    }

    private static Void read(FrameInput input, Semaphore own, Semaphore others) throws Exception {
        ByteBuf frame = Unpooled.directBuffer(LONGEST);
        input.suppressNotifications();
        for (int number = 0; number < FRAMES;) {
            int count = input.take(5);
            for (int i = 0; i < count; i++, number++) {
                long taken = input.next() - count + i;
                frame.clear();
                input.read(taken, frame);
                assertThat(frame.readableBytes()).isEqualTo(length(number));
                assertThat(frame.forEachByte(only((byte) number))).as("frame %d", number).isEqualTo(-1);
                input.giveBack(taken);
            }
            if (input.publish()) {
                others.release();
            }
            if (count == 0 && !input.requestNotifications()) {
                sleep(own, "the reader", number);
                input.suppressNotifications();
            }
        }
        frame.release();
        return null;
    }

    private static ByteProcessor only(byte octet) {
        return value -> value == octet;
    }
}

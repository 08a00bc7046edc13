/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.testkit.LeakExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/** A driver against a device, in every combination of what they can agree on, and round their rings several times. */
@ExtendWith(LeakExtension.class)
class VirtqueueTest {
    private static final int BUFFER = 256;
    private static final int[] HEADERS = {0, 10, 12};

    private final ByteBuf written = Unpooled.directBuffer(70_000);
    private final ByteBuf read = Unpooled.directBuffer(70_000);

    @AfterEach
    void release() {
        written.release();
        read.release();
    }

    static List<Arguments> combinations() {
        List<Arguments> all = new ArrayList<>();
        for (int bits = 0; bits < 16; bits++) {
            QueueFeatures features =
                new QueueFeatures((bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0);
            int[] sizes = features.packed() ? new int[] {1, 7, 64, 100, 1024} : new int[] {1, 2, 64, 256, 1024};
            for (int size : sizes) {
                all.add(Arguments.of(features, size, true));
                all.add(Arguments.of(features, size, false));
            }
        }
        return all;
    }

    /** Frames go in by turns of any length, and the side that waits looks only if it was notified. */
    @ParameterizedTest
    @MethodSource("combinations")
    void framesComeWholeAndNoSideWaitsForEver(QueueFeatures features, int size, boolean mergeable) {
        for (boolean toDriver : new boolean[] {true, false}) {
            Random random = new Random(size);
            int from = HEADERS[random.nextInt(3)];
            int to = HEADERS[random.nextInt(3)];
            QueuePair pair = new QueuePair(features, new DriverQueueLayout(size, BUFFER),
                QueuePair.header(from, mergeable), QueuePair.header(to, mergeable), toDriver);
            // What a queue can hold differs: several buffers a frame, a table, or one buffer.
            int parts = toDriver ? mergeable ? size : 1 : size;
            int longest = Math.min(parts, 6) * BUFFER - 12;
            new Exchange(pair, from, to, random, longest).run(3 * size + 70);
        }
    }

    /** One writer and one reader, each of which goes to sleep when it can do nothing. */
    private final class Exchange {
        private final QueuePair pair;
        private final int from;
        private final int to;
        private final Random random;
        private final int longest;
        private final List<Long> lent = new ArrayList<>();
        private int sent;
        private int received;
        private boolean readerAsleep;
        private boolean writerAsleep;

        Exchange(QueuePair pair, int from, int to, Random random, int longest) {
            this.pair = pair;
            this.from = from;
            this.to = to;
            this.random = random;
            this.longest = longest;
        }

        void run(int frames) {
            pair.input.suppressNotifications();
            pair.output.suppressNotifications();
            while (received < frames) {
                int before = sent + received;
                if (!writerAsleep && sent < frames) {
                    write(1 + random.nextInt(frames));
                }
                if (!readerAsleep) {
                    readSome(1 + random.nextInt(frames));
                }
                assertThat(pair.input.fault()).isNull();
                assertThat(pair.output.fault()).isNull();
                assertThat(readerAsleep && (writerAsleep || sent == frames)).as("both sides wait at %d of %d, %d", sent,
                    frames, received).isFalse();
                assertThat(sent + received > before || !readerAsleep || !writerAsleep).isTrue();
            }
            assertThat(pair.input.takeDropped()).isZero();
        }

        private void write(int max) {
            int end = Math.min(sent + max, received + 10_000);
            int result = FrameOutput.WRITTEN;
            while (sent < end) {
                NumberedFrames.put(written, from, sent, NumberedFrames.length(sent, longest));
                result = pair.output.write(written);
                if (result != FrameOutput.WRITTEN) {
                    break;
                }
                sent++;
            }
            assertThat(result).isIn(FrameOutput.WRITTEN, FrameOutput.FULL);
            if (pair.output.publish()) {
                readerAsleep = false;
            }
            if (result == FrameOutput.FULL) {
                writerAsleep = !pair.output.requestNotifications();
                if (!writerAsleep) {
                    pair.output.suppressNotifications();
                }
            }
        }

        private void readSome(int max) {
            int count = pair.input.take(Math.min(max, 64));
            for (int i = 0; i < count; i++) {
                long frame = pair.input.next() - count + i;
                int length = NumberedFrames.length(received, longest);
                assertThat(pair.input.length(frame)).isEqualTo(to + length);
                if (random.nextBoolean()) {
                    long word = pair.input.getLong(frame, to);
                    read.clear();
                    pair.input.read(frame, read);
                    assertThat(word).isEqualTo(read.getLong(to));
                } else {
                    read.clear();
                    pair.input.read(frame, read);
                }
                NumberedFrames.check(read, to, from, received, length);
                received++;
                lent.add(frame);
            }
            // Not in the order in which they came.
            while (!lent.isEmpty() && (count == 0 || random.nextInt(4) != 0)) {
                pair.input.giveBack(lent.remove(random.nextInt(lent.size())));
            }
            if (pair.input.publish()) {
                writerAsleep = false;
            }
            if (count == 0) {
                readerAsleep = !pair.input.requestNotifications();
                if (!readerAsleep) {
                    pair.input.suppressNotifications();
                }
            }
        }
    }
}

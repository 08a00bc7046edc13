/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import io.ringtap.internal.vhost.memory.BufferMemory;
import io.ringtap.testkit.LeakExtension;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.BitSet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What {@link FrameInput} and {@link FrameOutput} promise beside the passage of frames. */
@ExtendWith(LeakExtension.class)
class FrameQueueTest {
    private static final int BUFFER = 256;

    private static QueueFeatures features(boolean packed) {
        return new QueueFeatures(packed, true, true, false);
    }

    private static QueuePair pair(boolean packed, int from, int to, boolean toDriver) {
        return new QueuePair(features(packed), new DriverQueueLayout(64, BUFFER), QueuePair.header(from, true),
            QueuePair.header(to, true), toDriver);
    }

    /** From one queue to another, with any two headers, and frames in one part and in several. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFrameGoesFromQueueToQueue(boolean packed) {
        ByteBuf frame = Unpooled.directBuffer(4096);
        int number = 0;
        for (int from : new int[] {0, 10, 12}) {
            for (int to : new int[] {0, 10, 12}) {
                QueuePair first = pair(packed, from, 12, false);
                // Both ports of a bridge have the header of its pipelines.
                QueuePair second = new QueuePair(features(packed), new DriverQueueLayout(64, BUFFER),
                    QueuePair.header(12, true), QueuePair.header(to, true), true);
                for (int i = 0; i < 100; i++) {
                    int length = NumberedFrames.length(++number, 1500);
                    assertThat(first.output.write(NumberedFrames.put(frame, from, number, length))).isEqualTo(1);
                    first.output.publish();
                    assertThat(first.input.take(1)).isEqualTo(1);
                    long taken = first.input.next() - 1;
                    if (i % 2 == 0) {
                        first.input.getLong(taken, 12);
                    }
                    assertThat(second.output.write(first.input, taken)).isEqualTo(FrameOutput.WRITTEN);
                    first.input.giveBack(taken);
                    first.input.publish();
                    second.output.publish();
                    assertThat(second.input.take(64)).isEqualTo(1);
                    frame.clear();
                    second.input.read(second.input.next() - 1, frame);
                    NumberedFrames.check(frame, to, from, number, length);
                    second.input.giveBack(second.input.next() - 1);
                    second.input.publish();
                }
            }
        }
        frame.release();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFrameThatWasReleasedLeavesTheQueueAsItWas(boolean packed) {
        for (boolean toDriver : new boolean[] {false, true}) {
            QueuePair pair = pair(packed, 12, 12, toDriver);
            ByteBuf released = Unpooled.directBuffer(2000).writeZero(1000);
            released.release();
            assertThatThrownBy(() -> pair.output.write(released)).isInstanceOf(IllegalReferenceCountException.class);

            ByteBuf frame = Unpooled.buffer(2000);
            for (int i = 0; i < 200; i++) {
                assertThat(pair.output.write(NumberedFrames.put(frame, 12, i, 1000))).isEqualTo(FrameOutput.WRITTEN);
                pair.output.publish();
                assertThat(pair.input.take(64)).isEqualTo(1);
                assertThat(pair.input.isLent(i)).isTrue();
                frame.clear();
                pair.input.read(i, frame);
                NumberedFrames.check(frame, 12, 12, i, 1000);
                pair.input.giveBack(i);
                assertThat(pair.input.isLent(i)).isFalse();
                pair.input.publish();
            }
            frame.release();
        }
    }

    /** A lent frame stays the same while others come and go, and no more are lent than can be remembered. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFrameIsLentForAsLongAsItTakes(boolean packed) {
        QueuePair pair = pair(packed, 0, 0, false);
        ByteBuf frame = Unpooled.directBuffer(2000);
        for (int i = 0; i < 64; i++) {
            assertThat(pair.output.write(NumberedFrames.put(frame, 0, i, 100))).isEqualTo(FrameOutput.WRITTEN);
        }
        assertThat(pair.output.write(frame)).isEqualTo(FrameOutput.FULL);
        pair.output.publish();
        assertThat(pair.input.take(1000)).isEqualTo(64);
        for (int i = 1; i < 64; i++) {
            pair.input.giveBack(i);
        }
        pair.input.publish();
        assertThat(pair.input.lent()).isEqualTo(1);
        assertThat(pair.input.take(1)).as("frames behind one that is lent").isZero();

        frame.clear();
        pair.input.read(0, frame);
        NumberedFrames.check(frame, 0, 0, 0, 100);
        pair.input.giveBack(0);
        pair.input.publish();
        assertThat(pair.output.write(frame)).isEqualTo(FrameOutput.WRITTEN);
        frame.release();
    }

    /** A page is marked before the driver can learn that it was written. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatTheDeviceWritesIsLogged(boolean packed) {
        QueuePair pair = pair(packed, 12, 12, true);
        BitSet logged = new BitSet();
        pair.device.log((address, length) -> {
            int at = (int) (address - QueuePair.ADDRESS);
            logged.set(at, at + length);
        }, null);
        ByteBuf before = Unpooled.copiedBuffer(pair.bytes);
        ByteBuf frame = Unpooled.directBuffer(2000);
        pair.output.write(NumberedFrames.put(frame, 12, 7, 1000));
        ByteBuf after = Unpooled.copiedBuffer(pair.bytes);

        BitSet changed = new BitSet();
        int buffers = pair.bytes.capacity() - 64 * BUFFER;
        for (int i = buffers - 256; i < after.readableBytes(); i++) {
            changed.set(i, before.getByte(i) != after.getByte(i));
        }
        changed.andNot(logged);
        assertThat(changed.isEmpty()).as("octets that were written and not logged: %s", changed).isTrue();
        assertThat(logged.cardinality()).isGreaterThanOrEqualTo(1012);
        frame.release();
    }

    /** A queue is stopped with GET_VRING_BASE and goes on elsewhere: another device, a migrated guest. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anotherDeviceGoesOnWhereOneHasStopped(boolean packed) {
        QueuePair pair = pair(packed, 12, 12, false);
        ByteBuf frame = Unpooled.directBuffer(2000);
        FrameInput input = pair.input;
        int base = 0;
        for (int i = 0; i < 500; i++) {
            assertThat(pair.output.write(NumberedFrames.put(frame, 12, i, 300))).isEqualTo(FrameOutput.WRITTEN);
            pair.output.publish();
            assertThat(input.take(64)).isEqualTo(1);
            frame.clear();
            input.read(input.next() - 1, frame);
            NumberedFrames.check(frame, 12, 12, i, 300);
            input.giveBack(input.next() - 1);
            input.publish();
            if (i % 7 == 0) {
                base = (i == 0 ? pair.device : ((DeviceFrameInput) input).device()).base();
                VirtqueueDevice next = VirtqueueDevice.of(pair.driver.ring(), features(packed),
                    new BufferMemory(pair.bytes, QueuePair.ADDRESS), base);
                assertThat(next.base()).isEqualTo(base);
                input = new DeviceFrameInput(next, QueuePair.header(12, true));
            }
        }
        frame.release();
    }

    /** What the device can say to a driver that cannot be. */
    enum Lie {
        /** More used than available. */
        INDEX,
        /** A chain that the device does not have. */
        UNKNOWN,
        /** A number that no chain has. */
        NO_CHAIN,
        /** More written than the buffer holds. */
        LONG,
        /** A frame of more buffers than there are. */
        SPREAD
    }

    @ParameterizedTest
    @EnumSource
    void aDriverStopsIfTheDeviceLies(Lie lie) {
        for (boolean packed : new boolean[] {false, true}) {
            QueuePair pair = pair(packed, 12, 12, true);
            QueueRing ring = pair.driver.ring();
            ChainParts parts = new ChainParts(512);
            int chain = pair.device.take(parts, true);
            parts.window(0).putShort(parts.offset(0) + 10, (short) (lie == Lie.SPREAD ? 65 : 1));
            switch (lie) {
                case UNKNOWN -> {
                    pair.device.complete(chain, 100);
                    pair.device.publish();
                    assertThat(pair.input.take(1)).isEqualTo(1);
                    pair.device.take(parts, true);
                    pair.device.complete(chain, 100);
                }
                case NO_CHAIN -> pair.device.complete(chain & ~0xffff | 0xfff0, 100);
                case LONG -> pair.device.complete(chain, BUFFER + 1);
                case SPREAD -> pair.device.complete(chain, 100);
                default -> {
                    if (packed) {
                        // A packed ring has no index.
                        pair.device.complete(chain & ~0xffff | 0xfff0, 100);
                    } else {
                        ring.deviceArea().putShort(2, (short) 65);
                    }
                }
            }
            pair.device.publish();

            pair.input.take(64);
            assertThat(pair.input.fault()).as("packed %s", packed).isNotNull();
            assertThat(pair.input.take(64)).isZero();
            assertThat(pair.input.requestNotifications()).isFalse();
        }
    }
}

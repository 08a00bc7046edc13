/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.testkit.Await;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.LoopTurns;
import io.ringtap.testsuite.TestLoops;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.remote.FreeBsdCalls;
import io.ringtap.testsuite.remote.FreeBsdMachine;
import io.ringtap.testsuite.remote.RequiresFreeBsd;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** How many system calls a frame takes on a FreeBSD kernel, as the agent there counts them. */
@RequiresFreeBsd
class FreeBsdSystemCallsTest {
    /** No more than the queue of the interface has room for, so that all lie there when the first is read. */
    private static final int FRAMES = 40;
    /** For a turn or two that finds nothing, and, on poll, for the pipe that wakes the loop up. */
    private static final int FEW = 10;

    private static FreeBsdMachine machine;

    private FreeBsdTestbed testbed;
    private EventLoopGroup group;
    private TapChannel channel;
    private FrameCollector collector;

    @BeforeAll
    static void use(FreeBsdMachine inUse) {
        machine = inUse;
    }

    static Stream<Arguments> loops() {
        return TestLoops.available().flatMap(loop -> Stream.of(Arguments.of(loop, false), Arguments.of(loop, true)));
    }

    private void open(TestLoop loop, boolean superFrames) throws Exception {
        group = LoopTurns.newGroup(1, loop.factory());
        testbed = new FreeBsdTestbed(machine, "tap");
        channel = (TapChannel) testbed.newChannel();
        if (superFrames) {
            channel.config().setOption(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE);
            channel.config().setOption(FrameChannelOption.OFFLOADS,
                VirtioNetOffloads.of(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4, VirtioNetOffload.TSO6));
        }
        collector = new FrameCollector();
        if (!superFrames) {
            channel.pipeline().addLast(collector);
        }
        group.register(channel).sync();
        channel.bind(testbed.address()).sync();
        LoopTurns.settle(channel.eventLoop());
    }

    @AfterEach
    void close() throws Exception {
        channel.close().await(10, TimeUnit.SECONDS);
        group.shutdownGracefully(0, 10, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
        testbed.close();
    }

    private long made(long[] before, int... numbers) throws Exception {
        long[] after = machine.session().counts();
        long made = 0;
        for (int number : numbers) {
            made += after[number] - before[number];
        }
        return made;
    }

    @ParameterizedTest(name = "{0}, super-frames: {1}")
    @MethodSource("loops")
    void aFrameIsReadByOneCallAndIsAskedForWhereItMayBeLong(TestLoop loop, boolean superFrames) throws Exception {
        open(loop, superFrames);
        long received = channel.stats().rxFrames();
        long[] before = channel.eventLoop().submit(() -> {
            for (int i = 0; i < FRAMES; i++) {
                testbed.send(TestFrames.frame(i));
            }
            return machine.session().counts();
        }).get();
        Await.await("all frames", () -> channel.stats().rxFrames() - received == FRAMES);
        long waits = made(before, FreeBsdCalls.KEVENT, FreeBsdCalls.PPOLL);
        LoopTurns.settle(channel.eventLoop());
        String what = loop + (superFrames ? ", with super-frames" : "");
        assertThat(made(before, FreeBsdCalls.READ)).as("reads on %s", what).isBetween((long) FRAMES, FRAMES + 3L * FEW);
        // Where that takes long, the channel looks at its interface meanwhile, which takes some more.
        assertThat(made(before, FreeBsdCalls.IOCTL)).as("FIONREAD on %s", what)
            .isBetween(superFrames ? FRAMES : 0L, (superFrames ? 2 * FRAMES : FRAMES) - 1L);
        System.out.println("System calls for " + FRAMES + " frames that were received on " + what + ": "
            + made(before, FreeBsdCalls.READ) + " read, " + made(before, FreeBsdCalls.IOCTL) + " ioctl, "
            + waits + " waits");
    }

    @ParameterizedTest(name = "{0}, super-frames: {1}")
    @MethodSource("loops")
    void aFrameIsWrittenByOneCall(TestLoop loop, boolean superFrames) throws Exception {
        open(loop, superFrames);
        int header = superFrames ? VnetHeaderLength.MERGEABLE.bytes() : 0;
        long[] before = machine.session().counts();
        ChannelFuture last = channel.eventLoop().submit(() -> {
            for (int i = 1; i < FRAMES; i++) {
                channel.write(Unpooled.directBuffer().writeZero(header).writeBytes(TestFrames.frame(i)));
            }
            return channel.writeAndFlush(Unpooled.directBuffer().writeZero(header).writeBytes(TestFrames.frame(0)));
        }).get();
        last.sync();
        assertThat(made(before, FreeBsdCalls.WRITE, FreeBsdCalls.WRITEV)).as("writes on %s", loop)
            .isBetween((long) FRAMES, (long) FRAMES + FEW);
        assertThat(made(before, FreeBsdCalls.IOCTL)).as("ioctls on %s", loop).isLessThan(FRAMES);
        System.out.println("System calls for " + FRAMES + " frames that were sent on " + loop + ": "
            + made(before, FreeBsdCalls.WRITE, FreeBsdCalls.WRITEV) + " write, "
            + made(before, FreeBsdCalls.KEVENT, FreeBsdCalls.PPOLL) + " waits");
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.FrameChannel;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.Await;
import io.ringtap.testkit.OpenDescriptors;
import io.ringtap.testkit.TestFrames;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * A channel leaves its event loop, is registered with another, and is closed, in any order, while frames are on their
 * way. Everything has to happen on one event loop at a time. Each event has to come once, and each promise has to be
 * completed truthfully.
 */
abstract class HandOverSuite extends ChannelTests {
    private static final int FRAMES = 40;

    private EventLoopGroup first;
    private EventLoopGroup second;

    /** Remembers the events, and separately those that came on another thread than the channel's. */
    private static final class Witness extends ChannelInboundHandlerAdapter {
        private final List<String> events = new CopyOnWriteArrayList<>();
        private final List<String> elsewhere = new CopyOnWriteArrayList<>();
        private final List<Throwable> exceptions = new CopyOnWriteArrayList<>();

        private void heard(ChannelHandlerContext ctx, String event) {
            events.add(event);
            if (!ctx.channel().eventLoop().inEventLoop()) {
                elsewhere.add(event + " on " + Thread.currentThread().getName());
            }
        }

        @Override
        public void channelRegistered(ChannelHandlerContext ctx) {
            heard(ctx, "registered");
        }

        @Override
        public void channelUnregistered(ChannelHandlerContext ctx) {
            heard(ctx, "unregistered");
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            heard(ctx, "active");
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            heard(ctx, "inactive");
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            if (TestFrames.isOurs(ByteBufUtil.getBytes((ByteBuf) msg))) {
                heard(ctx, "read");
            }
            ((ByteBuf) msg).release();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            exceptions.add(cause);
        }

        int count(String event) {
            return Collections.frequency(events, event);
        }
    }

    /** One channel, and the operations that were requested. */
    private final class Course {
        private final Witness witness = new Witness();
        private final FrameChannel channel = testbed().newChannel();
        private final List<ChannelFuture> written = new ArrayList<>();
        private final List<ChannelFuture> asked = new CopyOnWriteArrayList<>();
        private ChannelFuture deregistered;

        Course() throws Exception {
            channel.pipeline().addLast(witness);
            first.register(channel).sync();
            bind(channel);
        }

        void writeOnLoop() {
            for (int i = 0; i < FRAMES; i++) {
                written.add(channel.write(Unpooled.directBuffer(60).writeBytes(TestFrames.frame(i))));
            }
            channel.flush();
        }

        /**
         * One step: D deregisters, R registers with the second loop, C closes; 1 and 2 shut the first and the second
         * loop down.
         */
        void step(char step) {
            switch (step) {
                case 'D' -> {
                    deregistered = channel.deregister();
                    asked.add(deregistered);
                }
                case 'R' -> {
                    if (deregistered == null || deregistered.isDone()) {
                        asked.add(second.register(channel));
                    } else {
                        ChannelPromise registered = channel.newPromise();
                        asked.add(registered);
                        deregistered.addListener(done -> second.register(channel).addListener(
                            result -> registered.setSuccess()));
                    }
                }
                case 'C' -> asked.add(channel.close());
                case '1' -> shutDown(first);
                default -> shutDown(second);
            }
        }

        /** Asserts what has to be true of a channel that has been closed. */
        void assertClosed() throws Exception {
            assertThat(channel.closeFuture().await(Await.PATIENCE_MILLIS)).as("it closes, after %s", witness.events)
                .isTrue();
            for (ChannelFuture future : asked) {
                assertThat(future.await(Await.PATIENCE_MILLIS)).as("an answer, after %s", witness.events).isTrue();
            }
            await("the end of the channel", () -> witness.count("inactive") > 0
                && witness.count("unregistered") == witness.count("registered"));
            assertPromises();
            // An event that comes once too often comes late.
            settle(first);
            settle(second);
            assertThat(witness.events.stream().filter("inactive"::equals)).as("%s", witness.events).hasSize(1);
            assertThat(witness.events.stream().filter("active"::equals)).as("%s", witness.events).hasSize(1);
            assertThat(witness.count("unregistered")).as("%s", witness.events).isEqualTo(witness.count("registered"));
            assertThat(witness.elsewhere).isEmpty();
            assertThat(witness.exceptions).isEmpty();
            assertThat(channel.isOpen()).isFalse();
        }

        private void assertPromises() throws Exception {
            List<Long> sent = new ArrayList<>();
            for (int i = 0; i < written.size(); i++) {
                if (causeOf(written.get(i)) == null) {
                    sent.add((long) i);
                }
            }
            List<Long> received = new ArrayList<>();
            for (byte[] frame; (frame = testbed().receive(received.size() < sent.size() ? 5000 : 5)) != null;) {
                received.add(TestFrames.number(frame));
            }
            assertThat(received).isEqualTo(sent);
        }
    }

    private static void settle(EventLoopGroup group) throws InterruptedException {
        if (group.isShuttingDown()) {
            assertThat(group.terminationFuture().await(Await.PATIENCE_MILLIS)).as("the loop ends").isTrue();
        } else {
            LoopTurns.settle(group);
        }
    }

    @BeforeEach
    final void openGroups() {
        testbed().outliveChannels();
        first = loop.newGroup(1);
        second = loop.newGroup(1);
    }

    @AfterEach
    final void closeGroups() throws Exception {
        first.shutdownGracefully(0, 10, TimeUnit.SECONDS);
        second.shutdownGracefully(0, 10, TimeUnit.SECONDS);
        first.terminationFuture().await(Await.PATIENCE_MILLIS);
        second.terminationFuture().await(Await.PATIENCE_MILLIS);
    }

    /**
     * There is no quiet period if the IoHandler is Ringtap's own. Other loops may then end before they have closed
     * everything.
     */
    private void shutDown(EventLoopGroup group) {
        boolean own = loop.spins() || loop.kind() == FrameLoop.POLL;
        group.shutdownGracefully(own ? 0 : 20, 10_000, TimeUnit.MILLISECONDS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"DRC", "DCR", "RDC", "RCD", "CDR", "CRD", "DC", "CD", "C", "DRDC", "DRCD"})
    void stepsTakenOnTheFirstLoop(String steps) throws Exception {
        for (int run = 0; run < 3; run++) {
            Course course = new Course();
            onLoop(course.channel, () -> {
                course.writeOnLoop();
                steps.chars().forEach(step -> course.step((char) step));
                return null;
            });
            course.assertClosed();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"DRC", "DCR", "RDC", "RCD", "CDR", "CRD", "DC", "CD", "DRDC", "DRCD"})
    void stepsTakenByAnotherThread(String steps) throws Exception {
        for (int run = 0; run < 3; run++) {
            Course course = new Course();
            course.channel.eventLoop().execute(course::writeOnLoop);
            for (char step : steps.toCharArray()) {
                course.step(step);
                if (step == 'D' && steps.contains("DR")) {
                    // For the others, a registration has to wait for this, or is refused.
                    course.deregistered.await(Await.PATIENCE_MILLIS);
                }
            }
            course.assertClosed();
        }
    }

    @Test
    void aRegistrationThatTheCloseComesIntoFails() throws Exception {
        int refused = 0;
        for (int run = 0; run < 10; run++) {
            Course course = new Course();
            ChannelFuture[] registered = new ChannelFuture[1];
            onLoop(course.channel, () -> {
                course.writeOnLoop();
                course.channel.deregister().addListener(done -> {
                    // The close comes first, on the old event loop, on which frames may still be on their way.
                    course.channel.close();
                    registered[0] = second.register(course.channel);
                });
                return null;
            });
            await("the registration", () -> registered[0] != null && registered[0].isDone());
            refused += registered[0].isSuccess() ? 0 : 1;
            assertThat(course.channel.closeFuture().isDone()).as("closed when the registration fails").isTrue();
            course.assertClosed();
        }
        assertThat(refused).isEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "C1", "DR1C", "DRC1", "DR2", "DR2C", "DRC2"})
    void aLoopShutsDownInBetween(String steps) throws Exception {
        Course course = new Course();
        onLoop(course.channel, () -> {
            course.writeOnLoop();
            return null;
        });
        for (char step : steps.toCharArray()) {
            course.step(step);
            if (step == 'D') {
                course.deregistered.await(Await.PATIENCE_MILLIS);
            }
        }
        course.assertClosed();
    }

    @Test
    void theLoopThatIsLeftMayEndBeforeTheNextIsThere() throws Exception {
        Course course = new Course();
        onLoop(course.channel, () -> {
            course.writeOnLoop();
            return course.channel.deregister();
        }).sync();
        shutDown(first);
        assertThat(first.terminationFuture().await(Await.PATIENCE_MILLIS)).isTrue();
        second.register(course.channel).sync();
        ChannelFuture last = course.channel.writeAndFlush(
            Unpooled.directBuffer(60).writeBytes(TestFrames.frame(FRAMES)));
        course.written.add(last);
        assertThat(causeOf(last)).isNull();
        course.step('C');
        course.assertClosed();
    }

    @Test
    void aLoopThatHasEndedTakesNoChannelAndTheDeviceIsClosed() throws Exception {
        Course course = new Course();
        long before = OpenDescriptors.ofTaps();
        course.channel.deregister().sync();
        ChannelFuture written = course.channel.write(Unpooled.directBuffer(60).writeBytes(TestFrames.frame(0)));
        shutDown(second);
        assertThat(second.terminationFuture().await(Await.PATIENCE_MILLIS)).isTrue();
        ChannelFuture refused = second.register(course.channel);
        assertThat(refused.await(Await.PATIENCE_MILLIS)).isTrue();
        assertThat(refused.cause()).isNotNull();
        assertThat(course.channel.isOpen()).isFalse();
        assertThat(causeOf(written)).isNotNull();
        if (testbed().needsDescriptor()) {
            assertThat(OpenDescriptors.settle(before - 1)).isLessThan(before);
        }
    }

    @Test
    void aTaskThatWasLeftBehindOnTheFirstLoopTakesNoReadFromTheSecond() throws Exception {
        Course course = new Course();
        FrameChannel channel = course.channel;
        onLoop(channel, () -> {
            channel.deregister().addListener(left -> {
                CountDownLatch asked = new CountDownLatch(1);
                second.register(channel).addListener(done -> {
                    channel.read();
                    asked.countDown();
                });
                // The remaining work of the first loop waits meanwhile, unless the second loop waits for the first.
                asked.await(1, TimeUnit.SECONDS);
            });
            // It comes after the end of the registration, in the queue of this loop.
            Thread other = new Thread(() -> channel.config().setAutoRead(false));
            other.start();
            other.join();
            return null;
        });
        await("the second loop", () -> course.witness.count("registered") == 2);
        first.submit(() -> { }).sync();
        onLoop(channel, () -> null);
        testbed().send(TestFrames.frame(1));
        await("the frame that was asked for", () -> course.witness.count("read") == 1);
        course.step('C');
        course.assertClosed();
    }

    @Test
    void framesReadAheadAreFreedThoughTheDeviceIsGoneWhenTheNextLoopTakesOver() throws Exception {
        Course course = new Course();
        course.channel.config().setAutoRead(false);
        onLoop(course.channel, () -> {
            send(1, 20);
            course.channel.read();
            return null;
        });
        course.channel.deregister().sync();
        second.register(course.channel).sync();
        // The leak detector finds buffers that neither the pipeline nor the close has released.
        course.step('C');
        course.assertClosed();
    }
}

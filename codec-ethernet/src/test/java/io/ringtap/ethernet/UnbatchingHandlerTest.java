/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static io.ringtap.ethernet.SampleFrames.numberOf;
import static io.ringtap.ethernet.SampleFrames.numbered;
import static org.assertj.core.api.Assertions.assertThat;

class UnbatchingHandlerTest {
    /** What the next handler gets: numbers of frames, other messages, and {@code |} at the end of a round. */
    private final List<Object> seen = new ArrayList<>();
    private final UnbatchingHandler unbatching = new UnbatchingHandler();
    private int reads;
    private Action action = (ctx, number) -> { };
    private EmbeddedChannel channel = channel();

    /** What the next handler does when it gets a frame. */
    private interface Action {
        void onFrame(ChannelHandlerContext ctx, int number);
    }

    private EmbeddedChannel channel() {
        return new EmbeddedChannel(new ChannelDuplexHandler() {
            @Override
            public void read(ChannelHandlerContext ctx) {
                reads++;
                ctx.read();
            }
        }, unbatching, new SimpleChannelInboundHandler<ByteBuf>() {
            @Override
            protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
                int number = numberOf(frame);
                seen.add(number);
                action.onFrame(ctx, number);
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                seen.add("|");
                ctx.fireChannelReadComplete();
            }
        }, new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                seen.add(message);
            }
        });
    }

    private static FrameBatch batch(int first, int count) {
        FrameBatch batch = FrameBatch.newInstance();
        for (int i = first; i < first + count; i++) {
            batch.add(numbered(i, 60));
        }
        return batch;
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private void autoRead(boolean on) {
        channel.config().setAutoRead(on);
        channel.runPendingTasks();
    }

    private void read() {
        channel.read();
        channel.runPendingTasks();
    }

    @Test
    void aHandlerOfSingleFramesWorksWithBatches() {
        channel.writeInbound(batch(0, 3), numbered(3, 60), "other", batch(4, 2), FrameBatch.newInstance());
        assertThat(seen).containsExactly(0, 1, 2, 3, "other", 4, 5, "|");
    }

    @Test
    void aReadBringsOneFrame() {
        autoRead(false);
        reads = 0;
        read();
        channel.writeInbound(batch(0, 3));
        assertThat(reads).isEqualTo(1);
        assertThat(seen).containsExactly(0, "|");
        read();
        assertThat(seen).containsExactly(0, "|", 1, "|");
        read();
        assertThat(seen).containsExactly(0, "|", 1, "|", 2, "|");
        assertThat(reads).as("a frame was there").isEqualTo(1);
        read();
        assertThat(reads).as("nothing waits any more").isEqualTo(2);
        assertThat(seen).hasSize(6);
    }

    @Test
    void aReadFromWithinAFrameIsAnsweredInTheNextRound() {
        autoRead(false);
        action = (ctx, number) -> {
            ctx.read();
            assertThat(seen.get(seen.size() - 1)).as("no frame from within read()").isEqualTo(number);
        };
        reads = 0;
        channel.writeInbound(batch(0, 3));
        assertThat(seen).containsExactly(0, "|", 1, "|", 2, "|");
        assertThat(reads).as("the last one is for the channel").isEqualTo(1);
    }

    @Test
    void severalReadsForOneFrameAreOne() {
        autoRead(false);
        action = (ctx, number) -> {
            if (number == 0) {
                ctx.read();
                ctx.read();
            }
        };
        channel.writeInbound(batch(0, 4));
        assertThat(seen).containsExactly(0, "|", 1, "|");
    }

    @Test
    void turningAutoReadOffStopsInTheMiddleOfABatchAndOnBringsTheRest() {
        action = (ctx, number) -> {
            if (number == 1) {
                ctx.channel().config().setAutoRead(false);
            }
        };
        channel.writeInbound(batch(0, 5));
        assertThat(seen).containsExactly(0, 1, "|");
        channel.writeInbound(numbered(5, 60), "other", batch(6, 2));
        assertThat(seen).as("what arrives meanwhile waits behind it").containsExactly(0, 1, "|", "|");
        reads = 0;
        autoRead(true);
        assertThat(seen).containsExactly(0, 1, "|", "|", 2, 3, 4, 5, "other", 6, 7, "|");
        assertThat(reads).as("the channel is asked again").isPositive();
    }

    @Test
    void autoReadMayBeTurnedOffAgainWhileTheRestIsHandedOn() {
        action = (ctx, number) -> ctx.channel().config().setAutoRead(false);
        channel.writeInbound(batch(0, 3));
        assertThat(seen).containsExactly(0, "|");
        reads = 0;
        autoRead(true);
        assertThat(seen).containsExactly(0, "|", 1, "|");
        assertThat(reads).as("a frame waits still").isZero();
        autoRead(true);
        assertThat(seen).containsExactly(0, "|", 1, "|", 2, "|");
    }

    @Test
    void aBatchFromWithinABatchWaitsForItsTurn() {
        action = (ctx, number) -> {
            if (number == 0) {
                ctx.pipeline().fireChannelRead(batch(10, 2));
                ctx.pipeline().fireChannelRead("other");
            }
        };
        channel.writeInbound(batch(0, 3));
        assertThat(seen).containsExactly(0, 1, 2, 10, 11, "other", "|");
    }

    @Test
    void anExceptionOfAHandlerLeavesTheOtherFramesAlone() {
        List<Throwable> caught = new ArrayList<>();
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                caught.add(cause);
            }
        });
        action = (ctx, number) -> {
            if (number == 1) {
                throw new IllegalStateException("one");
            }
        };
        channel.writeInbound(batch(0, 3));
        assertThat(seen).containsExactly(0, 1, 2, "|");
        assertThat(caught).extracting(Throwable::getMessage).containsExactly("one");
    }

    /** The handlers after it get single frames, whoever removes it. */
    @Test
    void theRestIsHandedOnWhenItIsRemovedInTheMiddleOfABatch() {
        action = (ctx, number) -> {
            if (number == 1) {
                ctx.pipeline().remove(unbatching);
                assertThat(seen).as("not from within the frame before").containsExactly(0, 1);
            }
        };
        channel.writeInbound(batch(0, 4));
        assertThat(seen).containsExactly(0, 1, 2, 3, "|");
    }

    @Test
    void whatWaitsIsHandedOnWhenItIsRemoved() {
        autoRead(false);
        channel.writeInbound(batch(0, 3), "other");
        channel.pipeline().remove(unbatching);
        assertThat(seen).containsExactly(0, "|", 1, 2, "other", "|");
    }

    @Test
    void whatWaitsIsReleasedWhenTheChannelCloses() {
        autoRead(false);
        FrameBatch batch = batch(0, 3);
        ByteBuf last = batch.get(2);
        channel.writeInbound(batch);
        assertThat(last.refCnt()).isEqualTo(1);
        channel.close();
        channel.runPendingTasks();
        assertThat(last.refCnt()).isZero();
        assertThat(seen).containsExactly(0, "|");
    }

    /** As with a closed channel, which reads no more. */
    @Test
    void noFrameFollowsTheOneThatClosedTheChannel() {
        action = (ctx, number) -> ctx.close();
        channel.writeInbound(batch(0, 3));
        assertThat(seen).startsWith(0).doesNotContain(1, 2);
    }

    @Test
    void whatIsWrittenPasses() {
        FrameBatch written = batch(0, 2);
        channel.writeOutbound(written);
        assertThat(channel.<Object>readOutbound()).isSameAs(written);
        written.release();
    }

    /**
     * If there is no memory for a frame, an exception is fired. Its batch ends there, and the next one is delivered.
     */
    @Test
    void aBatchWhoseFrameCannotBeHadIsGivenUp() {
        List<Throwable> caught = new ArrayList<>();
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                caught.add(cause);
            }
        });
        int[] givenBack = new int[1];
        DeviceMemory exhausted = new DeviceMemory() {
            @Override
            public int length(long handle) {
                return 60;
            }

            @Override
            public long getLong(long handle, int offset) {
                return 0;
            }

            @Override
            public ByteBuf take(long handle) {
                throw new OutOfMemoryError("of this test");
            }

            @Override
            public void giveBack(long[] handles, int from, int to) {
                givenBack[0] += to - from;
            }
        };
        channel.writeInbound(FrameBatch.newInstance().add(exhausted, 1).add(exhausted, 2), batch(3, 1));
        assertThat(caught).extracting(Throwable::getMessage).containsExactly("of this test");
        assertThat(givenBack[0]).isEqualTo(2);
        assertThat(seen).containsExactly(3, "|");
    }
}

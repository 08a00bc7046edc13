/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

import static io.ringtap.ethernet.SampleFrames.numberOf;
import static io.ringtap.ethernet.SampleFrames.numbered;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class FrameHandlerTest {
    /** Drops frames whose number is a multiple of three, and fails with those that are a multiple of five. */
    private static final class Picky extends FrameHandler {
        final List<Throwable> caught = new ArrayList<>();

        Picky(FrameDirection... directions) {
            super(EnumSet.of(directions[0], directions));
        }

        @Override
        protected void frameRead(ChannelHandlerContext ctx, ByteBuf frame) {
            int number = numberOf(frame);
            if (number % 5 == 0) {
                frame.release();
                throw new IllegalStateException("five: " + number);
            }
            if (number % 3 == 0) {
                drop(frame);
            } else {
                fire(ctx, frame);
            }
        }

        @Override
        protected void frameWrite(ChannelHandlerContext ctx, ByteBuf frame, ChannelPromise promise) {
            int number = numberOf(frame);
            if (number % 5 == 0) {
                frame.release();
                throw new IllegalStateException("five: " + number);
            }
            ctx.write(frame, promise);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            caught.add(cause);
        }
    }

    private static FrameBatch batch(int... numbers) {
        FrameBatch batch = FrameBatch.newInstance();
        for (int number : numbers) {
            batch.add(numbered(number, 60));
        }
        return batch;
    }

    private static List<Integer> drain(FrameBatch batch) {
        List<Integer> numbers = new ArrayList<>();
        for (ByteBuf frame; (frame = batch.poll()) != null; frame.release()) {
            numbers.add(numberOf(frame));
        }
        batch.release();
        return numbers;
    }

    private static List<Integer> inbound(EmbeddedChannel channel) {
        List<Integer> numbers = new ArrayList<>();
        for (ByteBuf frame; (frame = channel.readInbound()) != null; frame.release()) {
            numbers.add(numberOf(frame));
        }
        return numbers;
    }

    private static List<Integer> outbound(EmbeddedChannel channel) {
        List<Integer> numbers = new ArrayList<>();
        for (ByteBuf frame; (frame = channel.readOutbound()) != null; frame.release()) {
            numbers.add(numberOf(frame));
        }
        return numbers;
    }

    @Test
    void anExceptionForOneFrameLeavesTheOthersOfItsBatchAlone() {
        Picky picky = new Picky(FrameDirection.INBOUND);
        EmbeddedChannel channel = new EmbeddedChannel(picky);
        channel.writeInbound(batch(1, 2, 3, 4, 5, 6, 7));
        assertThat(inbound(channel)).containsExactly(1, 2, 4, 7);
        assertThat(picky.caught).extracting(Throwable::getMessage).containsExactly("five: 5");
        channel.finishAndReleaseAll();
    }

    @Test
    void anExceptionForOneFrameFailsThePromiseOfTheBatchAndSendsTheRest() {
        EmbeddedChannel channel = new EmbeddedChannel(new Picky(FrameDirection.OUTBOUND));
        ChannelFuture written = channel.writeAndFlush(batch(4, 5, 6, 10));
        assertThat(outbound(channel)).containsExactly(4, 6);
        assertThat(written.cause()).isInstanceOf(IllegalStateException.class).hasMessage("five: 5");
        channel.finishAndReleaseAll();
    }

    /** A batch should not be taken apart, as that costs everything that it has saved. */
    @Test
    void aDirectionThatIsNotHandledKeepsItsBatches() {
        EmbeddedChannel in = new EmbeddedChannel(new Picky(FrameDirection.INBOUND));
        in.writeOutbound(batch(1, 5));
        assertThat(drain(in.readOutbound())).containsExactly(1, 5);
        in.finishAndReleaseAll();
        EmbeddedChannel out = new EmbeddedChannel(new Picky(FrameDirection.OUTBOUND));
        out.writeInbound(batch(3, 5));
        assertThat(drain(out.readInbound())).containsExactly(3, 5);
        out.finishAndReleaseAll();
    }

    @Test
    void handlesBothDirectionsAndPassesEverythingUnlessOverridden() {
        EmbeddedChannel channel = new EmbeddedChannel(new FrameHandler() { });
        channel.writeInbound(batch(1, 2), "no frame");
        assertThat(numberOf(channel.readInbound())).isEqualTo(1);
        assertThat(numberOf(channel.readInbound())).isEqualTo(2);
        assertThat(channel.<Object>readInbound()).isEqualTo("no frame");
        channel.writeOutbound(batch(3, 4), "neither");
        assertThat(numberOf(channel.readOutbound())).isEqualTo(3);
        assertThat(numberOf(channel.readOutbound())).isEqualTo(4);
        assertThat(channel.<Object>readOutbound()).isEqualTo("neither");
        channel.finishAndReleaseAll();
    }

    @Test
    void asksForAnotherFrameWhenOneThatWasAskedForIsDropped() {
        int[] reads = new int[1];
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.config().setAutoRead(false);
        channel.pipeline().addLast(new ChannelDuplexHandler() {
            @Override
            public void read(ChannelHandlerContext ctx) {
                reads[0]++;
                ctx.read();
            }
        }, new FaultInjector(FaultSpec.parse("drop=1"), 0));
        channel.writeInbound(numbered(1, 60));
        assertThat(reads[0]).isEqualTo(1);
        channel.writeInbound(batch(2, 3));
        assertThat(reads[0]).isEqualTo(2);
        channel.finishAndReleaseAll();
    }

    @Test
    void theRestOfABatchPassesAHandlerThatWasRemoved() {
        Picky picky = new Picky(FrameDirection.INBOUND);
        List<Object> received = new ArrayList<>();
        EmbeddedChannel channel = new EmbeddedChannel(picky, new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                if (message instanceof FrameBatch batch) {
                    received.addAll(drain(batch));
                } else {
                    received.add(numberOf((ByteBuf) message));
                    ((ByteBuf) message).release();
                    ctx.pipeline().remove(picky);
                }
            }
        });
        channel.writeInbound(batch(1, 3, 5));
        assertThat(received).containsExactly(1, 3, 5);
        channel.finishAndReleaseAll();
    }

    @Test
    void servesOneChannel() {
        @Sharable
        final class Shared extends FrameHandler {
        }
        assertThatThrownBy(Shared::new).isInstanceOf(IllegalStateException.class);
    }

    /**
     * Whoever waits for a promise adds a suppressed exception to its cause. The cause of another frame must not change.
     */
    @Test
    void eachRefusedFrameHasAnExceptionOfItsOwn() {
        EmbeddedChannel channel = new EmbeddedChannel(new FrameHandler() {
            @Override
            protected void frameWrite(ChannelHandlerContext ctx, ByteBuf frame, ChannelPromise promise) {
                refuse(frame, promise, new FrameRefusedException(DropReason.DOWN, "down"));
            }
        });
        ChannelFuture first = channel.writeAndFlush(numbered(1, 60));
        ChannelFuture second = channel.writeAndFlush(numbered(2, 60));
        assertThatThrownBy(first::sync).isInstanceOf(FrameRefusedException.class);
        assertThat(second.cause()).isInstanceOfSatisfying(FrameRefusedException.class,
            refused -> assertThat(refused.reason()).isSameAs(DropReason.DOWN)).hasNoSuppressedExceptions();
        channel.finishAndReleaseAll();
    }
}

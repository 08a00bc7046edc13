/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.ReferenceCounted;
import io.netty.util.ResourceLeakDetector;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.netmap.embedded.EmbeddedNetmap;
import io.ringtap.testkit.OtherJvm;
import io.ringtap.testkit.TestFrames;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.concurrent.atomic.AtomicInteger;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The reports of Netty's own leak detector about frames that a handler does not release, in a JVM without the detector
 * of the tests.
 */
class ForgottenFramesTest {
    /** The handler that does not release frames. A leak report has to have its name. */
    private static final String HANDLER = "forgetful";

    @ParameterizedTest
    @CsvSource({"lent,1024,false,TrackedBuf", "copied,0,false,TrackedBuf", "in a batch,1024,true,FrameBatch"})
    void areReportedWhileTheChannelIsOpen(String how, int lentBuffers, boolean batches, String type) throws Exception {
        OtherJvm.Result result = OtherJvm.run(jar -> true, Main.class, String.valueOf(lentBuffers),
            String.valueOf(batches));
        assertThat(result.output()).as(how).contains("LEAK: " + type + ".release() was not called");
        assertThat(result.output()).as("where it was touched").contains("Hint: '" + HANDLER);
        assertThat(result.output()).contains("open: true");
        assertThat(result.status()).isZero();
    }

    /** One channel sends to another, whose handler does not release 40 frames and releases those that come later. */
    static final class Main {
        private static final int FORGOTTEN = 40;

        private Main() {
        }

        public static void main(String[] arguments) throws Exception {
            ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
            EmbeddedNetmap netmap = Netmap.newEmbedded();
            EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
            AtomicInteger received = new AtomicInteger();
            Bootstrap bootstrap = new Bootstrap().group(group).channel(NetmapChannel.class)
                .option(NetmapChannelOption.DRIVER, netmap)
                .option(NetmapChannelOption.LENT_BUFFERS, Integer.valueOf(arguments[0]))
                .option(FrameChannelOption.READ_BATCHES, Boolean.valueOf(arguments[1]))
                .handler(new ChannelInboundHandlerAdapter());
            Channel receiver = bootstrap.bind(NetmapAddress.parse("netmap:forgotten{1")).sync().channel();
            Channel sender = bootstrap.clone().handler(new ChannelInboundHandlerAdapter())
                .bind(NetmapAddress.parse("netmap:forgotten}1")).sync().channel();
            receiver.pipeline().addLast(HANDLER, new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    if (received.incrementAndGet() > FORGOTTEN) {
                        ReferenceCountUtil.release(message);
                    } else if (((ReferenceCounted) message).refCnt() != 1) {
                        throw new IllegalStateException("of somebody else");
                    }
                }
            });
            for (int i = 0; i < FORGOTTEN + 20; i++) {
                ByteBuf frame = sender.alloc().directBuffer().writeBytes(TestFrames.frame(i));
                sender.writeAndFlush(frame).sync();
                // They are sent one by one, so that a batch has one frame.
                int before = i;
                await("the frame", () -> received.get() > before);
                if (i > FORGOTTEN) {
                    System.gc();
                    Thread.sleep(20);
                }
            }
            System.out.println("open: " + receiver.isOpen());
            Runtime.getRuntime().halt(0);
        }
    }
}

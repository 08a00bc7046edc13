/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testsuite.system.TestLibC;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * A tap in a network namespace that only its event loop thread is in. Everything that the thread opens is in that
 * namespace, and is gone when the thread ends. The tap sends back what the host sends to it.
 */
final class TapEcho implements AutoCloseable {
    private static final int CLONE_NEWNET = 0x4000_0000;
    private static final String HOST = "10.91.7.1";
    private static final String PEER = "10.91.7.2";
    private static final int PORT = 7;
    private static final int ETHERTYPE_IPV4 = 0x0800;
    private static final int UDP = 17;
    private static final int UDP_FRAME = 14 + 20 + 8;

    private final EventLoopGroup group;

    TapEcho(IoHandlerFactory handlers) {
        ThreadFactory threads = new DefaultThreadFactory("tap-echo");
        ThreadFactory alone = task -> threads.newThread(() -> {
            if (TestLibC.INSTANCE.unshare(CLONE_NEWNET) != 0) {
                throw new IllegalStateException("unshare(CLONE_NEWNET) was refused: these tests run as root");
            }
            task.run();
        });
        group = new MultiThreadIoEventLoopGroup(1, alone, handlers);
    }

    EventLoopGroup group() {
        return group;
    }

    Bootstrap bootstrap() {
        return new Bootstrap().group(group).channel(TapChannel.class).option(TapChannelOption.UP, true)
            .handler(new Echo());
    }

    Channel bind(String name) throws InterruptedException {
        return bootstrap().bind(new TapAddress(name)).sync().channel();
    }

    /** Runs a command in the namespace. */
    void command(String... words) throws Exception {
        group.next().submit(() -> {
            Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes());
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", words) + ": " + output);
            }
            return null;
        }).get(20, TimeUnit.SECONDS);
    }

    /** Sends so many datagrams through the tap, 16 at a time, and returns how many came back. */
    int exchange(String name, int datagrams) throws Exception {
        command("ip", "addr", "replace", HOST + "/24", "dev", name);
        command("ip", "neigh", "replace", PEER, "lladdr", "02:00:00:00:00:02", "dev", name);
        InetSocketAddress peer = new InetSocketAddress(InetAddress.getByName(PEER), PORT);
        try (DatagramSocket socket = group.next().submit(() -> new DatagramSocket(0, InetAddress.getByName(HOST)))
                .get()) {
            socket.setSoTimeout(5_000);
            int returned = 0;
            for (int sent = 0; sent < datagrams; sent += 16) {
                for (int i = 0; i < 16; i++) {
                    socket.send(new DatagramPacket(new byte[] {(byte) i, (byte) sent}, 2, peer));
                }
                for (int i = 0; i < 16; i++) {
                    DatagramPacket answer = new DatagramPacket(new byte[64], 64);
                    socket.receive(answer);
                    if (answer.getLength() == 2 && answer.getData()[0] == i && answer.getData()[1] == (byte) sent) {
                        returned++;
                    }
                }
            }
            return returned;
        } catch (SocketTimeoutException lost) {
            return -1;
        }
    }

    @Override
    public void close() {
        // Without a quiet period, a loop of Netty that is running tasks ends before it has closed its channels.
        group.shutdownGracefully(50, 10_000, TimeUnit.MILLISECONDS).awaitUninterruptibly(20_000);
    }

    /** Sends UDP datagrams back to their sender. Swapping addresses and ports does not change the checksums. */
    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ByteBuf frame = (ByteBuf) msg;
            if (frame.readableBytes() < UDP_FRAME || frame.getUnsignedShort(12) != ETHERTYPE_IPV4
                || frame.getByte(23) != UDP) {
                frame.release();
                return;
            }
            swap(frame, 0, 6, 6);
            swap(frame, 26, 30, 4);
            swap(frame, 34, 36, 2);
            ctx.write(frame);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            // The device is gone, which closes the channel. Tests wait for that.
            ctx.fireUserEventTriggered(cause);
        }

        private static void swap(ByteBuf frame, int one, int other, int length) {
            for (int i = 0; i < length; i++) {
                byte kept = frame.getByte(one + i);
                frame.setByte(one + i, frame.getByte(other + i));
                frame.setByte(other + i, kept);
            }
        }
    }

    /**
     * A program that echoes on the preferred event loop, and prints which loop that is and how many datagrams came
     * back.
     */
    static final class Main {
        private Main() {
        }

        public static void main(String[] arguments) throws Exception {
            FrameLoop loop = FrameLoop.named("auto");
            try (TapEcho echo = new TapEcho(loop.newFactory())) {
                echo.bind(arguments[0]);
                System.out.println("seen: " + echo.exchange(arguments[0], 160) + " on " + loop);
            }
        }
    }
}

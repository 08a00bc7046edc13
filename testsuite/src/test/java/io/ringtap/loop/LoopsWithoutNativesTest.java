/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.internal.loop.LoopAdapter;
import io.ringtap.internal.loop.LoopAdapters;
import io.ringtap.internal.loop.RecordingListener;
import io.ringtap.testkit.OtherJvm;
import io.ringtap.testsuite.system.DescriptorPair;
import org.junit.jupiter.api.Test;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;

/** A class path without Netty's native transports: {@link PollIoHandler} works, and the messages are clear. */
class LoopsWithoutNativesTest {
    private static final Pattern NATIVE_TRANSPORT = Pattern.compile("io\\.netty\\.channel\\.(epoll|kqueue|uring|unix)");

    /** Runs in the other JVM, and prints what it has found. */
    static final class Main {
        private Main() {
        }

        public static void main(String[] arguments) throws Exception {
            say("auto=" + FrameLoop.named("auto"));
            for (FrameLoop loop : FrameLoop.values()) {
                Throwable cause = loop.unavailabilityCause();
                say(loop + "=" + (cause == null ? "works" : cause.getMessage()));
            }
            try {
                FrameLoop.EPOLL.newFactory();
            } catch (IllegalStateException e) {
                say("forced=" + e.getMessage());
            }
            EventLoopGroup nio = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
            say("advice=" + LoopAdapters.advice(nio.next()));
            nio.shutdownGracefully(0, 1, TimeUnit.SECONDS);

            EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, FrameLoop.named("auto").newFactory());
            IoEventLoop loop = (IoEventLoop) group.next();
            try (DescriptorPair pipe = DescriptorPair.pipe()) {
                CountDownLatch read = new CountDownLatch(3);
                RecordingListener listener = new RecordingListener();
                listener.onReadable = () -> {
                    pipe.read(pipe.first());
                    read.countDown();
                };
                Readiness readiness = loop.submit(() -> {
                    LoopAdapter adapter = LoopAdapters.find(loop).orElseThrow();
                    say("adapter=" + adapter.name());
                    Readiness registered = adapter.register(loop, pipe.first(), listener);
                    registered.want(true, false);
                    return registered;
                }).get();
                for (int i = 0; i < 3; i++) {
                    pipe.write(pipe.second());
                }
                say("read=" + read.await(10, TimeUnit.SECONDS));
                loop.submit(readiness::cancel).get();
            } finally {
                group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
            }
        }

        private static void say(String line) {
            System.out.println("seen: " + line);
        }
    }

    private static void assertSeen(OtherJvm.Result result, String... lines) {
        String seen = String.join("\n", result.output().lines().filter(line -> line.contains("seen: ")).toList());
        assertThat(result.status()).as(result.output()).isZero();
        assertThat(seen).contains(lines);
    }

    @Test
    void pollIsThereWithoutAnyClassOfANativeTransport() throws Exception {
        OtherJvm.Result result = OtherJvm.run(OtherJvm.NO_NATIVE_TRANSPORT, Main.class);

        assertSeen(result, "auto=poll", "poll=works", "adapter=poll", "read=true",
            "epoll=put netty-transport-native-epoll on the class path",
            "io_uring=put netty-transport-native-io_uring on the class path",
            "forced=the epoll event loop is unavailable: put netty-transport-native-epoll on the class path",
            "available here: poll", "with X one of PollIoHandler");
        assertThat(result.output()).contains("[class,load] io.ringtap.loop.PollIoHandler ");
        assertThat(result.output().lines().filter(line -> line.contains("[class,load]")))
            .noneMatch(line -> NATIVE_TRANSPORT.matcher(line).find());
    }

    @Test
    void pollIsThereWithoutTheNativePartOfAnyTransport() throws Exception {
        OtherJvm.Result result = OtherJvm.run(OtherJvm.NO_NATIVE_PART, Main.class);

        assertSeen(result, "auto=poll", "poll=works", "adapter=poll", "read=true",
            "epoll=netty-transport-native-epoll does not work on ",
            "io_uring=netty-transport-native-io_uring does not work on ",
            "forced=the epoll event loop is unavailable: netty-transport-native-epoll does not work on ",
            "with X one of PollIoHandler");
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.ringtap.testsuite.TestLoops.TestLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What differs between event loops for a tap: how it waits, and how it is deregistered. */
@ParameterizedClass
@MethodSource("io.ringtap.testsuite.TestLoops#allAndSpinning")
@Timeout(60)
class TapLoopTest {
    private static final String NAME = "rtloop0";

    @Parameter
    TestLoop loop;

    private TapEcho echo;

    @BeforeEach
    void start() {
        assumeTrue(Tap.isAvailable(), () -> "no tap: " + Tap.unavailabilityCause());
        echo = new TapEcho(loop.factory());
    }

    @AfterEach
    void stop() {
        if (echo != null) {
            echo.close();
        }
    }

    private static long openTunDescriptors() throws IOException {
        long count = 0;
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : (Iterable<Path>) descriptors::iterator) {
                try {
                    count += Files.readSymbolicLink(descriptor).toString().equals("/dev/net/tun") ? 1 : 0;
                } catch (IOException closedMeanwhile) {
                    continue;
                }
            }
        }
        return count;
    }

    @Test
    void carriesFramesBothWays() throws Exception {
        echo.bind(NAME);
        assertThat(echo.exchange(NAME, 320)).isEqualTo(320);
    }

    @Test
    void aNameIsFreeOnceItsChannelIsClosed() throws Exception {
        for (int i = 0; i < 20; i++) {
            Channel channel = echo.bind(NAME);
            channel.close().sync();
        }
        assertThat(openTunDescriptors()).isZero();
    }

    @Test
    void aNameIsFreeWithinTheTurnThatTellsOfTheClose() throws Exception {
        for (int i = 0; i < 8; i++) {
            Channel channel = echo.bind(NAME);
            CompletableFuture<Void> again = new CompletableFuture<>();
            channel.closeFuture().addListener(closed -> {
                try {
                    echo.bootstrap().bind(new TapAddress(NAME)).addListener((ChannelFuture bound) -> {
                        if (bound.isSuccess()) {
                            bound.channel().close().addListener(done -> again.complete(null));
                        } else {
                            again.completeExceptionally(bound.cause());
                        }
                    });
                } catch (Throwable cause) {
                    again.completeExceptionally(cause);
                }
            });
            channel.close();
            again.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void aDeletedInterfaceClosesItsChannelThoughItReadsNothing() throws Exception {
        Channel channel = echo.bind(NAME);
        channel.config().setOption(ChannelOption.AUTO_READ, false);

        echo.command("ip", "link", "del", NAME);

        assertThat(channel.closeFuture().await(10_000)).isTrue();
        assertThat(openTunDescriptors()).isZero();
    }

    @Test
    void aChannelMovesToAnotherLoop() throws Exception {
        Channel channel = echo.bind(NAME);
        assertThat(echo.exchange(NAME, 32)).isEqualTo(32);
        EventLoopGroup next = loop.get();
        try {
            channel.deregister().sync();
            next.register(channel).sync();

            assertThat(echo.exchange(NAME, 32)).isEqualTo(32);
            assertThat(channel.eventLoop()).isSameAs(next.next());
            channel.close().sync();
            echo.bind(NAME).close().sync();
        } finally {
            next.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void aLoopThatShutsDownClosesItsChannel() throws Exception {
        Channel channel = echo.bind(NAME);

        echo.close();

        assertThat(channel.isOpen()).isFalse();
        assertThat(openTunDescriptors()).isZero();
    }
}

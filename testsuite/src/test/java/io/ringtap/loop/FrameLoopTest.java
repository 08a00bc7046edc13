/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.internal.loop.LoopAdapters;
import io.ringtap.testsuite.TestLoops;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class FrameLoopTest {
    @ParameterizedTest
    @EnumSource
    void isFoundByItsName(FrameLoop loop) {
        assertThat(FrameLoop.named(loop.toString())).isSameAs(loop);
    }

    @Test
    void autoIsThePreferredOne() {
        assertThat(FrameLoop.named("auto")).isSameAs(FrameLoop.preferred());
        assertThat(FrameLoop.preferred().isAvailable()).isTrue();
    }

    @Test
    void anUnknownNameIsToldWithThoseThatAreKnown() {
        assertThatThrownBy(() -> FrameLoop.named("nio")).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("'nio'").hasMessageContaining("auto, ").hasMessageContaining("epoll");
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#allAndSpinning")
    void aGroupOfItFitsItsForm(TestLoops.TestLoop loop) {
        EventLoopGroup group = loop.get();
        try {
            assertThat(LoopAdapters.find(group.next())).hasValueSatisfying(
                adapter -> assertThat(adapter.name()).isEqualTo(loop.kind().toString()));
        } finally {
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS);
        }
    }

    @Test
    void adviceNamesTheHandlersThatWorkHere() {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            IoEventLoop nio = (IoEventLoop) group.next();
            assertThat(LoopAdapters.find(nio)).isEmpty();
            for (FrameLoop loop : FrameLoop.values()) {
                if (loop.isAvailable()) {
                    assertThat(LoopAdapters.advice(nio)).contains(loop.handlerName());
                } else {
                    assertThat(LoopAdapters.advice(nio)).doesNotContain(loop.handlerName());
                }
            }
        } finally {
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS);
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelFuture;
import io.ringtap.testkit.OpenDescriptors;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** Opens and closes taps again and again. Descriptors and interfaces must not accumulate. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.ringtap.testsuite.TestLoops#available")
class TapLeakTest extends RealTapTest {
    @Parameter
    TestLoop loop;

    /** The full number on one loop and fewer on the others, as the kernel is slow at removing interfaces. */
    private int rounds() {
        return loop.name().equals("epoll") ? 100 : 10;
    }

    @Override
    TestLoop loop() {
        return loop;
    }

    @Test
    void openAndCloseLeaveNothing() throws Exception {
        open("warm").close().sync();
        long before = OpenDescriptors.ofTaps();
        int all = OpenDescriptors.now().size();
        for (int round = 0; round < rounds(); round++) {
            List<ChannelFuture> bound = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                bound.add(bind("t" + i, Map.of(), new FrameCollector()));
            }
            for (ChannelFuture future : bound) {
                future.sync();
            }
            if (round % 10 == 0) {
                try (PacketSocket peer = PacketSocket.open(namespace, "t7")) {
                    peer.send(TestFrames.frame(round));
                    assertThat(write((TapChannel) bound.get(7).channel(), TestFrames.frame(round))).isNull();
                }
            }
            bound.forEach(future -> future.channel().close());
            for (ChannelFuture future : bound) {
                future.channel().closeFuture().sync();
            }
        }
        assertThat(OpenDescriptors.settle(before)).isLessThanOrEqualTo(before);
        assertThat(OpenDescriptors.now().size()).isLessThan(all + 20);
        assertThat(namespace.ip("-br", "link").lines()).hasSize(1);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.testing.FrameCollector;
import io.ringtap.testing.OpenDescriptors;
import io.ringtap.testing.PacketSocket;
import io.ringtap.testing.TestFrames;
import io.ringtap.testing.TestLoops.TestLoop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** Opening and closing again and again: descriptors, and with them interfaces, may not add up. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.ringtap.testing.TestLoops#available")
class TapLeakTest extends RealTapTest {
    @Parameter
    TestLoop loop;

    /** The kernel takes some 15 ms to remove an interface: the full number on one loop, fewer on the others. */
    private int cycles() {
        return loop.name().equals("epoll") ? 1000 : 100;
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
        for (int i = 0; i < cycles(); i++) {
            TapChannel tap = (TapChannel) bind("t0", Map.of(), new FrameCollector()).sync().channel();
            if (i % 100 == 0) {
                try (PacketSocket peer = PacketSocket.open(namespace, "t0")) {
                    peer.send(TestFrames.frame(i));
                    write(tap, TestFrames.frame(i));
                }
            }
            tap.close().sync();
        }
        assertThat(OpenDescriptors.settle(before)).isLessThanOrEqualTo(before);
        assertThat(OpenDescriptors.now().size()).isLessThan(all + 20);
        assertThat(namespace.ip("-br", "link").lines()).hasSize(1);
    }
}

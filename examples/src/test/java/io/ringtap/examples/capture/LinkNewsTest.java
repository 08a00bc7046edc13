/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class LinkNewsTest {
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);

    private String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    @RequiresTap
    void aPortThatIsDownIsToldWithWhatToDo() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, FrameLoop.preferred().newFactory());
        try (TestNamespace namespace = TestNamespace.create()) {
            namespace.ip("tuntap", "add", "dev", "t0", "mode", "tap");
            OpenPort port = OpenPort.open(group, FramePorts.parse("tap:t0,netns=" + namespace.name()), out);
            String up = "tap:t0 is up\n";
            String down = "tap:t0 is down, and carries no frames until it is set up: 'ip -n " + namespace.name()
                + " link set dev t0 up'\n";
            await("it is down", () -> printed().equals(down));
            namespace.ip("link", "set", "dev", "t0", "up");
            await("it is up", () -> printed().equals(down + up));
            namespace.ip("link", "set", "dev", "t0", "down");
            await("it is down again", () -> printed().equals(down + up + down));
            namespace.ip("link", "set", "dev", "t0", "up");
            String all = down + up + down + up;
            await("it is up again", () -> printed().equals(all));
            // It goes down before it is gone. Then there is no advice to set it up.
            namespace.ip("link", "del", "dev", "t0");
            assertThat(port.channel().closeFuture().await(30, TimeUnit.SECONDS)).isTrue();
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
            assertThat(printed()).isEqualTo(all);
        } finally {
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void aPortThatIsNoInterfaceIsNotDown() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            FramePort vale = FramePorts.parse("vale9:a,driver=embedded");
            OpenPort port = OpenPort.open(group, vale, out);
            port.channel().eventLoop().submit(() -> { }).sync();
            port.channel().close().sync();
            assertThat(printed()).isEmpty();
        } finally {
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        }
    }
}

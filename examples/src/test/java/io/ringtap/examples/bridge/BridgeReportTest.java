/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.bridge.Bridge;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.MacTable;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

class BridgeReportTest {
    private static final String ENTER = "\033[?1049h";
    private static final String LEAVE = "\033[?1049l";

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private Bridge bridge;

    @BeforeEach
    void open() throws Exception {
        bridge = new Bridge(Stream.of("vale8:a,driver=embedded", "vale8:b,driver=embedded")
            .map(port -> FramePorts.load().parse(port, Set.of())).toList(), new MacTable(64, 300), line -> { });
        bridge.open(group);
    }

    @AfterEach
    void close() {
        bridge.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** What was printed since the last call. */
    private String printed() {
        String text = bytes.toString(StandardCharsets.UTF_8);
        bytes.reset();
        return text;
    }

    @Test
    void theLiveTableIsDrawnOnTheAlternateScreen() {
        BridgeReport report = new BridgeReport(out, true);
        report.say("port 0: a");
        assertThat(printed()).isEqualTo(String.format("port 0: a%n"));

        report.show(bridge);
        assertThat(printed()).startsWith(ENTER).contains("vale8:a,driver=embedded", "0 addresses", "port 0: a\033[K");
        report.say("it moves");
        assertThat(printed()).isEmpty();
        report.show(bridge);
        assertThat(printed()).startsWith("\033[H").contains("it moves\033[K").endsWith("\033[J")
            .doesNotContain(ENTER, "\033[2J");

        report.showTotals(bridge);
        List<String> lines = printed().lines().toList();
        assertThat(lines.get(0)).isEqualTo("\033[?25h" + LEAVE + "it moves");
        assertThat(lines.get(1)).isEqualTo("totals:");
        assertThat(String.join("\n", lines)).doesNotContain("port 0: a");
    }

    @Test
    void nothingIsDrawnAfterTheEnd() {
        BridgeReport report = new BridgeReport(out, true);
        report.show(bridge);
        report.close();
        assertThat(printed()).endsWith(LEAVE);
        report.show(bridge);
        report.close();
        assertThat(printed()).isEmpty();
        report.conclude("the end");
        assertThat(printed()).isEqualTo(String.format("the end%n"));
    }

    @Test
    @RequiresTap
    void aPortThatIsDownIsShownWithWhatToDo() throws Exception {
        BridgeReport report = new BridgeReport(out, false);
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, FrameLoop.preferred().newFactory());
        try (TestNamespace namespace = TestNamespace.create();
            Bridge taps = new Bridge(Stream.of("tap:p0,up=on", "tap:p1").map(port ->
                FramePorts.load().parse(port + ",netns=" + namespace.name(), Set.of())).toList(),
                new MacTable(64, 300), line -> { })) {
            taps.open(loops);
            report.show(taps);
            assertThat(printed()).containsPattern("tap:p0 +up .*\\Rtap:p1 +down .*\\R  down: ip link set dev p1 up\\R");
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    @Test
    void elsewhereThereAreLinesAlone() {
        BridgeReport report = new BridgeReport(out, false);
        report.say("port 0: a");
        report.show(bridge);
        report.showTotals(bridge);
        report.close();
        assertThat(printed()).startsWith("port 0: a").contains("totals:").doesNotContain("\033");
    }
}

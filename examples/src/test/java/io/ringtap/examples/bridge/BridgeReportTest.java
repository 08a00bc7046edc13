/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.bridge.Bridge;
import io.ringtap.bridge.BridgePort;
import io.ringtap.bridge.PortState;
import io.ringtap.bridge.PortStats;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.system.PacketSocket;
import io.ringtap.virtio.VirtioNetVerdict;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

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
        bridge = Bridge.builder().port("vale8:a,driver=embedded").port("vale8:b,driver=embedded").build();
        bridge.open(group).sync();
    }

    @AfterEach
    void close() {
        bridge.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private BridgeReport report(boolean live) {
        BridgeReport report = new BridgeReport(out, live, false);
        bridge.ports().forEach(report::add);
        return report;
    }

    /** Returns what was printed since the last call. */
    private String printed() {
        String text = bytes.toString(StandardCharsets.UTF_8);
        bytes.reset();
        return text;
    }

    @Test
    void theLiveTableIsDrawnOnTheAlternateScreen() {
        BridgeReport report = report(true);
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

    /** Names that come once each, as those of a hypervisor's machines, fill nothing up. */
    @Test
    void portsThatHaveGoneAreForgottenAfterAWhileAndCounted() throws Exception {
        BridgeReport report = report(false);
        for (int i = 0; i < 40; i++) {
            BridgePort port = bridge.addPort("vale8:x" + i + ",driver=embedded").sync().getNow();
            report.add(port);
            bridge.removePort(port).sync();
        }
        report.showTotals(bridge);
        List<String> lines = printed().lines().toList();
        assertThat(lines).filteredOn(line -> line.startsWith("vale8:x")).hasSize(33).last().asString()
            .startsWith("vale8:x39,");
        assertThat(lines).last().isEqualTo(
            "and 7 ports that have gone before: rx 0 frames, 0 bytes, tx 0 frames, 0 bytes, drops 0");
    }

    @Test
    void nothingIsDrawnAfterTheEnd() {
        BridgeReport report = report(true);
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
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, FrameLoop.preferred().newFactory());
        try (TestNamespace namespace = TestNamespace.create();
            Bridge taps = Bridge.builder().port("tap:p0,up=on,netns=" + namespace.name())
                .port("tap:p1,netns=" + namespace.name()).build()) {
            taps.open(loops).sync();
            BridgeReport report = new BridgeReport(out, false, false);
            taps.ports().forEach(report::add);
            report.show(taps);
            assertThat(printed()).containsPattern("tap:p0 +up .*\\Rtap:p1 +down .*\\R  down: ip link set dev p1 up\\R");
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    /** Not with the name of a network interface, which a socket has not. */
    @Test
    void aSocketWithoutAPeerIsShownAsSuch() {
        assertThat(BridgeReport.advice("stream:/run/vm1.sock")).isEqualTo(
            String.format("  down: nobody is at the other end%n"));
        assertThat(BridgeReport.advice("dgram:@vm1")).contains("nobody");
    }

    @Test
    @RequiresTap
    void framesThatTheKernelDroppedAreExplainedBelowTheTotals() throws Exception {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, FrameLoop.preferred().newFactory());
        try (TestNamespace namespace = TestNamespace.create();
            Bridge taps = Bridge.builder().port("tap:p0,up=on,netns=" + namespace.name())
                .port("tap:p1,up=on,netns=" + namespace.name()).build()) {
            taps.open(loops).sync();
            BridgeReport report = new BridgeReport(out, false, false);
            taps.ports().forEach(report::add);
            report.showTotals(taps);
            assertThat(printed()).doesNotContain("rx kernel");
            CountDownLatch reads = new CountDownLatch(1);
            loops.submit(() -> reads.await(1, TimeUnit.MINUTES));
            namespace.ip("link", "set", "dev", "p0", "txqueuelen", "10");
            try (PacketSocket near = PacketSocket.open(namespace, "p0")) {
                for (int i = 0; i < 50; i++) {
                    sendOrDrop(near, i);
                }
            }
            reads.countDown();
            report.showTotals(taps);
            assertThat(printed()).containsPattern("tap:p0 .* rx kernel \\d+\\R")
                .contains("rx kernel: dropped by the kernel before", "txqueuelen");
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    private static void sendOrDrop(PacketSocket near, int number) {
        try {
            near.send(TestFrames.frame(number));
        } catch (IOException dropped) {
            // The kernel tells some senders that it has dropped a frame.
        }
    }

    @Test
    void elsewhereThereAreLinesAlone() {
        BridgeReport report = report(false);
        report.say("port 0: a");
        report.show(bridge);
        report.showTotals(bridge);
        report.close();
        assertThat(printed()).startsWith("port 0: a").contains("totals:").doesNotContain("\033");
    }

    @Test
    void theTimeStandsInFrontOfWhatHappens() {
        BridgeReport report = new BridgeReport(out, false, true);
        report.say("port 0: a");
        report.close();
        assertThat(printed()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z port 0: a\\R");
    }

    @Test
    void asJsonEachLineIsAnObject() throws Exception {
        try (JsonReport report = new JsonReport(out)) {
            report.event("port-down", "tap:\"a", "down");
            report.say("a line\nand another");
            report.showTotals(bridge);
        }
        List<JsonNode> lines = new ArrayList<>();
        for (String line : printed().lines().toList()) {
            lines.add(new ObjectMapper().readTree(line));
        }
        assertThat(lines).hasSize(3).allSatisfy(
            line -> assertThat(Instant.parse(line.get("time").asText())).isBefore(Instant.now().plusSeconds(1)));
        assertThat(lines.get(0).get("event").asText()).isEqualTo("port-down");
        assertThat(lines.get(0).get("port").asText()).isEqualTo("tap:\"a");
        assertThat(lines.get(1).get("text").asText()).isEqualTo("a line\nand another");
        assertThat(lines.get(2).get("stats").get("ports")).hasSize(2);
    }

    @Test
    void aPortThatHasGoneStaysAndAStationIsShownWithItsPort() throws Exception {
        BridgeReport report = report(false);
        bridge.setStation(MacAddress.parse("02:00:00:00:00:0a"), bridge.ports().get(1));
        bridge.removePort(bridge.ports().get(0)).sync();
        report.showTotals(bridge);
        assertThat(printed()).containsPattern("vale8:a,driver=embedded +gone ").contains("1 address")
            .containsPattern("02:00:00:00:00:0a  vale8:b,driver=embedded +0 s");
    }

    @Test
    void dropsAreNamedByTheirReason() {
        PortStats stats = new PortStats("tap:a", PortState.UP, 0, 0, 0, 0, Map.of(DropReason.NO_BUFFERS, 7L),
            Map.of(DropReason.MALFORMED, 2L, DropReason.CONGESTED, 1L), Map.of(VirtioNetVerdict.GSO_WITHOUT_CSUM, 1L,
            VirtioNetVerdict.CSUM_OUT_OF_FRAME, 1L), 3, 4, 0, Map.of("fault dropped", 5L), new DeviceDrops(6, -1));
        assertThat(BridgeReport.drops(stats)).contains("rx no-buffers 7", "tx malformed 2", "tx congested 1",
            "of these gso-without-csum 1", "of these csum-out-of-frame 1", "rx reserved 3", "rx bad-source 4",
            "fault dropped 5", "rx kernel 6").doesNotContain("tx kernel");
    }
}

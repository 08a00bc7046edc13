/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.ringtap.ethernet.FrameDirection;
import io.ringtap.examples.CommandOutcome;
import io.ringtap.pcap.PcapInterface;
import io.ringtap.pcap.PcapLinkType;
import io.ringtap.pcap.PcapWriter;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

class PktgenCommandTest {
    private static final String A = "vale7:a,driver=embedded";
    private static final String B = "vale7:b,driver=embedded";

    private static CommandOutcome run(String... arguments) {
        return CommandOutcome.of(new PktgenMain(), arguments);
    }

    private static long number(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as("%s in %s", pattern, text).isTrue();
        return Long.parseLong(matcher.group(1));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "-f rx                         | '-i=PORT'",
        "-i vale7:a -f fly             | tx, rx, ping or pong",
        "-i vale7:a -i vale7:b -f rx   | 1 -f for 2 -i",
        "-i vale7:a -l 59              | -l 59: 60 to 65535",
        "-i vale7:a -b 0               | -b 0",
        "-i vale7:a -n -1              | -n -1",
        "-i vale7:a -R -1              | -R -1",
        "-i vale7:a -T -1              | -T -1",
        "-i vale7:a -s host:1          | -s host:1: an IPv4 address",
        "-i vale7:a -d 10.0.0.1:65536  | -d 10.0.0.1:65536: an IPv4 address",
        "-i vale7:a -d 10.0.0.256:1    | -d 10.0.0.256:1: an IPv4 address",
        "-i vale7:a -S nonsense        | -S nonsense: no MAC address",
        "-i vale7:a -s 10.0.0.1-1      | -s 10.0.0.1-1: an IPv4 address",
        "-i vale7:a -F 0               | -F 0: 1 to 63",
        "-i vale7:a -F 64              | -F 64: 1 to 63",
        "-i vale7:a -H 11              | -H 11: 0, 10, 12, 20 or 24",
        "-i vale7:a -w -1              | -w -1: 0 or more",
        "-i vale7:a -a -1              | -a -1: 0 or more",
        "-i vale7:a -f tx -P x -l 60   | -l does not go with it",
        "-i vale7:a -f tx -P x -z      | -z does not go with it",
        "-i vale7:a -f ping -P x       | -P goes with -f tx",
        "-i nowhere:a                  | no backend is called that",
        "-i tun:a -f tx                | port 'tun:a', character 1: this port carries IP packets",
    })
    void aWrongArgumentIsOneLineAndExitCode2(String arguments, String message) {
        CommandOutcome outcome = run(arguments.split(" +"));
        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.err().strip().lines()).hasSize(1).first().asString().startsWith("pktgen: ")
            .contains(message);
        assertThat(outcome.out()).isEmpty();
    }

    @Test
    void whatIsSentIsReceivedOrCountedAsDropped() {
        CommandOutcome outcome = run("-i", A, "-f", "tx", "-i", B, "-f", "rx", "-n", "100000", "-l", "100");
        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("tx " + A, "rx " + B,
            "total tx " + A + ": 100000 frames, 10000000 bytes in ");
        String total = outcome.out().substring(outcome.out().indexOf("total rx"));
        long received = number(total, "total rx .*: (\\d+) frames");
        long dropped = total.contains("rx device") ? number(total, "rx device (\\d+)") : 0;
        assertThat(received + dropped).isEqualTo(100000);
        assertThat(received).isPositive();
    }

    @Test
    void aPipeLosesNothing() {
        CommandOutcome outcome = run("-i", "vale7:p{1,driver=embedded", "-f", "tx",
            "-i", "vale7:p}1,driver=embedded", "-f", "rx", "-n", "50000", "-l", "1514");
        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out()).containsPattern("total rx .*: 50000 frames, 75700000 bytes .*drops 0");
    }

    @Test
    void pingsAreAnswered() {
        CommandOutcome outcome = run("-i", A, "-f", "ping", "-i", B, "-f", "pong", "-n", "500");
        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out()).containsPattern("total ping .*: 500 frames.*, 500 answers, RTT min .*drops 0")
            .containsPattern("total pong .*: 500 frames").doesNotContain("lost");
    }

    @Test
    void framesHaveTheHeaderThatIsAskedFor() {
        CommandOutcome outcome = run("-i", A, "-f", "tx", "-i", B, "-f", "rx", "-n", "100", "-b", "10", "-R", "2000",
            "-H", "12", "-F", "3");
        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("total tx " + A + ": 100 frames, 7200 bytes",
            "total rx " + B + ": 100 frames, 7200 bytes");
    }

    @Test
    void pingsWithAHeaderAreAnswered() {
        CommandOutcome outcome = run("-i", A, "-f", "ping", "-i", B, "-f", "pong", "-n", "50", "-H", "12");
        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("50 answers").doesNotContain("lost");
    }

    @Test
    void itWaitsForTheLinkBeforeTheFirstFrame() {
        long begin = System.nanoTime();
        CommandOutcome outcome = run("-i", A, "-f", "tx", "-n", "1", "-w", "1");
        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out()).containsSubsequence("tx " + A, "waiting 1 s for the link", "total tx");
        assertThat(System.nanoTime() - begin).isGreaterThan(TimeUnit.SECONDS.toNanos(1));
    }

    @Test
    void aProcessorThatIsNotThereIsNamed() {
        CommandOutcome outcome = run("-i", A, "-f", "tx", "-n", "1", "-a", "8191");
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err().strip().lines()).hasSize(1).first().asString()
            .startsWith("pktgen: processor 8191: ");
    }

    @Test
    @RequiresTap
    void theFirstPacketOfAFileIsSentAsItIs(@TempDir Path folder) throws Exception {
        byte[] packet = TestFrames.frame(77, 333);
        Path file = folder.resolve("two.pcapng");
        try (PcapWriter writer = PcapWriter.to(file).open()) {
            PcapInterface capture = writer.addInterface("t0");
            for (byte[] frame : new byte[][] {packet, TestFrames.frame(78, 60)}) {
                capture.write(UnpooledByteBufAllocator.DEFAULT, Unpooled.wrappedBuffer(frame), 0,
                    FrameDirection.INBOUND);
            }
        }
        try (TestNamespace namespace = TestNamespace.create()) {
            CompletableFuture<CommandOutcome> running = CompletableFuture.supplyAsync(() -> run("-i",
                "tap:g0,up=on,netns=" + namespace.name(), "-f", "tx", "-R", "100", "-n", "150", "-P", file.toString(),
                "-F", "4"));
            assertThat(first(namespace, running)).isEqualTo(packet);
            CommandOutcome outcome = running.get(60, TimeUnit.SECONDS);
            assertThat(outcome.code()).as(outcome.err()).isZero();
            assertThat(outcome.out()).containsPattern("total tx .*: 150 frames, 49950 bytes");
        }
    }

    @Test
    void aFileWithoutAFrameIsNamed(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("packet");
        assertThat(run("-i", A, "-f", "tx", "-P", file.toString()).err())
            .isEqualTo("pktgen: " + file + ": no such file or directory" + System.lineSeparator());
        Files.writeString(file, "no capture");
        assertThat(run("-i", A, "-f", "tx", "-P", file.toString()).err())
            .startsWith("pktgen: " + file + " cannot be read: byte 0: no pcap or pcapng file");
        PcapWriter.to(file).open().close();
        assertThat(run("-i", A, "-f", "tx", "-P", file.toString()).err())
            .isEqualTo("pktgen: " + file + " has no packet" + System.lineSeparator());
        try (PcapWriter writer = PcapWriter.to(file).linkType(PcapLinkType.RAW).open()) {
            writer.addInterface("tun0").write(UnpooledByteBufAllocator.DEFAULT, Unpooled.wrappedBuffer(new byte[20]), 0,
                FrameDirection.INBOUND);
        }
        CommandOutcome outcome = run("-i", A, "-f", "tx", "-P", file.toString());
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err()).contains("the first packet is no Ethernet frame, but of link type 101");
    }

    @Test
    void aPingThatNobodyAnswersIsLost() {
        CommandOutcome outcome = run("-i", A, "-f", "ping", "-i", B, "-f", "rx", "-n", "1", "-T", "0");
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.out()).contains("no answers, 1 lost");
        assertThat(outcome.err()).isEqualTo("pktgen: port " + A + ": nobody has answered" + System.lineSeparator());
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "io_uring", "poll"})
    @RequiresTap
    void framesThatAnInterfaceRefusesAreAFailureAndCountedOnce(String loop) throws Exception {
        try (TestNamespace namespace = TestNamespace.create()) {
            // More frames than a burst, so that not only the last burst counts.
            CommandOutcome outcome = run("-i", "tap:g0,netns=" + namespace.name(), "-f", "tx", "-n", "1000", "-T", "0",
                "--loop", loop);
            assertThat(outcome.code()).isEqualTo(1);
            assertThat(outcome.out()).containsPattern("total tx tap:g0: 0 frames, 0 bytes .*, drops tx down 1000\\R");
            assertThat(outcome.err()).hasLineCount(1)
                .containsPattern("^pktgen: port tap:g0: 0 of 1000 frames were sent: tap:g0 is down: set it up.*"
                    + "'ip link set dev g0 up'\\R");
        }
    }

    @Test
    @RequiresTap
    void aPingThatAnInterfaceRefusesIsAFailure() throws Exception {
        try (TestNamespace namespace = TestNamespace.create()) {
            CommandOutcome outcome = run("-i", "tap:g0,netns=" + namespace.name(), "-f", "ping", "-n", "1", "-T", "0");
            assertThat(outcome.code()).isEqualTo(1);
            assertThat(outcome.err().lines()).last().asString()
                .startsWith("pktgen: port tap:g0: nobody has answered: tap:g0 is down");
        }
    }

    @Test
    @RequiresTap
    void aPortThatGoesIsAFailure() throws Exception {
        try (TestNamespace namespace = TestNamespace.create()) {
            CompletableFuture<CommandOutcome> running = CompletableFuture.supplyAsync(() -> run("-i",
                "tap:g0,up=on,netns=" + namespace.name(), "-f", "tx", "-R", "100", "-T", "0"));
            first(namespace, running);
            namespace.ip("link", "del", "dev", "g0");
            CommandOutcome outcome = running.get(30, TimeUnit.SECONDS);
            assertThat(outcome.code()).isEqualTo(1);
            assertThat(outcome.out()).contains("total tx tap:g0: ");
            assertThat(outcome.err()).startsWith("pktgen: port tap:g0 is gone: ");
        }
    }

    @Test
    void saysTheRateWhileItRuns() {
        CommandOutcome outcome = run("-i", A, "-f", "tx", "-R", "2000", "-n", "400", "-i", B, "-f", "rx", "-T", "50");
        assertThat(outcome.out()).containsPattern("(?m)^tx " + A + ": \\S+pps \\(\\d+ frames, \\S+bit/s in 0\\.")
            .containsPattern("total rx .*: 400 frames");
        // 20 frames are due at once, the others at 500 in a quarter of a second.
        assertThat(number(outcome.out(), "total tx .* in 0\\.(\\d)")).isGreaterThanOrEqualTo(1);
    }

    @Test
    void aPortThatCannotBeOpenedIsOneLineAndExitCode1() {
        CommandOutcome outcome = run("-i", "vale7:a/zt,driver=embedded", "-f", "rx");
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err().strip().lines()).hasSize(1).first().asString()
            .startsWith("pktgen: port vale7:a/zt,driver=embedded cannot be opened: ");
    }

    @Test
    @RequiresTap
    void sendsToATapWhatTheOptionsSay() throws Exception {
        try (TestNamespace namespace = TestNamespace.create()) {
            CompletableFuture<CommandOutcome> running = CompletableFuture.supplyAsync(() -> run("-i",
                "tap:g0,up=on,netns=" + namespace.name(), "-f", "tx", "-R", "100", "-l", "64", "-n", "150",
                "-s", "192.0.2.7:70", "-d", "192.0.2.8:80", "-S", "02:00:00:00:00:07", "-D", "02:00:00:00:00:08"));
            byte[] frame = first(namespace, running);
            ByteBuffer bytes = ByteBuffer.wrap(frame);
            assertThat(frame).hasSize(64);
            assertThat(bytes.getLong(0)).isEqualTo(0x0200_0000_0008_0200L);
            assertThat(bytes.getInt(8)).isEqualTo(7);
            assertThat(bytes.getInt(26)).isEqualTo(0xc000_0207);
            assertThat(bytes.getInt(30)).isEqualTo(0xc000_0208);
            assertThat(bytes.getInt(34)).isEqualTo(70 << 16 | 80);
            CommandOutcome outcome = running.get(10, TimeUnit.SECONDS);
            assertThat(outcome.code()).as(outcome.err()).isZero();
            assertThat(outcome.out()).containsPattern("total tx .*: 150 frames, 9600 bytes");
        }
    }

    private static byte[] first(TestNamespace namespace, CompletableFuture<?> running) throws Exception {
        await("the interface", () -> running.isDone() || namespace.ip("-o", "link").contains("g0"));
        if (running.isDone()) {
            throw new AssertionError("ended before: " + running.get());
        }
        try (PacketSocket socket = PacketSocket.open(namespace, "g0")) {
            return socket.receive(2000);
        }
    }
}

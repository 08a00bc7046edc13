/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.ringtap.ethernet.FrameDirection;
import io.ringtap.examples.CommandOutcome;
import io.ringtap.pcap.PcapInterface;
import io.ringtap.pcap.PcapReader;
import io.ringtap.pcap.PcapWriter;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The options that the capture has in common with tcpdump. */
@RequiresTap
@Timeout(120)
class CaptureOptionsTest {
    @TempDir
    Path dir;

    private TestNamespace namespace;
    private String port;

    @BeforeEach
    void open() throws Exception {
        namespace = TestNamespace.create();
        namespace.ip("tuntap", "add", "dev", "t0", "mode", "tap");
        port = "tap:t0,netns=" + namespace.name();
    }

    @AfterEach
    void close() throws Exception {
        namespace.close();
    }

    private static CommandOutcome run(String... arguments) {
        return CommandOutcome.of(new CaptureMain(), arguments);
    }

    private static CompletableFuture<CommandOutcome> start(String... arguments) {
        return CompletableFuture.supplyAsync(() -> run(arguments));
    }

    /** Sends frames of 1000 bytes until the command has ended, and returns what it did. */
    private CommandOutcome sendUntilEnd(CompletableFuture<CommandOutcome> command) throws Exception {
        namespace.ip("link", "set", "dev", "t0", "up");
        try (PacketSocket near = PacketSocket.open(namespace, "t0")) {
            await("the end", () -> {
                try {
                    near.send(TestFrames.frame(1, 1000));
                } catch (IOException down) {
                    // No program has the other end.
                }
                return command.isDone();
            });
        }
        return command.get();
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-i", "--interface"})
    void withoutAFileALineIsPrintedForEachFrame(String option) throws Exception {
        CommandOutcome outcome = sendUntilEnd(start(option, port, "-c", "20"));
        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out().lines()).hasSize(20)
            .allMatch(line -> line.matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{6} [0-9a-f:]{17} > [0-9a-f:]{17}, .*length .*"));
        assertThat(outcome.err()).contains("capturing tap:t0", "tap:t0: 20 frames captured, 0 dropped");
    }

    @ParameterizedTest
    @CsvSource({"'', a PORT is needed", "tap:a -r x ip, 'a filter expression, ''ip'', goes with a capture'",
        "-i tap:a -w x -r y, either --write or --read", "-i tap:a -C 1, '-C, -G and -W go with --write'",
        "-i tap:a -G 1, '-C, -G and -W go with --write'", "-i tap:a -w - -C 1, -C and -G need a file",
        "-i tap:a -w - -G 1, -C and -G need a file", "-i tap:a -w x -C 1 -G 1 -W 2, -W goes with either -C or -G",
        "-i tap:a -w x -C 1X, '''1X'' is no size'", "-i tap:a -w x-%Q -G 1, '-w x-%Q: no conversion %Q is known'",
        "-i tap:a -r x -s 10, --snap-length goes with a capture", "-i tap:a --stats -1, no option takes a number"})
    void whatCannotBeIsAWrongArgument(String arguments, String message) {
        CommandOutcome outcome = run(arguments.isEmpty() ? new String[0] : arguments.split(" "));
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(2);
        assertThat(outcome.err().strip().lines()).hasSize(1).first().asString().contains(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-r", "-w"})
    void anEmptyNameOfAFileIsAWrongArgument(String option) {
        CommandOutcome outcome = run("-i", "tap:a", option, "");
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(2);
        assertThat(outcome.err()).contains("the name of the file is empty");
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1000000", "10, 10000000", "3k, 3072", "3K, 3072", "2M, 2097152", "1G, 1073741824",
        "999999999G, 1073741822926258176"})
    void sizesAreThoseOfTcpdump(String text, long bytes) {
        assertThat(new FileSize().convert(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "K", "1KB", "1.5M", "9999999999"})
    void whatIsNoSizeIsRefused(String text) {
        assertThatThrownBy(() -> new FileSize().convert(text)).isInstanceOf(TypeConversionException.class)
            .hasMessageContaining("'" + text + "' is no size");
    }

    @Test
    void filesOfASizeAreNumberedAndTheNewestKept() throws Exception {
        CommandOutcome outcome = sendUntilEnd(start("-i", port, "-w", dir.resolve("t0.pcapng").toString(), "-C", "2K",
            "-W", "2", "-c", "40"));
        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(files()).hasSize(2).allMatch(name -> name.matches("t0_000\\d\\d\\.pcapng"));
        assertThat(Files.size(dir.resolve(files().get(0)))).isBetween(1000L, 2048L + 200);
    }

    @Test
    void filesOfATimeAreNamedByItAndTheirNumberIsTheEnd() throws Exception {
        CommandOutcome outcome = sendUntilEnd(start("-i", port, "-w", dir.resolve("t0-%s.pcapng").toString(), "-G",
            "1", "-W", "2"));
        assertThat(outcome.code()).as(outcome.err()).isZero();
        List<String> files = files();
        assertThat(files).hasSize(2).allMatch(name -> name.matches("t0-\\d+\\.pcapng"));
        long first = Long.parseLong(files.get(0).replaceAll("\\D", "").substring(1));
        long second = Long.parseLong(files.get(1).replaceAll("\\D", "").substring(1));
        assertThat(second).isBetween(first + 1, first + 2);
        for (String name : files) {
            try (PcapReader reader = PcapReader.open(dir.resolve(name))) {
                reader.next().data().release();
            }
        }
    }

    private Path recorded(int frames) throws IOException {
        Path file = dir.resolve("recorded.pcapng");
        try (PcapWriter writer = PcapWriter.to(file).open()) {
            PcapInterface capture = writer.addInterface("t0");
            for (int i = 0; i < frames; i++) {
                capture.write(UnpooledByteBufAllocator.DEFAULT, Unpooled.wrappedBuffer(TestFrames.frame(i, 1000)), 0,
                    FrameDirection.INBOUND);
            }
        }
        return file;
    }

    @Test
    void aLongReplaySaysHowFarItIs() throws Exception {
        namespace.ip("link", "set", "dev", "t0", "up");
        Path file = recorded(2500);
        CommandOutcome outcome = run("-i", port, "-r", file.toString(), "--rate", "1000", "--stats", "1");
        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.err().lines()).hasSizeGreaterThanOrEqualTo(2).allMatch(line -> line.matches(
            Pattern.quote(file.toString()) + ", \\d+ % read: \\d+ frames sent, 0 not sent"));
        assertThat(run("-i", port, "-r", file.toString(), "--rate", "1000", "--stats", "0").err()).isEmpty();
    }
}

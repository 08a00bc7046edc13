/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import io.ringtap.examples.CommandOutcome;
import io.ringtap.testsuite.TestLoops.TestLoop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** The output and the exit code of a replay, especially when something fails. */
class ReplayCommandTest extends CaptureCommands {
    @ParameterizedTest
    @CsvSource({"tap, 113, LINUX_SLL (113), Ethernet frames", "tap, 101, RAW (101), Ethernet frames",
        "tun, 1, ETHERNET (1), IP packets", "tun, 113, LINUX_SLL (113), IP packets", "tap, 42, 42, Ethernet frames"})
    void aFileOfAnotherLinkTypeIsRefusedBeforeAnythingIsSent(String mode, int linkType, String name, String wanted)
        throws Exception {
        Path file = pcap("other.pcap", linkType, 601);
        CommandOutcome outcome = run(persistent(mode), "-r", file.toString(), "--speed", "0");
        assertOneLineOfCause(outcome, file + " has packets of link type " + name + ", and " + mode + ":t0");
        assertThat(outcome.err()).contains(" takes " + wanted);
        assertThat(received()).isZero();
    }

    /** Returns how many frames the interface has received, which are those that were written to it. */
    private long received() throws IOException {
        Matcher rx = Pattern.compile("RX:.*\\n\\s*\\d+\\s+(\\d+)").matcher(namespace.ip("-s", "link", "show", "t0"));
        assertThat(rx.find()).isTrue();
        return Long.parseLong(rx.group(1));
    }

    @ParameterizedTest
    @CsvSource({"tun, 101", "tun, 228", "tun, 229", "tap, 1"})
    void aFileThatFitsIsSent(String mode, int linkType) throws Exception {
        Path file = pcap("fits.pcap", linkType, 20);
        CommandOutcome outcome = run(persistent(mode), "-r", file.toString(), "--speed", "0");
        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("t0: 20 frames sent, 0 not sent; the port sent 20 and dropped 0");
        assertThat(received()).isEqualTo(20);
    }

    @Test
    void packetsOfOtherInterfacesArePassedOverAndCounted() throws Exception {
        ByteBuffer file = pcapng(ETHERNET, LINUX_SLL);
        enhanced(file, 0, 0, 60, packet(ETHERNET, 0));
        enhanced(file, 1, 50_000_000_000L, 60, packet(LINUX_SLL, 0));
        enhanced(file, 1, 60_000_000_000L, 60, packet(LINUX_SLL, 0));
        enhanced(file, 0, 1000, 1500, packet(ETHERNET, 1));
        Path mixed = write("mixed.pcapng", file);
        CommandOutcome outcome = run(persistent("tap"), "-r", mixed.toString());
        assertOneLineOfCause(outcome, mixed + ": only 2 of 4 packets sent");
        assertThat(outcome.out()).contains("tap:t0: 2 frames sent, 0 not sent; the port sent 2 and dropped 0",
            "  2 passed over: packets of link type LINUX_SLL (113), and tap:t0 takes Ethernet frames",
            "  1 cut by the snap length of the capture, and sent as short as they are");
        assertThat(received()).isEqualTo(2);
    }

    @Test
    void aReplayThatIsRefusedWholeFails() throws Exception {
        Path file = pcap("t0.pcap", ETHERNET, 601);
        CommandOutcome outcome = run("tap:t0,netns=" + namespace.name(), "-r", file.toString(), "--speed", "0");
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err().lines()).containsExactly("tap:t0 is down, and carries no frames until it is set up:"
            + " 'ip -n " + namespace.name() + " link set dev t0 up'",
            "capture: " + file + ": none of 601 packets sent");
        assertThat(outcome.out()).contains("tap:t0: 0 frames sent, 601 not sent; the port sent 0 and dropped 601",
            "  601 not sent: tap:t0 is down: set it up");
    }

    @Test
    void timeDoesNotLeap() throws Exception {
        ByteBuffer file = pcapng(ETHERNET);
        simple(file, packet(ETHERNET, 0));
        enhanced(file, 0, 1_700_000_000_000_000L, 60, packet(ETHERNET, 1));
        simple(file, packet(ETHERNET, 2));
        enhanced(file, 0, 1_700_000_000_001_000L, 60, packet(ETHERNET, 3));
        enhanced(file, 0, 1_800_000_000_000_000L, 60, packet(ETHERNET, 4));
        enhanced(file, 0, 1_600_000_000_000_000L, 60, packet(ETHERNET, 5));
        Path leaping = write("leaping.pcapng", file);
        CommandOutcome outcome = run(persistent("tap"), "-r", leaping.toString(), "--max-gap", "1", "--duration", "60");
        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("tap:t0: 6 frames sent, 0 not sent",
            "  2 without a time stamp, and sent right behind the one before",
            "  2 leaps of the recorded clock, bounded by --max-gap");
    }

    /** Without an option that old releases do not have. */
    @Test
    void aMixOfSimpleAndEnhancedBlocksIsSentAtOnce() throws Exception {
        ByteBuffer file = pcapng(ETHERNET);
        simple(file, packet(ETHERNET, 0));
        enhanced(file, 0, 1_700_000_000_000_000L, 60, packet(ETHERNET, 1));
        Path mixed = write("mixed.pcapng", file);
        CommandOutcome outcome = run(persistent("tap"), "-r", mixed.toString(), "--duration", "20");
        assertThat(outcome.out()).contains("tap:t0: 2 frames sent");
    }

    /** The rate is higher than possible, so that frames are on their way at any time. */
    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void aReplayThatIsStoppedReportsWhatWentOut(TestLoop loop) throws Exception {
        Path file = pcap("t0.pcap", ETHERNET, 300_000);
        CommandOutcome outcome = run(persistent("tap"), "-r", file.toString(), "--rate", "280000", "--duration", "1",
            "--loop", loop.toString());
        assertThat(outcome.code()).as(outcome.err()).isZero();
        Matcher sent = Pattern.compile("tap:t0: (\\d+) frames sent, (\\d+) not sent;").matcher(outcome.out());
        assertThat(sent.find()).as(outcome.out()).isTrue();
        assertThat(Long.parseLong(sent.group(1))).isEqualTo(received()).isPositive();
    }

    @Test
    void theEndOfThePortInTheMiddleOfAReplayIsTold() throws Exception {
        Path file = pcap("t0.pcap", ETHERNET, 2000);
        CompletableFuture<CommandOutcome> replay = start(persistent("tap"), "-r", file.toString(), "--rate", "400");
        await("some are sent", PATIENCE_MILLIS, () -> {
            try {
                return received() > 20;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        namespace.ip("link", "del", "t0");
        CommandOutcome outcome = replay.get(60, TimeUnit.SECONDS);
        assertOneLineOfCause(outcome, " is gone: tap:t0 is gone: the interface was deleted");
        assertThat(outcome.out()).containsPattern("tap:t0: \\d+ frames sent, \\d+ not sent");
    }

    @Test
    void aBrokenFileIsNamedWithThePlace() throws Exception {
        Path file = pcap("broken.pcap", ETHERNET, 3);
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 24 + 2 * 76 + 40));
        CommandOutcome outcome = run(persistent("tap"), "-r", file.toString());
        assertOneLineOfCause(outcome, file + " cannot be read further: byte 216: the file ends within a packet");
        assertThat(outcome.out()).contains("tap:t0: 2 frames sent, 0 not sent");
        assertThat(received()).isEqualTo(2);
    }

    @Test
    void whatIsNoFileIsNamed() throws Exception {
        String tap = persistent("tap");
        assertOneLineOfCause(run(tap, "-r", dir.toString()), dir + " cannot be read: Is a directory");
        assertOneLineOfCause(run(tap, "-r", dir + "/none"), dir + "/none cannot be read: there is no such file");
        assertOneLineOfCause(run(tap, "-w", dir.toString()), dir + ": is a directory");
        assertOneLineOfCause(run(tap, "-w", dir + "/no/file"), dir + "/no/file: no such file or directory");
        Path link = Files.createSymbolicLink(dir.resolve("link"), dir.resolve("target"));
        assertOneLineOfCause(run(tap, "-w", link.toString()), link + ": is a symbolic link");
        assertThat(dir.resolve("target")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"-s 64", "--rotate 1", "--files 2", "--rate 5 --speed 1", "--max-gap -1", "--max-gap 5 --rate 5",
        "--max-gap 5 --speed 0", "-c -1"})
    void whatAReplayCannotHonourIsRefused(String options) throws Exception {
        assertUsage("-r", pcap("t0.pcap", ETHERNET, 3).toString(), options);
    }

    @Test
    void theCountIsHonouredByAReplay() throws Exception {
        Path file = pcap("t0.pcap", ETHERNET, 30);
        CommandOutcome outcome = run(persistent("tap"), "-r", file.toString(), "-c", "7");
        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("tap:t0: 7 frames sent");
        assertThat(received()).isEqualTo(7);
    }
}

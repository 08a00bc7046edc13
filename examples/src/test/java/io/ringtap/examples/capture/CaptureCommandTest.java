/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import io.ringtap.examples.CommandOutcome;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** The output and the exit code of a capture, especially when something fails. */
class CaptureCommandTest extends CaptureCommands {
    @Test
    void aClosedPipeEndsTheCapture() throws Exception {
        Path errors = dir.resolve("errors");
        Process capture = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+IgnoreUnrecognizedVMOptions", "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow", "-cp", System.getProperty("java.class.path"),
            CaptureMain.class.getName(), port("tap:t0"), "-w", "-").redirectError(errors.toFile()).start();
        try {
            try (InputStream output = capture.getInputStream()) {
                assertThat(readBlock(output)).as("the section header").isEqualTo(0x0a0d0d0a);
                assertThat(readBlock(output)).as("the interface").isEqualTo(1);
            }
            sendUntil(() -> !capture.isAlive());
            String said = Files.readString(errors);
            assertThat(capture.exitValue()).as(said).isEqualTo(1);
            assertThat(said).doesNotContain("\tat ").containsPattern("capturing tap:t0\n"
                + "tap:t0: \\d+ frames captured, 0 dropped on the way to the file, [1-9]\\d* lost as it could not be")
                .endsWith("capture: capture incomplete: the standard output: Broken pipe\n");
        } finally {
            capture.destroyForcibly();
        }
    }

    /** Reads one block and returns its type. */
    private static int readBlock(InputStream in) throws IOException {
        ByteBuffer head = ByteBuffer.wrap(in.readNBytes(8)).order(ByteOrder.LITTLE_ENDIAN);
        in.skipNBytes(head.getInt(4) - 8);
        return head.getInt(0);
    }

    private CommandOutcome assertEndsOnAFullDisk(Path file) throws Exception {
        CompletableFuture<CommandOutcome> capture = start(port("tap:t0"), "-w", file.toString());
        sendUntil(capture::isDone);
        CommandOutcome outcome = capture.get();
        assertOneLineOfCause(outcome, "capture incomplete: " + file + ": No space left on device");
        return outcome;
    }

    @Test
    void aFullDiskEndsTheCapture() throws Exception {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full), "there is no /dev/full");
        assertThat(assertEndsOnAFullDisk(full).out()).contains("tap:t0: 0 frames captured, 0 dropped");
    }

    @Test
    void aSmallDiskThatFillsEndsTheCapture() throws Exception {
        Process holder = new ProcessBuilder("unshare", "--mount", "--propagation", "private", "sh", "-c",
            "mount -t tmpfs -o size=64k tiny /mnt && echo mounted && exec sleep 100").redirectErrorStream(true).start();
        try {
            String line = holder.inputReader().readLine();
            assumeTrue("mounted".equals(line), () -> "no file system can be mounted: " + line);
            CommandOutcome outcome = assertEndsOnAFullDisk(Path.of("/proc/" + holder.pid() + "/root/mnt/full.pcapng"));
            assertThat(outcome.out()).containsPattern(
                "tap:t0: [1-9]\\d* frames captured, 0 dropped on the way to the file, [1-9]\\d* lost as it could");
        } finally {
            holder.destroy();
            holder.waitFor();
        }
    }

    @Test
    void theEndOfThePortInTheMiddleOfACaptureIsTold() throws Exception {
        Path file = dir.resolve("t0.pcapng");
        CompletableFuture<CommandOutcome> capture = start(persistent("tap"), "-w", file.toString());
        await("the file is there", PATIENCE_MILLIS, () -> Files.exists(file));
        namespace.ip("link", "del", "t0");
        CommandOutcome outcome = capture.get(60, TimeUnit.SECONDS);
        assertOneLineOfCause(outcome, " is gone: tap:t0 is gone: the interface was deleted");
        assertThat(outcome.out()).contains("tap:t0: 0 frames captured, 0 dropped");
    }

    @Test
    void aPortThatCannotBeOpenedLeavesAnEarlierFileAlone() throws Exception {
        Path file = Files.writeString(dir.resolve("t0.pcapng"), "an earlier capture");
        assertOneLineOfCause(run("tap:t0,netns=none", "-w", file.toString()),
            "port tap:t0,netns=none cannot be opened");
        assertThat(file).hasContent("an earlier capture");
    }

    @Test
    void aSecondRotatingCaptureLeavesTheFirstAlone() throws Exception {
        Path file = dir.resolve("t0.pcapng");
        Path second = Files.writeString(dir.resolve("t0_00001.pcapng"), "an earlier capture");
        assertOneLineOfCause(run(port("tap:t0"), "-w", file.toString(), "--rotate", "1", "--duration", "1"),
            second + ": is there from an earlier capture");
        assertThat(file).doesNotExist();
        assertThat(second).hasContent("an earlier capture");
    }

    @ParameterizedTest
    @CsvSource({"--files 2", "--max-gap 1", "--speed 1", "--rate 1", "--rotate -1 --files 1", "-s 0"})
    void whatACaptureCannotHonourIsRefused(String options) throws Exception {
        assertUsage("-w", dir.resolve("t0.pcapng").toString(), options);
        assertThat(dir.resolve("t0.pcapng")).doesNotExist();
    }

    @Test
    void whatTheKernelDroppedIsInTheStatistics() throws Exception {
        Path file = dir.resolve("t0.pcapng");
        String tap = persistent("tap");
        namespace.ip("link", "set", "dev", "t0", "txqueuelen", "8");
        Process capture = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+IgnoreUnrecognizedVMOptions", "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow", "-cp", System.getProperty("java.class.path"),
            CaptureMain.class.getName(), tap, "-w", file.toString(), "--duration", "6").redirectErrorStream(true)
            .redirectOutput(dir.resolve("said").toFile()).start();
        try {
            await("the file is there", PATIENCE_MILLIS, () -> Files.exists(file));
            try (PacketSocket near = PacketSocket.open(namespace, "t0")) {
                // A stopped process reads nothing.
                signal(capture, "STOP");
                for (int i = 0; i < 100; i++) {
                    near.send(TestFrames.frame(i, 100));
                }
                signal(capture, "CONT");
            }
            assertThat(capture.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            capture.destroyForcibly();
        }
        String said = Files.readString(dir.resolve("said"));
        assertThat(capture.exitValue()).as(said).isZero();
        Matcher kernel = Pattern.compile("and the kernel (\\d+)").matcher(said);
        assertThat(kernel.find()).as(said).isTrue();
        assertThat(Long.parseLong(kernel.group(1))).isGreaterThanOrEqualTo(80);
        assertThat(systemDrops(Files.readAllBytes(file))).isEqualTo(Long.parseLong(kernel.group(1)));
    }

    private static void signal(Process process, String signal) throws IOException {
        TestNamespace.run("kill", "-" + signal, Long.toString(process.pid()));
    }

    /** The option isb_osdrop of the interface statistics, the last block of the file; -1 if there is none. */
    private static long systemDrops(byte[] bytes) {
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int start = bytes.length - file.getInt(bytes.length - 4);
        assertThat(file.getInt(start)).isEqualTo(5);
        for (int at = start + 20; file.getShort(at) != 0; at += 4 + (file.getShort(at + 2) + 3) / 4 * 4) {
            if (file.getShort(at) == 7) {
                return file.getLong(at + 4);
            }
        }
        return -1;
    }

    @Test
    void filesAreReadByTheirOwnerAlone() throws Exception {
        Path file = dir.resolve("t0.pcapng");
        assertThat(run(port("tap:t0"), "-w", file.toString(), "--duration", "1").code()).isZero();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
        assertThat(file).isNotEmptyFile();
    }

    /** As with other captures, the host goes on using the interface, and both directions are seen. */
    @Test
    void theBareNameOfAnInterfaceStandsForAPacketSocketOnIt() throws Exception {
        namespace.ip("link", "add", "va", "type", "veth", "peer", "name", "vb");
        namespace.ip("link", "set", "va", "up");
        namespace.ip("link", "set", "vb", "up");
        CompletableFuture<CommandOutcome> capture = start("va,netns=" + namespace.name(), "-c", "2");
        try (PacketSocket near = PacketSocket.open(namespace, "va");
             PacketSocket far = PacketSocket.open(namespace, "vb")) {
            // There is no telling when it has begun.
            for (int i = 0; !capture.isDone(); i++) {
                near.send(TestFrames.frame(i));
                far.send(TestFrames.frame(i));
                near.receive(20);
            }
        }
        assertThat(capture.get().code()).isZero();
        assertThat(run("nosuch", "-c", "1")).satisfies(outcome -> {
            assertThat(outcome.code()).isEqualTo(1);
            assertThat(outcome.err()).contains("packet:nosuch");
        });
        assertThat(run("nowhere:a").err()).contains("no backend is called that");
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import io.ringtap.examples.CommandOutcome;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What the command says and exits with, above all when something fails. */
@RequiresTap
@Timeout(120)
class CaptureCommandTest {
    private static final int ETHERNET = 1;
    private static final int RAW = 101;
    private static final int LINUX_SLL = 113;
    /** A command is a JVM of its own, which takes its time on a busy machine. */
    private static final long PATIENCE_MILLIS = 60_000;

    @TempDir
    Path dir;

    private TestNamespace namespace;

    @BeforeEach
    void open() throws Exception {
        namespace = TestNamespace.create();
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

    private String port(String name) {
        return name + ",up=on,netns=" + namespace.name();
    }

    /** An interface that outlives the command, so that it is there before and after. */
    private String persistent(String mode) throws IOException {
        namespace.ip("tuntap", "add", "dev", "t0", "mode", mode);
        namespace.ip("link", "set", "dev", "t0", "up");
        return mode + ":t0,netns=" + namespace.name();
    }

    /** Sends frames of 1000 bytes to the port until the command has ended. */
    private void sendUntil(BooleanSupplier ended) throws Exception {
        await("the port is there", PATIENCE_MILLIS, () -> {
            try {
                return ended.getAsBoolean() || namespace.ip("link", "show", "dev", "t0").contains("LOWER_UP");
            } catch (IOException notYet) {
                return false;
            }
        });
        if (ended.getAsBoolean()) {
            return;
        }
        try (PacketSocket near = PacketSocket.open(namespace, "t0")) {
            await("it has ended", PATIENCE_MILLIS, () -> {
                try {
                    for (int i = 0; i < 5; i++) {
                        near.send(TestFrames.frame(i, 1000));
                    }
                } catch (IOException gone) {
                    // It is about to end.
                }
                return ended.getAsBoolean();
            });
        }
    }

    private Path write(String name, ByteBuffer bytes) throws IOException {
        return Files.write(dir.resolve(name), Arrays.copyOf(bytes.array(), bytes.position()));
    }

    private static byte[] packet(int linkType, int number) {
        if (linkType == ETHERNET) {
            return TestFrames.frame(number, 60);
        }
        byte[] packet = new byte[60];
        packet[linkType == LINUX_SLL ? 16 : 0] = 0x45;
        return packet;
    }

    private Path pcap(String name, int linkType, int packets) throws IOException {
        ByteBuffer file = ByteBuffer.allocate(24 + packets * 76).putInt(0xa1b2c3d4).putShort((short) 2)
            .putShort((short) 4).putLong(0).putInt(65535).putInt(linkType);
        for (int i = 0; i < packets; i++) {
            file.putInt(5).putInt(i).putInt(60).putInt(60).put(packet(linkType, i));
        }
        return write(name, file);
    }

    private static ByteBuffer pcapng(int... linkTypes) {
        ByteBuffer file = ByteBuffer.allocate(4096).putInt(0x0a0d0d0a).putInt(28).putInt(0x1a2b3c4d)
            .putShort((short) 1).putShort((short) 0).putLong(-1).putInt(28);
        for (int linkType : linkTypes) {
            file.putInt(1).putInt(20).putShort((short) linkType).putShort((short) 0).putInt(0).putInt(20);
        }
        return file;
    }

    private static void enhanced(ByteBuffer file, int id, long micros, int original, byte[] packet) {
        file.putInt(6).putInt(32 + packet.length).putInt(id).putLong(micros).putInt(packet.length).putInt(original)
            .put(packet).putInt(32 + packet.length);
    }

    private static void simple(ByteBuffer file, byte[] packet) {
        file.putInt(3).putInt(16 + packet.length).putInt(packet.length).put(packet).putInt(16 + packet.length);
    }

    private static void assertOneLineOfCause(CommandOutcome outcome, String cause) {
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(1);
        assertThat(outcome.err().strip().lines()).hasSize(1).first().asString().startsWith("capture: ")
            .contains(cause);
        assertThat(outcome.out()).doesNotContain("\tat ");
    }

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

    /** What the interface says to have received, which is what was written to it. */
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

    /** Without an option that old releases lack. */
    @Test
    void aMixOfSimpleAndEnhancedBlocksIsSentAtOnce() throws Exception {
        ByteBuffer file = pcapng(ETHERNET);
        simple(file, packet(ETHERNET, 0));
        enhanced(file, 0, 1_700_000_000_000_000L, 60, packet(ETHERNET, 1));
        Path mixed = write("mixed.pcapng", file);
        CommandOutcome outcome = run(persistent("tap"), "-r", mixed.toString(), "--duration", "20");
        assertThat(outcome.out()).contains("tap:t0: 2 frames sent");
    }

    /** At a rate that is not kept, so that frames are on their way at any time. */
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
    @CsvSource({"-s 64", "--rotate 1", "--files 2", "--rate 5 --speed 1", "--max-gap -1", "--max-gap 5 --rate 5",
        "--max-gap 5 --speed 0", "-c -1"})
    void whatAReplayCannotHonourIsRefused(String options) throws Exception {
        assertUsage("-r", pcap("t0.pcap", ETHERNET, 3).toString(), options);
    }

    @ParameterizedTest
    @CsvSource({"--files 2", "--max-gap 1", "--speed 1", "--rate 1", "--rotate -1 --files 1", "-s 0"})
    void whatACaptureCannotHonourIsRefused(String options) throws Exception {
        assertUsage("-w", dir.resolve("t0.pcapng").toString(), options);
        assertThat(dir.resolve("t0.pcapng")).doesNotExist();
    }

    private void assertUsage(String way, String file, String options) {
        List<String> arguments = new ArrayList<>(List.of(port("tap:t0"), way, file, "--duration", "1"));
        arguments.addAll(List.of(options.split(" ")));
        CommandOutcome outcome = run(arguments.toArray(String[]::new));
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(2);
        assertThat(outcome.err().strip().lines()).hasSize(1);
    }

    @Test
    void theCountIsHonouredByAReplay() throws Exception {
        Path file = pcap("t0.pcap", ETHERNET, 30);
        CommandOutcome outcome = run(persistent("tap"), "-r", file.toString(), "-c", "7");
        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("tap:t0: 7 frames sent");
        assertThat(received()).isEqualTo(7);
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
                // A process that stands still reads nothing.
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

    /** The option isb_osdrop of the interface statistics, which are the last block; -1 if it has none. */
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

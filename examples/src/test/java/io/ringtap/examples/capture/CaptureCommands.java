/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import io.ringtap.examples.CommandOutcome;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Runs the command with taps in a namespace of the test, and with capture files that the test makes. */
@RequiresTap
@Timeout(120)
abstract class CaptureCommands {
    static final int ETHERNET = 1;
    static final int RAW = 101;
    static final int LINUX_SLL = 113;

    /** A command is a JVM of its own, which is slow on a busy machine. */
    static final long PATIENCE_MILLIS = 60_000;

    @TempDir
    Path dir;

    TestNamespace namespace;

    @BeforeEach
    void open() throws Exception {
        namespace = TestNamespace.create();
    }

    @AfterEach
    void close() throws Exception {
        namespace.close();
    }

    static CommandOutcome run(String... arguments) {
        return CommandOutcome.of(new CaptureMain(), arguments);
    }

    static CompletableFuture<CommandOutcome> start(String... arguments) {
        return CompletableFuture.supplyAsync(() -> run(arguments));
    }

    String port(String name) {
        return name + ",up=on,netns=" + namespace.name();
    }

    /** Makes an interface that exists before and after the command. */
    String persistent(String mode) throws IOException {
        namespace.ip("tuntap", "add", "dev", "t0", "mode", mode);
        namespace.ip("link", "set", "dev", "t0", "up");
        return mode + ":t0,netns=" + namespace.name();
    }

    /** Sends frames of 1000 bytes to the port until the command has ended. */
    void sendUntil(BooleanSupplier ended) throws Exception {
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

    Path write(String name, ByteBuffer bytes) throws IOException {
        return Files.write(dir.resolve(name), Arrays.copyOf(bytes.array(), bytes.position()));
    }

    static byte[] packet(int linkType, int number) {
        if (linkType == ETHERNET) {
            return TestFrames.frame(number, 60);
        }
        byte[] packet = new byte[60];
        packet[linkType == LINUX_SLL ? 16 : 0] = 0x45;
        return packet;
    }

    Path pcap(String name, int linkType, int packets) throws IOException {
        ByteBuffer file = ByteBuffer.allocate(24 + packets * 76).putInt(0xa1b2c3d4).putShort((short) 2)
            .putShort((short) 4).putLong(0).putInt(65535).putInt(linkType);
        for (int i = 0; i < packets; i++) {
            file.putInt(5).putInt(i).putInt(60).putInt(60).put(packet(linkType, i));
        }
        return write(name, file);
    }

    static ByteBuffer pcapng(int... linkTypes) {
        ByteBuffer file = ByteBuffer.allocate(4096).putInt(0x0a0d0d0a).putInt(28).putInt(0x1a2b3c4d)
            .putShort((short) 1).putShort((short) 0).putLong(-1).putInt(28);
        for (int linkType : linkTypes) {
            file.putInt(1).putInt(20).putShort((short) linkType).putShort((short) 0).putInt(0).putInt(20);
        }
        return file;
    }

    static void enhanced(ByteBuffer file, int id, long micros, int original, byte[] packet) {
        file.putInt(6).putInt(32 + packet.length).putInt(id).putLong(micros).putInt(packet.length).putInt(original)
            .put(packet).putInt(32 + packet.length);
    }

    static void simple(ByteBuffer file, byte[] packet) {
        file.putInt(3).putInt(16 + packet.length).putInt(packet.length).put(packet).putInt(16 + packet.length);
    }

    static void assertOneLineOfCause(CommandOutcome outcome, String cause) {
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(1);
        assertThat(outcome.err().strip().lines()).hasSize(1).first().asString().startsWith("capture: ")
            .contains(cause);
        assertThat(outcome.out()).doesNotContain("\tat ");
    }

    void assertUsage(String way, String file, String options) {
        List<String> arguments = new ArrayList<>(List.of(port("tap:t0"), way, file, "--duration", "1"));
        arguments.addAll(List.of(options.split(" ")));
        CommandOutcome outcome = run(arguments.toArray(String[]::new));
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(2);
        assertThat(outcome.err().strip().lines()).hasSize(1);
    }
}

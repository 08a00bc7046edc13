/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import io.ringtap.examples.CommandOutcome;
import io.ringtap.examples.libpcap.RequiresLibpcap;
import io.ringtap.pcap.CapturedPacket;
import io.ringtap.pcap.PcapReader;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** The filter expressions of libpcap on the command line of the capture. */
@RequiresTap
@RequiresLibpcap
@Timeout(120)
class CaptureFilterTest {
    private static final byte[] WEB = PacketBuilder.tcp(4).ports(4000, 80).payload(new byte[100]).build();
    private static final byte[] OTHER = PacketBuilder.tcp(4).ports(4000, 8080).payload(new byte[100]).build();

    @TempDir
    Path dir;

    private TestNamespace namespace;

    @BeforeEach
    void open() throws Exception {
        namespace = TestNamespace.create();
        namespace.ip("tuntap", "add", "dev", "t0", "mode", "tap");
        namespace.ip("link", "set", "dev", "t0", "up");
    }

    @AfterEach
    void close() throws Exception {
        namespace.close();
    }

    private String port(String keys) {
        return "tap:t0,netns=" + namespace.name() + keys;
    }

    /** Sends frames of both kinds until the command has ended, and returns what it did. */
    private CommandOutcome sendUntilEnd(String... arguments) throws Exception {
        CompletableFuture<CommandOutcome> command = CompletableFuture.supplyAsync(
            () -> CommandOutcome.of(new CaptureMain(), arguments));
        try (PacketSocket near = PacketSocket.open(namespace, "t0")) {
            await("the end", () -> {
                try {
                    near.send(OTHER);
                    near.send(WEB);
                } catch (IOException down) {
                    // No program has the other end.
                }
                return command.isDone();
            });
        }
        return command.get();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",vnet=12"})
    void onlyWhatMatchesIsInTheFileAndCounted(String keys) throws Exception {
        Path file = dir.resolve("web.pcapng");
        CommandOutcome outcome = sendUntilEnd("-i", port(keys), "-w", file.toString(), "-c", "20", "tcp", "port", "80");
        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("tap:t0: 20 frames captured, 0 dropped on the way to the file, ")
            .containsPattern("file, [1-9]\\d* did not match the filter expression;");
        int packets = 0;
        try (PcapReader reader = PcapReader.open(file)) {
            for (CapturedPacket packet = reader.next(); packet != null; packet = reader.next()) {
                byte[] data = new byte[packet.data().readableBytes()];
                packet.data().readBytes(data).release();
                assertThat(data).isEqualTo(WEB);
                packets++;
            }
        }
        assertThat(packets).isEqualTo(20);
    }

    @Test
    void theExpressionMayStandBehindThePortInOneWord() throws Exception {
        CommandOutcome outcome = sendUntilEnd(port(""), "tcp port 80", "-c", "5");
        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out().lines()).hasSize(5).allMatch(line -> line.contains(".80: "));
    }

    @Test
    void anExpressionWithAnErrorIsAWrongArgumentAndLeavesNoFile() throws Exception {
        Path file = dir.resolve("web.pcapng");
        CommandOutcome outcome = CommandOutcome.of(new CaptureMain(), "-i", port(""), "-w", file.toString(), "tpc",
            "port", "80");
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(2);
        assertThat(outcome.err()).contains("the filter expression 'tpc port 80' has an error: ", "syntax error");
        assertThat(file).doesNotExist();
    }
}

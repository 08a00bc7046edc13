/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.operation;

import io.ringtap.channel.DescriptorSocket;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testkit.Await;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.stream.Stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/** Descriptors over the control socket that become no port: all are closed, and the sender is told. */
@EnabledOnOs(OS.LINUX)
class ControlDescriptorTest {
    private static final String NAME = "rt-no-tap";
    private static final int SECONDS = 20;

    @TempDir
    private Path folder;
    private LiveBridge live;
    private DescriptorSocket client;
    private int file;

    @BeforeEach
    void open() throws Exception {
        live = new LiveBridge(2, "--control", folder.resolve("bridge.sock").toString());
        client = DescriptorSocket.connect(folder.resolve("bridge.sock"));
        file = SystemCalls.check("memfd", SystemCalls.memoryFile(NAME));
    }

    @AfterEach
    void nothingIsLeftOpen() throws Exception {
        client.close();
        Await.await("the descriptors to be closed", () -> copies() == 1);
        SystemCalls.close(file);
        live.close();
    }

    private static long copies() {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.filter(ControlDescriptorTest::isFile).count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isFile(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().contains(NAME);
        } catch (IOException closedMeanwhile) {
            return false;
        }
    }

    private void send(String line, int descriptors) throws IOException {
        client.send(UTF_8.encode(line), Collections.nCopies(descriptors, file).stream().mapToInt(fd -> fd).toArray());
    }

    /** What is answered until the line ends; empty if the connection does. */
    private String answer() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(8192);
        while (bytes.position() == 0 || bytes.get(bytes.position() - 1) != '\n') {
            assertThat(client.await(SECONDS)).isTrue();
            if (client.receive(bytes, new DescriptorSocket.Received()) < 0) {
                return "";
            }
        }
        return UTF_8.decode(bytes.flip()).toString();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{\"command\":\"port-add\",\"port\":\"tap:x\"}             | 1 | the descriptor that came cannot be used",
        "{\"command\":\"port-add\",\"port\":\"tap:x\"}             | 2 | one descriptor, and 2 came",
        "{\"command\":\"port-add\",\"port\":\"tap:x,mtu=1400\"}    | 1 | who opens the tap sets its mtu",
        "{\"command\":\"port-add\",\"port\":\"tap:x,colour=1\"}    | 1 | colour",
        "{\"command\":\"port-add\",\"port\":\"dgram:/tmp/none\"}   | 1 | is no tap",
        "{\"command\":\"port-add\"}                                    | 1 | port-add needs a port",
        "{\"command\":\"port-list\"}                                   | 1 | come with port-add alone",
        "{\"command\":\"flush\"                                        | 1 | no request in JSON",
        "null                                                              | 1 | no request in JSON"})
    void whatIsNoPortIsToldAndClosed(String line, int descriptors, String reason) throws IOException {
        send(line + "\n", descriptors);
        assertThat(answer()).contains("\"ok\":false", reason);
        assertThat(copies()).isOne();
        assertThat(live.bridge.ports()).hasSize(2);
        // The connection goes on.
        send("{\"command\":\"flush\"}\n", 0);
        assertThat(answer()).contains("\"ok\":true");
    }

    @Test
    void whoSendsThemWithoutEndIsSentAway() throws IOException {
        send("{\"command\":", 4);
        send("\"port-add\",", 1);
        assertThat(answer()).contains("one descriptor at most");
        assertThat(answer()).isEmpty();
        assertThat(copies()).isOne();
    }

    @Test
    void thoseOfAClientThatGoesAreClosed() throws Exception {
        send("{\"command\":\"port-add\"", 1);
        Await.await("the descriptor to come", () -> copies() == 2);
        client.close();
        Await.await("the descriptor to be closed", () -> copies() == 1);
    }
}

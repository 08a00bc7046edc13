/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.operation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ringtap.bridge.BridgePort;
import io.ringtap.examples.CommandOutcome;
import io.ringtap.examples.bridge.control.BridgectlMain;
import io.ringtap.testkit.Await;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Changes over the control socket. */
class ControlTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    private Path folder;
    private LiveBridge live;

    @BeforeEach
    void open() throws Exception {
        live = new LiveBridge(2, "--control", socket().toString());
    }

    @AfterEach
    void close() throws IOException {
        live.close();
    }

    private Path socket() {
        return folder.resolve("bridge.sock");
    }

    private CommandOutcome bridgectl(String... arguments) {
        List<String> all = new ArrayList<>(List.of("--control", socket().toString()));
        all.addAll(List.of(arguments));
        return CommandOutcome.of(new BridgectlMain(), all.toArray(String[]::new));
    }

    private List<String> names() {
        return live.bridge.ports().stream().map(BridgePort::name).toList();
    }

    /** A connection that sends what it is given. */
    private final class Raw implements AutoCloseable {
        private final SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket()));
        private final BufferedReader answers =
            new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));

        Raw() throws IOException {
        }

        Raw send(String text) throws IOException {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            return this;
        }

        JsonNode answer() throws IOException {
            return MAPPER.readTree(answers.readLine());
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    @Test
    void portsAreAddedMutedListedAndRemoved() throws Exception {
        CommandOutcome added = bridgectl("port", "add", LiveBridge.port(2));
        assertThat(added.code()).as(added.err()).isZero();
        assertThat(added.out()).contains(LiveBridge.port(2) + " has joined the bridge");
        assertThat(names()).contains(LiveBridge.port(2));

        assertThat(bridgectl("port", "mute", "vale9:p{2").code()).isZero();
        assertThat(live.bridge.ports().get(2).isMuted()).isTrue();
        assertThat(bridgectl("port", "list").out()).contains(LiveBridge.port(2)).contains("muted");
        assertThat(bridgectl("port", "unmute", LiveBridge.port(2)).code()).isZero();
        assertThat(live.bridge.ports().get(2).isMuted()).isFalse();

        live.send(0, 0x02_00_00_00_00_0aL);
        Await.await("a station", () -> live.bridge.stations().size() == 1);
        assertThat(bridgectl("addresses").out()).contains("02:00:00:00:00:0a");
        assertThat(bridgectl("--json", "addresses", "nobody").out()).contains("\"stations\":[]");
        assertThat(bridgectl("flush", LiveBridge.port(1)).code()).isZero();
        assertThat(live.bridge.stations()).hasSize(1);
        assertThat(bridgectl("flush").code()).isZero();
        assertThat(live.bridge.stations()).isEmpty();

        assertThat(bridgectl("port", "remove", LiveBridge.port(2)).out()).contains("has left the bridge");
        assertThat(names()).hasSize(2);
        String user = System.getProperty("user.name");
        assertThat(live.log).contains("control by " + user + ":" + user + ": port-add " + LiveBridge.port(2));
    }

    @Test
    void aPortThatCannotBeOpenedLeavesTheBridgeAsItWasAndTheCauseComesBack() {
        List<String> before = names();
        assertThat(bridgectl("port", "add", LiveBridge.port(0)).err())
            .contains("bridgectl port add: port " + LiveBridge.port(0) + " cannot be opened");
        assertThat(bridgectl("port", "add", "nowhere:x").err()).contains("no backend is called that");
        assertThat(bridgectl("port", "add", "dgram:/nowhere/socket").err()).contains("/nowhere");
        assertThat(bridgectl("port", "remove", "tap:none").err()).contains("there is no port 'tap:none'",
            before.get(0));
        assertThat(bridgectl("port", "add", LiveBridge.port(0)).code()).isOne();
        assertThat(names()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{\"command\":                                   | no request in JSON",
        "null                                            | no request in JSON",
        "[]                                              | no request in JSON",
        "nonsense                                        | no request in JSON",
        "{\"command\":\"flush\"} {\"command\":\"flush\"} | no request in JSON",
        "{\"command\":\"flush\",\"colour\":1}            | no request in JSON",
        "{}                                              | unknown command ''",
        "{\"command\":\"halt\"}                          | unknown command 'halt'",
        "{\"command\":\"port-add\"}                      | port-add needs a port",
        "{\"command\":\"port-add\",\"port\":\" \"}       | port-add needs a port",
        "{\"command\":\"port-add\",\"port\":\"a\\nb\"}    | no control characters"})
    void whatIsNoRequestIsAnsweredWithTheReason(String line, String reason) throws Exception {
        try (Raw raw = new Raw()) {
            JsonNode answer = raw.send(line + "\n").answer();
            assertThat(answer.get("ok").asBoolean()).isFalse();
            assertThat(answer.get("error").asText()).contains(reason);
            // The connection goes on.
            assertThat(raw.send("{\"command\":\"flush\"}\n").answer().get("ok").asBoolean()).isTrue();
        }
    }

    @Test
    void aRequestMayComeInPartsAndOneThatNeverEndsIsRefused() throws Exception {
        try (Raw raw = new Raw(); Raw endless = new Raw()) {
            raw.send("{\"command\":");
            endless.send("x".repeat(20_000));
            assertThat(endless.answer().get("error").asText()).contains("a line of 16384 bytes at most");
            assertThat(endless.answers.readLine()).isNull();
            assertThat(raw.send("\"flush\"}\n").answer().get("ok").asBoolean()).isTrue();
            // One that goes in the middle of a request leaves nothing behind.
            raw.send("{\"command\":\"port-remove\",\"port\":\"" + LiveBridge.port(0));
        }
        assertThat(names()).hasSize(2);
    }

    @Test
    void requestsOfOneConnectionAreDoneOneAfterTheOther() throws Exception {
        try (Raw raw = new Raw()) {
            String add = "{\"command\":\"port-add\",\"port\":\"" + LiveBridge.port(3) + "\"}\n";
            raw.send(add + add.replace("add", "remove") + add + add.replace("add", "mute"));
            for (int i = 0; i < 4; i++) {
                assertThat(raw.answer().get("ok").asBoolean()).isTrue();
            }
            assertThat(live.bridge.ports().get(2).isMuted()).isTrue();
        }
    }

    @Test
    void whoDoesNotReadTheAnswersIsDoneNothingMoreFor() throws Exception {
        live.stations(0, 5_000);
        Await.await("the stations", () -> live.bridge.stations().size() == 5_000);
        try (Raw deaf = new Raw(); Raw other = new Raw()) {
            deaf.send("{\"command\":\"addresses\"}\n".repeat(40) + "{\"command\":\"port-mute\",\"port\":\""
                + LiveBridge.port(0) + "\"}\n");
            for (int i = 0; i < 100; i++) {
                assertThat(other.send("{\"command\":\"port-list\"}\n").answer().get("ok").asBoolean()).isTrue();
            }
            assertThat(live.bridge.ports().get(0).isMuted()).isFalse();
            for (int i = 0; i < 41; i++) {
                assertThat(deaf.answer().get("ok").asBoolean()).isTrue();
            }
            assertThat(live.bridge.ports().get(0).isMuted()).isTrue();
        }
    }

    @Test
    void twoWritersAtOnceBothGetTheirWay() throws Exception {
        List<CompletableFuture<Integer>> writers = new ArrayList<>();
        for (int writer = 0; writer < 2; writer++) {
            int number = 10 + writer;
            writers.add(CompletableFuture.supplyAsync(() -> {
                try (Raw raw = new Raw()) {
                    int done = 0;
                    for (int i = 0; i < 10; i++) {
                        String line = "{\"command\":\"port-add\",\"port\":\"" + LiveBridge.port(number) + "\"}\n";
                        done += raw.send(line).answer().get("ok").asBoolean() ? 1 : 0;
                        done += raw.send(line.replace("add", "remove")).answer().get("ok").asBoolean() ? 1 : 0;
                    }
                    return done;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }));
        }
        for (CompletableFuture<Integer> writer : writers) {
            assertThat(writer.get(60, TimeUnit.SECONDS)).isEqualTo(20);
        }
        assertThat(names()).hasSize(2);
    }

    @Test
    void onlyOwnerAndGroupMayAsk() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket()))).isEqualTo("rw-rw----");
        try (var left = Files.list(folder)) {
            assertThat(left).as("nothing but the socket").containsExactly(socket());
        }
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")) && Files.isExecutable(Path.of("/usr/bin/perl"))
            && System.getProperty("user.name").equals("root"), "needs root, setpriv(1), perl to ask as another user");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Process other = new ProcessBuilder("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
            "/usr/bin/perl", "-MSocket", "-e", "socket(S, AF_UNIX, SOCK_STREAM, 0) or die;"
                + " connect(S, sockaddr_un(shift)) or die qq(not connected: $!\\n); print qq(connected\\n)",
            socket().toString()).redirectErrorStream(true).start();
        String said = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(said).isEqualTo("not connected: Permission denied\n");
        assertThat(other.waitFor()).isNotZero();
    }

    @Test
    void theSocketGoesWithTheBridgeAndOneThatWasLeftIsReplaced() throws Exception {
        live.end();
        assertThat(socket()).doesNotExist();
        try (var left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            left.bind(UnixDomainSocketAddress.of(socket()));
            assertThatThrownBy(() -> live.begin()).hasMessageContaining("another process listens on");
        }
        assertThat(socket()).exists();
        live.begin();
        assertThat(bridgectl("flush").code()).isZero();
        live.end();
        Files.writeString(socket(), "a file");
        assertThatThrownBy(() -> live.begin()).hasMessageContaining("is no socket");
        assertThat(socket()).hasContent("a file");
        Files.delete(socket());
        live.begin();
    }

    @Test
    void wrongArgumentsAreOneLine() {
        assertThat(bridgectl().err().strip()).isEqualTo(
            "bridgectl: a command is missing: port, addresses or flush (see bridgectl --help)");
        assertThat(bridgectl("port").err().strip()).startsWith("bridgectl port: a command is missing: add");
        assertThat(CommandOutcome.of(new BridgectlMain(), "--control", "/nowhere/x", "flush").err())
            .contains("no bridge can be asked over /nowhere/x");
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a client makes of an agent that refuses, breaks the protocol or goes away: each is told as what it is. */
class AgentConnectionTest {
    private static final int PATIENCE_MILLIS = 20_000;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private FakeAgent agent;

    @BeforeEach
    void listen() throws Exception {
        agent = new FakeAgent((number, arguments, scratch) -> number + arguments[0]);
    }

    @AfterEach
    void close() throws Exception {
        agent.close();
    }

    private AgentConnection connect() throws AgentException {
        return new AgentConnection(agent.address(), AgentProtocol.NEW_SESSION, PATIENCE_MILLIS);
    }

    private static AgentConnection.Reply call(AgentConnection connection, int outLength) throws AgentException {
        return connection.request(AgentProtocol.CALL, 20, 0, NOTHING, 0, outLength, 0, 3);
    }

    private void assertRefused(byte[] welcome, String... message) {
        agent.welcome = welcome;
        assertThatThrownBy(this::connect).isInstanceOf(AgentException.class).message().contains(message);
    }

    @Test
    void aCallHasItsResultAndItsBytes() throws Exception {
        try (AgentConnection connection = connect()) {
            assertThat(connection.session()).isEqualTo(1);
            assertThat(connection.scratch()).isEqualTo(FakeAgent.SCRATCH);
            ByteBuffer content = ByteBuffer.wrap("content".getBytes(StandardCharsets.US_ASCII));
            AgentConnection.Reply reply =
                connection.request(AgentProtocol.CALL, 20, 0, content, 3, 4, 0, 3);
            assertThat(reply.result()).isEqualTo(23);
            assertThat(reply.out()).asString(StandardCharsets.US_ASCII).isEqualTo("tent");
        }
    }

    @Test
    void nobodyIsThere() throws Exception {
        AgentAddress nobody;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = new AgentAddress("127.0.0.1", closed.getLocalPort(), FakeAgent.TOKEN, null);
        }
        assertThatThrownBy(() -> new AgentConnection(nobody, AgentProtocol.NEW_SESSION, PATIENCE_MILLIS))
            .isInstanceOf(AgentException.class)
            .hasMessageContaining("the agent at " + nobody + " cannot be reached");
    }

    @Test
    void aWrongTokenIsRefused() {
        assertThatThrownBy(() -> new AgentConnection(agent.address("sesame"), AgentProtocol.NEW_SESSION,
            PATIENCE_MILLIS)).isInstanceOf(AgentException.class).hasMessageContaining("the token is wrong")
            .hasMessageContaining("-Dringtap.freebsd.token").hasMessageNotContaining("sesame");
    }

    @Test
    void anotherVersionIsRefused() {
        assertRefused(FakeAgent.welcome(AgentProtocol.MAGIC, 7, AgentProtocol.WELCOME_OTHER_VERSION, 0, 0, 0),
            "it speaks version 7", "this is version " + AgentProtocol.VERSION);
        assertRefused(FakeAgent.welcome(AgentProtocol.MAGIC, 7, AgentProtocol.WELCOME_OK, 1, 4096, 1 << 20),
            "it speaks version 7");
    }

    @Test
    void whatIsNoAgentIsNotTakenForOne() {
        assertRefused("HTTP/1.0 400 Bad Request\r\nServer: something\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
            "is no agent of Ringtap");
        assertRefused("SSH-2.0\r\n".getBytes(StandardCharsets.US_ASCII), "hangs up");
        assertRefused(new byte[0], "hangs up");
    }

    @ParameterizedTest
    @CsvSource({"0, 4096, 1048576", "1, 0, 1048576", "1, 4096, 8191", "1, 4096, 1073741825", "1, 4096, -1"})
    void aWelcomeThatMakesNoSenseIsRefused(long session, long scratch, long length) {
        assertRefused(FakeAgent.welcome(AgentProtocol.MAGIC, AgentProtocol.VERSION, AgentProtocol.WELCOME_OK, session,
            scratch, length), "tells nonsense");
    }

    @Test
    void aMachineWithoutResourcesSaysSo() {
        assertRefused(FakeAgent.welcome(AgentProtocol.MAGIC, AgentProtocol.VERSION, AgentProtocol.WELCOME_NO_RESOURCES,
            0, 0, 0), "no resources");
        assertRefused(FakeAgent.welcome(AgentProtocol.MAGIC, AgentProtocol.VERSION,
            AgentProtocol.WELCOME_NO_SUCH_SESSION, 0, 0, 0), "the session has ended");
    }

    @Test
    void noWelcomeIsNotWaitedForForEver() {
        agent.silent = true;
        agent.welcome = new byte[4];
        assertThatThrownBy(() -> new AgentConnection(agent.address(), AgentProtocol.NEW_SESSION, 200))
            .isInstanceOf(AgentException.class).hasMessageContaining("does not answer");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 5, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void moreBytesThanWereAskedForAreRefused(int length) throws Exception {
        assertFails(FakeAgent.reply(0, AgentProtocol.DONE, length),
            "sends " + Integer.toUnsignedString(length) + " bytes after system call 20, of which 4 were expected");
    }

    @Test
    void aRequestThatTheAgentFindsMalformedFails() throws Exception {
        assertFails(FakeAgent.reply(0, AgentProtocol.MALFORMED, 0), "finds the request for system call 20 malformed");
    }

    @Test
    void aStatusThatDoesNotExistFails() throws Exception {
        assertFails(FakeAgent.reply(0, 9, 0), "answers with status 9");
    }

    @Test
    void aConnectionThatIsLostInACallFails() throws Exception {
        assertFails(new byte[0], "is lost during system call 20");
        byte[] reply = FakeAgent.reply(0, AgentProtocol.DONE, 4);
        assertFails(Arrays.copyOf(reply, 10), "is lost during system call 20");
        assertFails(Arrays.copyOf(reply, reply.length + 3), "is lost during system call 20");
    }

    /** And so does every later call, without a look at the connection. */
    private void assertFails(byte[] reply, String message) throws Exception {
        try (AgentConnection connection = connect()) {
            agent.lastReply = reply;
            assertThatThrownBy(() -> call(connection, 4)).isInstanceOf(AgentException.class)
                .hasMessageContaining(agent.address().toString()).hasMessageContaining(message);
            agent.lastReply = null;
            assertThatThrownBy(() -> call(connection, 4)).isInstanceOf(AgentException.class)
                .hasMessageContaining(message);
        }
    }

    @Test
    void aCallThatTakesTooLongFails() throws Exception {
        try (AgentConnection connection = new AgentConnection(agent.address(), AgentProtocol.NEW_SESSION, 200)) {
            agent.silent = true;
            assertThatThrownBy(() -> call(connection, 0)).isInstanceOf(AgentException.class)
                .hasMessageContaining("system call 20 has taken 200 ms");
        }
    }

    @ParameterizedTest
    @CsvSource({"-1, 4", "0, -1", "1048576, 1", "0, 1048577"})
    void whatTheScratchMemoryHasNoRoomForIsNotSent(int outAt, int outLength) throws Exception {
        try (AgentConnection connection = connect()) {
            assertThatThrownBy(() -> connection.request(AgentProtocol.CALL, 20, 0, NOTHING, outAt, outLength, 0))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("scratch memory");
            assertThat(call(connection, 0).result()).isEqualTo(23);
        }
    }
}

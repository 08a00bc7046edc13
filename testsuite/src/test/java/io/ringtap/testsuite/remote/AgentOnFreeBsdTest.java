/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The agent itself, on a FreeBSD machine: what it refuses, what it gives back, and how it is started. */
@RequiresFreeBsd
class AgentOnFreeBsdTest {
    private static final int SYS_GETPID = 20;
    private static final int SYS_FORK = 2;
    private static final int SYS_KILL = 37;
    private static final int SYS_EXECVE = 59;
    private static final int SYS_SYSCTL = 202;
    private static final int SIGKILL = 9;
    private static final int ENOSYS = 78;
    private static final int PORT = 4999;
    /** For how long to wait for the answer of a process that has become another. */
    private static final int PATIENCE_MILLIS = 5000;
    private static final int SCRATCH_LENGTH = 4 << 20;

    private final AgentAddress address = AgentAddress.ofProperties();

    private static byte[] hello(int magic, int version, long session, String token) {
        return AgentProtocol.allocate(AgentProtocol.HELLO + token.length()).putInt(magic).putInt(version)
            .putLong(session).putInt(token.length()).putInt(0).put(token.getBytes(StandardCharsets.US_ASCII)).array();
    }

    private static byte[] request(int kind, int number, int flags, int in, int outAt, int out) {
        return AgentProtocol.allocate(AgentProtocol.REQUEST).putInt(kind).putInt(number).putInt(flags).putInt(in)
            .putInt(outAt).putInt(out).array();
    }

    private Socket socket() throws IOException {
        Socket socket = new Socket(address.host(), address.port());
        socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(30));
        return socket;
    }

    private static ByteBuffer read(Socket socket, int length) throws IOException {
        byte[] bytes = new byte[length];
        new DataInputStream(socket.getInputStream()).readFully(bytes);
        return AgentProtocol.wrap(bytes);
    }

    private void assertStatus(byte[] hello, int status) throws IOException {
        try (Socket socket = socket()) {
            socket.getOutputStream().write(hello);
            assertThat(read(socket, AgentProtocol.WELCOME).getInt(8)).isEqualTo(status);
            assertThat(socket.getInputStream().read()).as("the end").isEqualTo(-1);
        }
    }

    @Test
    void whoDoesNotGreetRightlyIsRefused() throws Exception {
        String token = address.token();
        assertStatus(hello(AgentProtocol.MAGIC, 2, 0, token), AgentProtocol.WELCOME_OTHER_VERSION);
        assertStatus(hello(AgentProtocol.MAGIC, 1, 0, token + "x"), AgentProtocol.WELCOME_WRONG_TOKEN);
        assertStatus(hello(AgentProtocol.MAGIC, 1, 0, token.substring(1)), AgentProtocol.WELCOME_WRONG_TOKEN);
        assertStatus(hello(AgentProtocol.MAGIC, 1, 0, ""), AgentProtocol.WELCOME_WRONG_TOKEN);
        assertStatus(hello(AgentProtocol.MAGIC, 1, 1L << 40, token), AgentProtocol.WELCOME_NO_SUCH_SESSION);
        try (Socket socket = socket()) {
            socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().read()).as("the end").isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @CsvSource({"9, 20, 0, 0, 0, 0", "1, -1, 0, 0, 0, 0", "1, 1024, 0, 0, 0, 0", "1, 20, 2, 0, 0, 0",
        "1, 20, 0, 4194305, 0, 0", "1, 20, 0, -1, 0, 0", "1, 20, 0, 0, 4194305, 0", "1, 20, 0, 0, 4194304, 1",
        "1, 20, 0, 0, 1, 4194304", "1, 20, 0, 0, -1, -1"})
    void whatHasNoRoomAndWhatDoesNotExistIsMalformed(int kind, int number, int flags, int in, int outAt, int out,
                                                     FreeBsdMachine machine) throws Exception {
        long session = machine.session().number();
        try (Socket socket = socket()) {
            socket.getOutputStream().write(hello(AgentProtocol.MAGIC, 1, session, address.token()));
            ByteBuffer welcome = read(socket, AgentProtocol.WELCOME);
            assertThat(welcome.getInt(8)).isEqualTo(AgentProtocol.WELCOME_OK);
            assertThat(welcome.getLong(32)).isEqualTo(SCRATCH_LENGTH);
            socket.getOutputStream().write(request(AgentProtocol.CALL, SYS_GETPID, 0, 0, 0, 0));
            assertThat(read(socket, AgentProtocol.REPLY).getLong(0)).isGreaterThan(1);
            socket.getOutputStream().write(request(kind, number, flags, in, outAt, out));
            assertThat(read(socket, AgentProtocol.REPLY).getInt(8)).isEqualTo(AgentProtocol.MALFORMED);
            assertThat(socket.getInputStream().read()).as("the end").isEqualTo(-1);
        }
        assertThat(machine.call(SYS_GETPID)).as("others go on").isGreaterThan(1);
    }

    @Test
    void aSessionHasDescriptorsOfItsOwnWhichGoWithIt(FreeBsdMachine machine) throws Exception {
        int before = machine.openDescriptors();
        FreeBsdInterface tap = FreeBsdInterface.create(machine, "tap", new AtomicInteger(900));
        byte[] path = ("/dev/" + tap.name() + '\0').getBytes(StandardCharsets.US_ASCII);
        try (FreeBsdMachine other = FreeBsdMachine.connect(address)) {
            assertThat(other.call(FreeBsdCalls.OPEN, path.clone(), 0, 0, 2, 0)).isGreaterThanOrEqualTo(3);
            assertThat(other.openDescriptors()).isEqualTo(1);
            assertThat(machine.openDescriptors()).isEqualTo(before);
            assertThat(machine.call(FreeBsdCalls.OPEN, path.clone(), 0, 0, 2, 0)).as("EBUSY").isEqualTo(-16);
        }
        await("the device is closed", () -> {
            long fd = machine.call(FreeBsdCalls.OPEN, path.clone(), 0, 0, 2, 0);
            return fd >= 0 && machine.call(FreeBsdCalls.CLOSE, fd) == 0;
        });
        tap.close();
    }

    @Test
    void aForkIsRefusedAndAnotherUserIsAnotherProcess(FreeBsdMachine machine) throws Exception {
        assertThat(machine.call(SYS_FORK)).isEqualTo(-ENOSYS);
        long here = machine.call(SYS_GETPID);
        assertThat(machine.asUser(1001, 1001, () -> {
            assertThat(machine.call(SYS_GETPID)).isNotEqualTo(here);
            return machine.call(24);
        })).as("getuid").isEqualTo(1001L);
        assertThat(machine.call(24)).isZero();
    }

    @Test
    void callsAreCountedBySessionAndNumber(FreeBsdMachine machine) throws Exception {
        long[] before = machine.session().counts();
        for (int i = 0; i < 3; i++) {
            machine.call(SYS_GETPID);
        }
        long[] after = machine.session().counts();
        before[SYS_GETPID] += 3;
        assertThat(after).isEqualTo(before);
    }

    /** A process there becomes another agent, which is no init and has its settings from its environment. */
    @Test
    void theAgentIsAnOrdinaryProgramToo(FreeBsdMachine machine) throws Exception {
        RemoteCall pathname = machine.newCall(SYS_SYSCTL);
        byte[] path = new byte[1024];
        long mib = pathname.in(AgentProtocol.allocate(16).putInt(1).putInt(14).putInt(12).putInt(-1).array());
        long length = pathname.inOut(AgentProtocol.allocate(8).putLong(path.length).array(), (result, bytes) -> { });
        long value = pathname.out(path.length, (result, bytes) -> bytes.get(0, path));
        FreeBsdMachine.check("sysctl", pathname.execute(mib, 4, value, length, 0, 0));
        long[] process = new long[1];
        assertThatThrownBy(() -> {
            try (AgentConnection connection = new AgentConnection(address, machine.session().number(),
                    PATIENCE_MILLIS)) {
                process[0] = connection.request(AgentProtocol.CALL, SYS_GETPID, 0, ByteBuffer.allocate(0), 0, 0, 0)
                    .result();
                execute(connection, path, "RINGTAP_AGENT_PORT=" + PORT, "OTHER=1", "RINGTAP_AGENT_TOKEN=another");
            }
        }).isInstanceOf(AgentException.class).hasMessageContaining("does not answer: system call " + SYS_EXECVE);
        try {
            await("it listens", () -> {
                try (FreeBsdSocket client = FreeBsdSocket.connect(machine, InetAddress.getByName("127.0.0.1"), PORT)) {
                    client.write(hello(AgentProtocol.MAGIC, 1, 0, "another"));
                    client.setPatience(10);
                    return AgentProtocol.wrap(client.read(AgentProtocol.WELCOME)).getInt(8)
                        == AgentProtocol.WELCOME_OK;
                } catch (IOException notYet) {
                    return false;
                }
            });
            try (FreeBsdSocket client = FreeBsdSocket.connect(machine, InetAddress.getByName("127.0.0.1"), PORT)) {
                client.write(hello(AgentProtocol.MAGIC, 1, 0, address.token()));
                client.setPatience(10);
                assertThat(AgentProtocol.wrap(client.read(AgentProtocol.WELCOME)).getInt(8))
                    .isEqualTo(AgentProtocol.WELCOME_WRONG_TOKEN);
            }
        } finally {
            machine.call(SYS_KILL, process[0], SIGKILL);
        }
    }

    private static void execute(AgentConnection connection, byte[] path, String... environment)
        throws AgentException {
        ByteBuffer content = AgentProtocol.allocate(4096);
        int text = 64 + environment.length * Long.BYTES;
        long[] at = new long[environment.length];
        content.put(text, path);
        int next = text + path.length;
        for (int i = 0; i < environment.length; i++) {
            at[i] = connection.scratch() + next;
            byte[] entry = (environment[i] + '\0').getBytes(StandardCharsets.US_ASCII);
            content.put(next, entry);
            next += entry.length;
        }
        content.putLong(0, connection.scratch() + text);
        for (int i = 0; i < at.length; i++) {
            content.putLong(32 + i * Long.BYTES, at[i]);
        }
        connection.request(AgentProtocol.CALL, SYS_EXECVE, 0, content, 0, 0, 0, connection.scratch() + text,
            connection.scratch(), connection.scratch() + 32);
    }
}

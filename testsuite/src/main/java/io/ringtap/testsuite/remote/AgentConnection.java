/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * One connection to the agent, and so one process there: makes one call after another, which a caller waits for. Any
 * thread may call; the calls of several wait for each other. A connection that has failed fails for ever.
 */
final class AgentConnection implements Closeable {
    /** How long a call may take that waits for nothing. A busy machine that emulates another is slow. */
    static final int PATIENCE_MILLIS = 60_000;

    private static final int MOST_SCRATCH = 1 << 30;
    private static final int BUFFER = 1 << 16;

    /** What came back: the result, a negative error number if the call failed, and bytes of the scratch memory. */
    record Reply(long result, byte[] out) {
    }

    private final AgentAddress address;
    private final int patienceMillis;
    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private long session;
    private long scratch;
    private int scratchLength;
    private AgentException failure;

    /**
     * Connects, and waits for the welcome.
     *
     * @param session to be joined, or {@link AgentProtocol#NEW_SESSION}
     * @param patienceMillis how long a call may take that waits for nothing
     * @throws AgentException if nobody is there, or if the agent refuses; says what to do
     */
    AgentConnection(AgentAddress address, long session, int patienceMillis) throws AgentException {
        this.address = address;
        this.patienceMillis = patienceMillis;
        socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(InetAddress.getByName(address.host()), address.port()),
                patienceMillis);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(patienceMillis);
            in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), BUFFER));
            out = socket.getOutputStream();
            greet(session);
        } catch (IOException e) {
            closeQuietly();
            throw e instanceof AgentException refused ? refused : new AgentException("the agent at " + address
                + (e instanceof SocketTimeoutException ? " does not answer" : " cannot be reached: " + e.getMessage()),
                e);
        }
    }

    private void greet(long wanted) throws IOException {
        byte[] token = address.token().getBytes(StandardCharsets.UTF_8);
        out.write(AgentProtocol.allocate(AgentProtocol.HELLO + token.length).putInt(AgentProtocol.MAGIC)
            .putInt(AgentProtocol.VERSION).putLong(wanted).putInt(token.length).putInt(0).put(token).array());
        ByteBuffer welcome;
        try {
            welcome = receive(AgentProtocol.WELCOME);
        } catch (EOFException e) {
            throw new AgentException("what listens at " + address + " hangs up: it is no agent of Ringtap, or one"
                + " whose machine has no resources left", e);
        }
        int magic = welcome.getInt();
        if (magic != AgentProtocol.MAGIC) {
            throw new AgentException("what listens at " + address + " is no agent of Ringtap: it says 0x"
                + Integer.toHexString(magic));
        }
        int version = welcome.getInt();
        int status = welcome.getInt(8);
        if (version != AgentProtocol.VERSION || status != AgentProtocol.WELCOME_OK) {
            throw new AgentException("the agent at " + address + " refuses: " + reason(status, version));
        }
        session = welcome.getLong(16);
        scratch = welcome.getLong(24);
        long length = welcome.getLong(32);
        if (session == AgentProtocol.NEW_SESSION || scratch == 0 || length < AgentProtocol.NUMBERS * Long.BYTES
            || length > MOST_SCRATCH) {
            throw new AgentException("the agent at " + address + " tells nonsense: session " + session + ", "
                + length + " bytes at 0x" + Long.toHexString(scratch));
        }
        scratchLength = (int) length;
    }

    private static String reason(int status, int version) {
        return switch (status) {
            case AgentProtocol.WELCOME_WRONG_TOKEN -> "the token is wrong; -D" + AgentAddress.TOKEN_PROPERTY
                + " has to be the one that it was started with";
            case AgentProtocol.WELCOME_NO_SUCH_SESSION -> "the session has ended";
            case AgentProtocol.WELCOME_NO_RESOURCES -> "its machine has no resources for one more connection";
            default -> "it speaks version " + version + " of the protocol, and this is version "
                + AgentProtocol.VERSION + ": build it from the sources of this release";
        };
    }

    private ByteBuffer receive(int length) throws IOException {
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return AgentProtocol.wrap(bytes);
    }

    /** The number of the session that it belongs to. */
    long session() {
        return session;
    }

    /** Where the scratch memory of its process lies, in the address space of that process. */
    long scratch() {
        return scratch;
    }

    /** How long the scratch memory is. */
    int scratchLength() {
        return scratchLength;
    }

    /**
     * Makes a request and waits for the reply.
     *
     * @param kind of {@link AgentProtocol}
     * @param number of the system call
     * @param flags of {@link AgentProtocol}
     * @param content what goes to the start of the scratch memory before the call
     * @param outAt where in the scratch memory that begins which comes back
     * @param outLength how long that is
     * @param waitMillis for how long the call itself may wait; -1 for ever
     * @throws AgentException if there is no answer, now or at an earlier call
     */
    synchronized Reply request(int kind, int number, int flags, ByteBuffer content, int outAt, int outLength,
                               long waitMillis, long... arguments) throws AgentException {
        if (failure != null) {
            throw failure;
        }
        int length = content.remaining();
        if (length > scratchLength || outAt < 0 || outLength < 0 || outLength > scratchLength - outAt) {
            throw new IllegalArgumentException("a call with " + length + " bytes, and with " + outLength
                + " bytes from " + outAt + " on, of " + scratchLength + " bytes of scratch memory");
        }
        ByteBuffer message = AgentProtocol.allocate(AgentProtocol.REQUEST + length).putInt(kind).putInt(number)
            .putInt(flags).putInt(length).putInt(outAt).putInt(outLength);
        for (int i = 0; i < AgentProtocol.ARGUMENTS; i++) {
            message.putLong(i < arguments.length ? arguments[i] : 0);
        }
        message.put(content.duplicate());
        try {
            socket.setSoTimeout(waitMillis < 0 ? 0
                : (int) Math.min(Integer.MAX_VALUE, waitMillis + patienceMillis));
            out.write(message.array());
            return reply(number, outLength);
        } catch (SocketTimeoutException e) {
            throw fail(new AgentException("the agent at " + address + " does not answer: system call " + number
                + " has taken " + (waitMillis + patienceMillis) + " ms", e));
        } catch (IOException e) {
            throw fail(e instanceof AgentException told ? told : new AgentException(
                "the agent at " + address + " is lost during system call " + number + ": " + e, e));
        }
    }

    private Reply reply(int number, int most) throws IOException {
        ByteBuffer reply = receive(AgentProtocol.REPLY);
        long result = reply.getLong();
        int status = reply.getInt();
        int length = reply.getInt();
        if (status != AgentProtocol.DONE) {
            throw new AgentException("the agent at " + address + (status == AgentProtocol.MALFORMED
                ? " finds the request for system call " + number + " malformed" : " answers with status " + status));
        }
        if (length < 0 || length > most) {
            throw new AgentException("the agent at " + address + " sends " + Integer.toUnsignedString(length)
                + " bytes after system call " + number + ", of which " + most + " were expected");
        }
        return new Reply(result, receive(length).array());
    }

    private AgentException fail(AgentException cause) {
        failure = cause;
        closeQuietly();
        return cause;
    }

    /** Ends the connection. A call that waits for its reply fails. */
    @Override
    public void close() {
        closeQuietly();
    }

    private void closeQuietly() {
        try {
            socket.close();
        } catch (IOException e) {
            // It is closed all the same.
        }
    }
}

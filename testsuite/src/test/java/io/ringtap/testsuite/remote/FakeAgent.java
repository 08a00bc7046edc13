/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/** Speaks the protocol of the agent, with a kernel that a test plays, and as wrongly as the test wants. */
final class FakeAgent implements Closeable {
    static final String TOKEN = "open sesame";
    /** Where the scratch memory lies that it pretends to have. */
    static final long SCRATCH = 0x7000_0000_0000L;
    static final int SCRATCH_LENGTH = 1 << 20;

    /** Executes system calls. */
    interface Kernel {
        /**
         * Any thread of the agent.
         *
         * @param scratch the scratch memory, from {@link #SCRATCH} on
         */
        long call(int number, long[] arguments, ByteBuffer scratch) throws Exception;
    }

    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Socket> connections = new CopyOnWriteArrayList<>();
    private final AtomicLong sessions = new AtomicLong();
    private final AtomicLongArray counts = new AtomicLongArray(AgentProtocol.NUMBERS);
    private final Kernel kernel;
    /** Takes the place of the welcome, if it is not {@code null}. Nothing is sent of one that is empty. */
    volatile byte[] welcome;
    /** Takes the place of the next reply to a call, and ends the connection. */
    volatile byte[] lastReply;
    /** Does not answer any more. */
    volatile boolean silent;

    FakeAgent(Kernel kernel) throws IOException {
        this.kernel = kernel;
        start(this::accept);
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "fake-agent");
        thread.setDaemon(true);
        thread.start();
    }

    AgentAddress address() {
        return address(TOKEN);
    }

    AgentAddress address(String token) {
        return new AgentAddress("127.0.0.1", listener.getLocalPort(), token, null);
    }

    int connections() {
        return connections.size();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                connections.add(socket);
                start(() -> serve(socket));
            }
        } catch (IOException e) {
            // It is closed.
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            if (greet(in, out)) {
                ByteBuffer scratch = AgentProtocol.allocate(SCRATCH_LENGTH);
                while (answer(in, out, scratch)) {
                    continue;
                }
            }
        } catch (Exception e) {
            // The client has gone.
        } finally {
            connections.remove(socket);
        }
    }

    private static ByteBuffer read(DataInputStream in, int length) throws IOException {
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return AgentProtocol.wrap(bytes);
    }

    static byte[] welcome(int magic, int version, int status, long session, long scratch, long length) {
        return AgentProtocol.allocate(AgentProtocol.WELCOME).putInt(magic).putInt(version).putInt(status).putInt(0)
            .putLong(session).putLong(scratch).putLong(length).array();
    }

    static byte[] reply(long result, int status, int length) {
        return AgentProtocol.allocate(AgentProtocol.REPLY).putLong(result).putInt(status).putInt(length).array();
    }

    private boolean greet(DataInputStream in, OutputStream out) throws IOException {
        ByteBuffer hello = read(in, AgentProtocol.HELLO);
        byte[] token = read(in, hello.getInt(16)).array();
        if (welcome != null) {
            out.write(welcome);
            return silent;
        }
        boolean right = hello.getInt(0) == AgentProtocol.MAGIC && hello.getInt(4) == AgentProtocol.VERSION;
        boolean known = TOKEN.equals(new String(token, StandardCharsets.UTF_8));
        long session = hello.getLong(8) == AgentProtocol.NEW_SESSION ? sessions.incrementAndGet() : hello.getLong(8);
        out.write(welcome(AgentProtocol.MAGIC, AgentProtocol.VERSION, !right ? AgentProtocol.WELCOME_OTHER_VERSION
            : !known ? AgentProtocol.WELCOME_WRONG_TOKEN : AgentProtocol.WELCOME_OK, session, SCRATCH,
            SCRATCH_LENGTH));
        return right && known;
    }

    private boolean answer(DataInputStream in, OutputStream out, ByteBuffer scratch) throws Exception {
        ByteBuffer request = read(in, AgentProtocol.REQUEST);
        scratch.put(0, read(in, request.getInt(12)).array());
        if (silent) {
            Thread.sleep(Long.MAX_VALUE);
        }
        int kind = request.getInt(0);
        long result = 0;
        if (kind == AgentProtocol.CALL) {
            if (lastReply != null) {
                out.write(lastReply);
                return false;
            }
            counts.incrementAndGet(request.getInt(4));
            long[] arguments = new long[AgentProtocol.ARGUMENTS];
            for (int i = 0; i < arguments.length; i++) {
                arguments[i] = request.getLong(24 + i * Long.BYTES);
            }
            result = kernel.call(request.getInt(4), arguments, scratch);
        } else if (kind == AgentProtocol.COUNTS) {
            for (int i = 0; i < AgentProtocol.NUMBERS; i++) {
                scratch.putLong(i * Long.BYTES, counts.get(i));
            }
        }
        int length = request.getInt(20);
        if (request.getInt(8) == AgentProtocol.AS_LONG_AS_RESULT) {
            length = (int) Math.max(0, Math.min(result, length));
        }
        byte[] bytes = new byte[length];
        scratch.get(request.getInt(16), bytes);
        ByteBuffer reply = AgentProtocol.allocate(AgentProtocol.REPLY + length)
            .put(reply(result, AgentProtocol.DONE, length)).put(bytes);
        out.write(reply.array());
        return true;
    }

    /** Ends all connections. */
    void hangUp() throws IOException {
        for (Socket socket : connections) {
            socket.close();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        hangUp();
    }
}

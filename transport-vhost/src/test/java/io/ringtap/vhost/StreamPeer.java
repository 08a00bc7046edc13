/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.LockSupport;

/** The other end of a stream, by the JDK's sockets. Reads do not block, writes do. */
final class StreamPeer implements Closeable {
    /** Bytes that wait on either side of a TCP connection of tests. */
    static final int TCP_BUFFER = 64 * 1024;

    private final ByteBuffer received = ByteBuffer.allocate(256 * 1024).limit(0);
    private final SocketChannel socket;
    private boolean ended;

    private StreamPeer(SocketChannel socket) throws IOException {
        this.socket = socket;
        socket.configureBlocking(false);
    }

    /** The JDK's address for one of ours. */
    static SocketAddress jdkAddress(FrameStreamAddress address) {
        String text = address.toString().substring(FrameStreamTransport.PREFIX.length());
        if (!address.isTcp()) {
            return UnixDomainSocketAddress.of(text);
        }
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(text.substring(0, colon).replaceAll("[\\[\\]]", ""),
            Integer.parseInt(text.substring(colon + 1)));
    }

    /** A TCP port that nobody listens on. */
    static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    /** Connects to a socket that listens. */
    static StreamPeer connect(FrameStreamAddress to) throws IOException {
        return new StreamPeer(SocketChannel.open(jdkAddress(to)));
    }

    /** Listens. */
    static ServerSocketChannel listen(FrameStreamAddress at) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(at.isTcp() ? StandardProtocolFamily.INET
            : StandardProtocolFamily.UNIX);
        if (at.isTcp()) {
            // Without, the kernel lets it grow to several megabytes.
            server.setOption(StandardSocketOptions.SO_RCVBUF, TCP_BUFFER);
        }
        return server.bind(jdkAddress(at));
    }

    /** Waits for a connection; {@code null} if there is none in time. */
    static StreamPeer accept(ServerSocketChannel server, long timeoutMillis) throws IOException {
        server.configureBlocking(false);
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
        SocketChannel accepted;
        while ((accepted = server.accept()) == null && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(50_000);
        }
        return accepted == null ? null : new StreamPeer(accepted);
    }

    /** Sends octets as they are. */
    void sendRaw(ByteBuffer octets) throws IOException {
        while (octets.hasRemaining()) {
            if (socket.write(octets) == 0) {
                LockSupport.parkNanos(50_000);
            }
        }
    }

    void send(byte[] frame) throws IOException {
        sendRaw(framed(frame));
    }

    /** Frames behind each other, each behind its length. */
    static ByteBuffer framed(byte[]... frames) {
        int length = 0;
        for (byte[] frame : frames) {
            length += Integer.BYTES + frame.length;
        }
        ByteBuffer all = ByteBuffer.allocate(length);
        for (byte[] frame : frames) {
            all.putInt(frame.length).put(frame);
        }
        return all.flip();
    }

    /** The next frame; {@code null} if there is none in time, or the stream has ended. */
    byte[] receive(long timeoutMillis) throws IOException {
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
        while (true) {
            if (received.remaining() >= Integer.BYTES
                && received.remaining() - Integer.BYTES >= received.getInt(received.position())) {
                byte[] frame = new byte[received.getInt()];
                received.get(frame);
                return frame;
            }
            received.compact();
            int n;
            try {
                n = socket.read(received);
            } catch (IOException reset) {
                n = -1;
            } finally {
                received.flip();
            }
            ended = n < 0;
            if (n < 0 || n == 0 && System.nanoTime() - deadline >= 0) {
                return null;
            }
            if (n == 0) {
                LockSupport.parkNanos(50_000);
            }
        }
    }

    /** Whether {@link #receive} has found the end of the stream. */
    boolean isEnded() {
        return ended;
    }

    /** Whether the other side has closed the connection; waits for that. */
    boolean isClosedByPeer(long timeoutMillis) throws IOException {
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
        while (System.nanoTime() - deadline < 0) {
            try {
                if (socket.read(ByteBuffer.allocate(1024)) < 0) {
                    return true;
                }
            } catch (IOException reset) {
                return true;
            }
            LockSupport.parkNanos(50_000);
        }
        return false;
    }

    /** Takes no octets any more, and can still send some. */
    void shutdownInput() throws IOException {
        socket.shutdownInput();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

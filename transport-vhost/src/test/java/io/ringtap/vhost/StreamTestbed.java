/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannel;
import io.ringtap.testkit.Await;
import io.ringtap.testsuite.FrameTestbed;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Queue;

/** A stream socket that listens, or that connects, and the other end of its connection. */
final class StreamTestbed implements FrameTestbed {
    /** How long a connection may take, and how long it may take where it may never come. */
    private static final int PATIENCE_MILLIS = 5000;
    private static final int FAULTY_PATIENCE_MILLIS = 200;

    private final Path folder = Files.createTempDirectory("stream");
    private final FrameStreamAddress address;
    /** {@code null} if the channel is the one that listens. */
    private final ServerSocketChannel server;
    /** What earlier connections have brought. */
    private final Queue<byte[]> taken = new ArrayDeque<>();
    private FrameStreamChannel channel;
    private FrameStreamChannel connected;
    private StreamPeer peer;
    private boolean stalled;
    private int patience = PATIENCE_MILLIS;

    StreamTestbed(boolean tcp, boolean listens) throws IOException {
        address = new FrameStreamAddress(tcp ? "127.0.0.1:" + StreamPeer.freePort()
            : folder.resolve("vm1.sock").toString());
        server = listens ? null : StreamPeer.listen(address);
    }

    @Override
    public FrameChannel newChannel() {
        channel = new FrameStreamChannel();
        channel.config().setOption(FrameStreamChannelOption.SERVER, server == null);
        channel.config().setOption(FrameStreamChannelOption.RECONNECT_MILLIS, 10);
        if (address.isTcp()) {
            channel.config().setOption(ChannelOption.SO_SNDBUF, StreamPeer.TCP_BUFFER);
        }
        return channel;
    }

    @Override
    public SocketAddress address() {
        return address;
    }

    @Override
    public void expectFaults() {
        patience = FAULTY_PATIENCE_MILLIS;
    }

    @Override
    public void ready() throws IOException {
        if (peer != null && connected != channel) {
            // Of a channel before.
            endConnection();
        }
        connected = channel;
        // A connection that waits to be accepted is none yet for the channel. One that is closed makes none any more.
        try {
            Await.happens(patience, () -> !channel.isOpen() || isConnected() && channel.isLinkUp());
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private boolean isConnected() throws IOException {
        if (peer == null) {
            peer = server == null ? StreamPeer.connect(address) : StreamPeer.accept(server, 0);
        }
        return peer != null;
    }

    private void endConnection() throws IOException {
        if (peer == null) {
            return;
        }
        for (byte[] frame; (frame = peer.receive(0)) != null;) {
            taken.add(frame);
        }
        peer.close();
        peer = null;
    }

    /** The other side ends the connection, and there is another. TCP tells a writer of that too late for a promise. */
    @Override
    public void disturb() throws IOException {
        if (!address.isTcp()) {
            reconnect();
        }
    }

    private void reconnect() throws IOException {
        endConnection();
        try {
            Await.happens(patience, () -> !channel.isLinkUp());
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        ready();
    }

    @Override
    public void send(byte[] frame) throws IOException {
        if (!sendNow(frame)) {
            // Once more by another connection. If there is none, the frame is lost, as on a wire.
            reconnect();
            sendNow(frame);
        }
    }

    private boolean sendNow(byte[] frame) throws IOException {
        if (peer == null) {
            return false;
        }
        try {
            peer.send(frame);
            return true;
        } catch (IOException ended) {
            endConnection();
            return false;
        }
    }

    @Override
    public byte[] receive(long timeoutMillis) throws IOException {
        if (!taken.isEmpty()) {
            return taken.poll();
        }
        if (peer == null || stalled && timeoutMillis == 0) {
            return null;
        }
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
        while (true) {
            long left = Math.max(0, (deadline - System.nanoTime()) / 1_000_000);
            byte[] frame = peer.receive(left);
            if (frame != null || !peer.isEnded() || server == null) {
                return frame;
            }
            // The channel may have connected again meanwhile.
            StreamPeer next = StreamPeer.accept(server, left);
            if (next == null) {
                return null;
            }
            peer.close();
            peer = next;
        }
    }

    /** Nothing is taken but by {@link #receive}. */
    @Override
    public boolean stall() {
        stalled = true;
        return true;
    }

    @Override
    public void resume() {
        stalled = false;
    }

    @Override
    public void close() throws IOException {
        if (peer != null) {
            peer.close();
        }
        if (server != null) {
            server.close();
            Files.deleteIfExists(folder.resolve("vm1.sock"));
        }
        Files.delete(folder);
    }
}

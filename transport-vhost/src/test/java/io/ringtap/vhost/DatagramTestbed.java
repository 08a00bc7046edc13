/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.ringtap.channel.FrameChannel;
import io.ringtap.testkit.Await;
import io.ringtap.testsuite.FrameTestbed;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Queue;

/** A datagram socket and its peer, which takes frames as they come, and whom the channel knows by name. */
final class DatagramTestbed implements FrameTestbed {
    private static final byte[] NO_TEST_FRAME = new byte[60];

    private final Path folder = Files.createTempDirectory("dgram");
    private final Path local = folder.resolve("local");
    private final Path remote = folder.resolve("remote");
    private final Queue<byte[]> taken = new ArrayDeque<>();
    private volatile DatagramPeer peer = new DatagramPeer(remote, local);
    private volatile boolean stalled;
    private final Thread taker = new Thread(this::take, "peer");
    private boolean closed;

    DatagramTestbed() throws IOException {
        taker.start();
    }

    private void take() {
        while (true) {
            synchronized (taken) {
                if (closed) {
                    return;
                }
                byte[] frame = stalled ? null : peer.receive(0);
                if (frame != null) {
                    taken.add(frame);
                    taken.notifyAll();
                    continue;
                }
                try {
                    taken.wait(1);
                } catch (InterruptedException e) {
                    return;
                }
            }
        }
    }

    @Override
    public FrameChannel newChannel() {
        FrameDatagramChannel channel = new FrameDatagramChannel();
        channel.config().setOption(FrameDatagramChannelOption.REMOTE, new FrameDatagramAddress(remote.toString()));
        return channel;
    }

    @Override
    public SocketAddress address() {
        return new FrameDatagramAddress(local.toString());
    }

    /** Where two sockets are connected to each other, the send buffers are the queues: 200 small frames fit in one. */
    @Override
    public void ready() throws IOException {
        peer.connect();
    }

    /**
     * The peer is started anew, and is one that does not connect to the channel. It is heard once the channel has
     * noticed, which may take longer than this waits if calls of the channel fail.
     */
    @Override
    public void disturb() throws IOException {
        synchronized (taken) {
            for (byte[] frame; (frame = peer.receive(0)) != null;) {
                taken.add(frame);
            }
            peer.close();
            peer = new DatagramPeer(remote, local);
        }
        try {
            Await.happens(3 * DatagramDevice.CHECK_MILLIS, () -> peer.trySend(NO_TEST_FRAME) == 0);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void send(byte[] frame) throws IOException {
        peer.send(frame);
    }

    @Override
    public byte[] receive(long timeoutMillis) throws IOException {
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
        synchronized (taken) {
            while (taken.isEmpty()) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    return stalled ? null : peer.receive(0);
                }
                try {
                    taken.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IOException(e);
                }
            }
            return taken.poll();
        }
    }

    @Override
    public boolean stall() {
        synchronized (taken) {
            stalled = true;
        }
        return true;
    }

    @Override
    public void resume() {
        stalled = false;
    }

    @Override
    public void close() throws IOException {
        synchronized (taken) {
            closed = true;
        }
        peer.close();
        Files.deleteIfExists(remote);
        Files.deleteIfExists(local);
        Files.delete(folder);
    }
}

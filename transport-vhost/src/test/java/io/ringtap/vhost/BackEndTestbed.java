/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.ringtap.channel.FrameChannel;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testkit.Await;
import io.ringtap.testsuite.FrameTestbed;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.LockSupport;

/** A {@link VirtioUserChannel} and the back end that it connects to. */
final class BackEndTestbed implements FrameTestbed {
    private final Path folder = Files.createTempDirectory("virtio-user");
    private final VirtioUserAddress address = new VirtioUserAddress(folder.resolve("sw0.sock").toString());
    private final SocketFile file;
    private final int listening;
    private final boolean packed;
    /** What earlier connections have brought. */
    private final Queue<byte[]> taken = new ArrayDeque<>();
    private VirtioUserChannel channel;
    private VirtioUserChannel connected;
    private BackEndPeer peer;
    private boolean stalled;
    private int patienceMillis = 2000;

    /** @param packed the rings of the channel */
    BackEndTestbed(boolean packed) throws IOException {
        this.packed = packed;
        listening = StreamSocket.open(new FrameStreamAddress(address.socketName()));
        file = SocketFile.bind(listening, address.socketName(), StreamSocket.SOCK_STREAM, 0600);
        SystemCalls.check("listen", SystemCalls.listen(listening, 16));
    }

    @Override
    public FrameChannel newChannel() {
        channel = new VirtioUserChannel();
        channel.config().setReconnectMillis(10).setQueueSize(256).setPacked(packed);
        return channel;
    }

    @Override
    public SocketAddress address() {
        return address;
    }

    @Override
    public void expectFaults() {
        patienceMillis = 200;
    }

    @Override
    public void ready() throws IOException {
        if (peer != null && connected != channel) {
            endConnection();
        }
        connected = channel;
        try {
            Await.happens(patienceMillis, () -> !channel.isOpen() || isConnected() && channel.isLinkUp());
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private boolean isConnected() {
        if (peer != null && peer.isEnded()) {
            endConnection();
        }
        if (peer == null) {
            int fd = BackEndPeer.accept(listening);
            peer = fd < 0 ? null : new BackEndPeer(fd);
        }
        return peer != null && peer.isRunning();
    }

    private void endConnection() {
        peer.close();
        for (byte[] frame; (frame = peer.receiveTaken()) != null;) {
            taken.add(frame);
        }
        peer = null;
    }

    /** The back end goes, and comes again. */
    @Override
    public void disturb() throws IOException {
        if (peer != null) {
            endConnection();
        }
        ready();
    }

    @Override
    public void send(byte[] frame) throws IOException {
        long deadline = System.nanoTime() + patienceMillis * 1_000_000L;
        while (System.nanoTime() - deadline < 0) {
            if (isConnected() && peer.send(frame)) {
                return;
            }
            LockSupport.parkNanos(50_000);
        }
    }

    @Override
    public byte[] receive(long timeoutMillis) {
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
        while (true) {
            byte[] frame = taken.poll();
            if (frame == null && !(stalled && timeoutMillis == 0)) {
                isConnected();
                frame = taken.poll();
                if (frame == null && peer != null) {
                    frame = peer.receive();
                }
            }
            if (frame != null || System.nanoTime() - deadline >= 0) {
                return frame;
            }
            LockSupport.parkNanos(50_000);
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
        SystemCalls.close(listening);
        file.remove();
        Files.delete(folder);
    }
}

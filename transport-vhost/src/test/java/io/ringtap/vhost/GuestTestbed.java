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
import java.util.concurrent.locks.LockSupport;

/** A port for a guest that listens, and a front end with a driver. */
final class GuestTestbed implements FrameTestbed {
    private static final int QUEUE = 256;

    private final Path folder = Files.createTempDirectory("vhost");
    private final VhostAddress address = new VhostAddress(folder.resolve("vm1.sock").toString());
    private final long features;
    /** What earlier guests have received. */
    private final Queue<byte[]> taken = new ArrayDeque<>();
    private VhostChannel channel;
    private VhostChannel connected;
    private GuestPeer guest;
    private boolean stalled;
    private int patienceMillis = 5000;

    /** @param features that the guest accepts */
    GuestTestbed(long features) throws IOException {
        this.features = features;
    }

    @Override
    public FrameChannel newChannel() {
        channel = new VhostChannel();
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
        if (guest != null && connected != channel) {
            end();
        }
        connected = channel;
        try {
            Await.happens(patienceMillis, () -> !channel.isOpen() || isStarted() && channel.isLinkUp());
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private boolean isStarted() {
        if (guest == null) {
            GuestPeer made = null;
            try {
                made = GuestPeer.connect(address, QUEUE, features).patience(patienceMillis);
                guest = made.start(features);
            } catch (IOException notYet) {
                if (made != null) {
                    made.close();
                }
            }
        }
        return guest != null;
    }

    private void end() {
        if (guest == null) {
            return;
        }
        for (byte[] frame; (frame = guest.receive()) != null;) {
            taken.add(frame);
        }
        guest.close();
        guest = null;
    }

    /** The front end is killed, and there is another. */
    @Override
    public void disturb() throws IOException {
        end();
        try {
            Await.happens(patienceMillis, () -> !channel.isLinkUp());
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        ready();
    }

    /** Where calls of the channel have failed, there may be no guest any more. */
    private void reconnect() throws IOException {
        if (guest == null || guest.isEnded()) {
            end();
            ready();
        }
    }

    @Override
    public void send(byte[] frame) throws IOException {
        reconnect();
        long deadline = System.nanoTime() + patienceMillis * 1_000_000L;
        while (guest != null && !guest.transmit(frame) && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(50_000);
        }
    }

    @Override
    public byte[] receive(long timeoutMillis) throws IOException {
        if (stalled && timeoutMillis == 0) {
            return null;
        }
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
        while (true) {
            if (!taken.isEmpty()) {
                return taken.poll();
            }
            byte[] frame = guest == null ? null : guest.receive();
            if (frame != null || System.nanoTime() - deadline >= 0) {
                return frame;
            }
            if (channel.isOpen()) {
                reconnect();
            }
            LockSupport.parkNanos(20_000);
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
        if (guest != null) {
            guest.close();
        }
        Files.deleteIfExists(folder.resolve("vm1.sock"));
        Files.delete(folder);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench.soak;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/** One socket sends datagrams at a steady rate, another sends them back, and the first measures the round trips. */
final class EchoedDatagrams implements AutoCloseable {
    /** How long to wait for late datagrams after the last one was sent. Those that do not arrive by then are lost. */
    private static final int PATIENCE_MILLIS = 2000;
    private static final int PERIOD_MILLIS = 10;

    private final DatagramSocket near;
    private final DatagramSocket far;
    private volatile AtomicLongArray roundTrips = new AtomicLongArray(0);
    private volatile int series;

    /** The round trips of one series. */
    record Result(int sent, long[] nanos) {
        double lostPercent() {
            return 100.0 * (sent - nanos.length) / sent;
        }

        /** The round trip time in milliseconds that this fraction of the returned datagrams did not exceed. */
        double millis(double part) {
            return nanos.length == 0 ? Double.NaN
                : nanos[Math.min(nanos.length - 1, (int) (part * nanos.length))] / 1e6;
        }
    }

    /** Takes over two sockets. Datagrams are sent from the first to the address of the second. */
    EchoedDatagrams(DatagramSocket near, DatagramSocket far) {
        this.near = near;
        this.far = far;
        start(this::echo);
        start(this::receive);
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "echo");
        thread.setDaemon(true);
        thread.start();
    }

    private void echo() {
        DatagramPacket packet = new DatagramPacket(new byte[64], 64);
        while (!far.isClosed()) {
            try {
                far.receive(packet);
                far.send(packet);
            } catch (IOException e) {
                // The socket was closed, or the answer cannot be sent and counts as lost.
            }
        }
    }

    private void receive() {
        DatagramPacket packet = new DatagramPacket(new byte[64], 64);
        while (!near.isClosed()) {
            try {
                near.receive(packet);
            } catch (IOException e) {
                continue;
            }
            ByteBuffer data = ByteBuffer.wrap(packet.getData());
            if (data.getInt() == series) {
                int number = data.getInt();
                roundTrips.compareAndSet(number, 0, System.nanoTime() - data.getLong());
            }
        }
    }

    /** Sends for so many seconds, and waits for the answers. */
    Result run(int seconds) throws InterruptedException {
        int count = seconds * 1000 / PERIOD_MILLIS;
        AtomicLongArray times = new AtomicLongArray(count);
        roundTrips = times;
        int current = ++series;
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            long wait = start + TimeUnit.MILLISECONDS.toNanos((long) i * PERIOD_MILLIS) - System.nanoTime();
            if (wait > 0) {
                TimeUnit.NANOSECONDS.sleep(wait);
            }
            byte[] data = new byte[64];
            ByteBuffer.wrap(data).putInt(current).putInt(i).putLong(System.nanoTime());
            try {
                near.send(new DatagramPacket(data, data.length, (InetSocketAddress) far.getLocalSocketAddress()));
            } catch (IOException e) {
                // One that cannot be sent counts as lost.
            }
        }
        Thread.sleep(PATIENCE_MILLIS);
        long[] all = new long[count];
        int answered = 0;
        for (int i = 0; i < count; i++) {
            if (times.get(i) > 0) {
                all[answered++] = times.get(i);
            }
        }
        long[] nanos = Arrays.copyOf(all, answered);
        Arrays.sort(nanos);
        return new Result(count, nanos);
    }

    @Override
    public void close() {
        near.close();
        far.close();
    }

    /** A socket of the calling thread's network namespace. */
    static DatagramSocket socket(String address, int port) throws SocketException {
        return new DatagramSocket(new InetSocketAddress(address, port));
    }
}

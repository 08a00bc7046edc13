/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A bpf(4) device on an interface of a FreeBSD machine: the far end of a tap or a TUN device. It sends frames out of
 * the interface, to the channel, and takes those that the interface receives, from the channel.
 *
 * <p>The queue of an interface is short: 50 frames by {@code net.link.ifqmaxlen}. A frame that finds no room waits
 * here, with those behind it, for a thread that tries again. One thread sends and one receives.
 */
public final class PacketFilter implements Closeable {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(PacketFilter.class);

    private static final long BIOCSBLEN = 0xc004_4266L;
    private static final long BIOCSETIF = 0x8020_426cL;
    private static final long BIOCIMMEDIATE = 0x8004_4270L;
    private static final long BIOCSHDRCMPLT = 0x8004_4275L;
    private static final long BIOCSDIRECTION = 0x8004_4277L;
    private static final long BIOCGDLT = 0x4004_426aL;
    private static final long BIOCGSTATS = 0x4008_426fL;
    private static final int BPF_D_IN = 0;
    private static final int DLT_NULL = 0;
    private static final int O_RDWR_NONBLOCK = 2 | 4;
    private static final int EAGAIN = 35;
    private static final int ENOBUFS = 55;
    private static final long RETRY_MILLIS = 2;
    private static final int IFREQ = 32;
    /** The most that net.bpf.maxbufsize allows by default. */
    private static final int BUFFER = 512 * 1024;
    /** Of struct bpf_hdr. */
    private static final int CAPTURED_LENGTH = 16;
    private static final int HEADER_LENGTH = 24;
    private static final int ALIGNMENT = 8;
    private static final int POLLIN = 1;
    private static final int FAMILY = 4;

    private final FreeBsdMachine machine;
    private final long fd;
    private final boolean hasFamily;
    private final int bufferLength;
    private final Deque<byte[]> frames = new ArrayDeque<>();
    private final BlockingQueue<byte[]> waiting = new LinkedBlockingQueue<>();
    private final Thread sender = new Thread(this::sendWaiting, "ringtap-packet-filter");
    private boolean sending;

    private PacketFilter(FreeBsdMachine machine, long fd, String device) throws IOException {
        this.machine = machine;
        this.fd = fd;
        bufferLength = ioctl("BIOCSBLEN", BIOCSBLEN, word(BUFFER)).getInt(0);
        ioctl("BIOCSETIF, " + device, BIOCSETIF,
            AgentProtocol.allocate(IFREQ).put(0, device.getBytes(StandardCharsets.US_ASCII)));
        ioctl("BIOCIMMEDIATE", BIOCIMMEDIATE, word(1));
        ioctl("BIOCSHDRCMPLT", BIOCSHDRCMPLT, word(1));
        ioctl("BIOCSDIRECTION", BIOCSDIRECTION, word(BPF_D_IN));
        hasFamily = ioctl("BIOCGDLT", BIOCGDLT, word(0)).getInt(0) == DLT_NULL;
    }

    /** Opens one. */
    public static PacketFilter open(FreeBsdMachine machine, String device) throws IOException {
        long fd = FreeBsdMachine.check("open(/dev/bpf)", machine.call(FreeBsdCalls.OPEN,
            "/dev/bpf\0".getBytes(StandardCharsets.US_ASCII), 0, 0, O_RDWR_NONBLOCK, 0));
        try {
            return new PacketFilter(machine, fd, device);
        } catch (IOException e) {
            machine.call(FreeBsdCalls.CLOSE, fd);
            throw e;
        }
    }

    private static ByteBuffer word(int value) {
        return AgentProtocol.allocate(Integer.BYTES).putInt(0, value);
    }

    private ByteBuffer ioctl(String what, long number, ByteBuffer argument) throws IOException {
        FreeBsdMachine.check("ioctl(" + what + ")",
            machine.call(FreeBsdCalls.IOCTL, argument.array(), 2, fd, number, 0));
        return argument;
    }

    /** Sends a frame, or a packet of the family that its first four bits tell. */
    public void send(byte[] frame) throws IOException {
        byte[] message = frame;
        if (hasFamily) {
            message = AgentProtocol.allocate(FAMILY + frame.length).putInt(frame[0] >> 4 == 4 ? 2 : 28).put(frame)
                .array();
        }
        synchronized (this) {
            if (sending || !write(message)) {
                waiting.add(message);
                if (!sending) {
                    sending = true;
                    sender.start();
                }
            }
        }
    }

    /** Whether there was room. */
    private boolean write(byte[] message) throws IOException {
        long sent = machine.call(FreeBsdCalls.WRITE, message, 1, fd, 0, message.length);
        if (sent == -ENOBUFS) {
            return false;
        }
        FreeBsdMachine.check("write(/dev/bpf)", sent);
        return true;
    }

    /** Once there was no room, all frames go this way, so that none overtakes another. */
    private void sendWaiting() {
        try {
            while (true) {
                byte[] message = waiting.take();
                while (!write(message)) {
                    Thread.sleep(RETRY_MILLIS);
                }
            }
        } catch (IOException e) {
            LOGGER.debug("{} frames are not sent", waiting.size() + 1, e);
        } catch (InterruptedException e) {
            // It is closed.
        }
    }

    /**
     * The next frame that the interface has received.
     *
     * @return {@code null} if there is none in time
     */
    public byte[] receive(long timeoutMillis) throws IOException {
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
        while (frames.isEmpty() && !fill()) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return null;
            }
            byte[] entry = AgentProtocol.allocate(8).putInt((int) fd).putShort((short) POLLIN).array();
            RemoteCall call = machine.newCall(FreeBsdCalls.POLL).waitingFor(left);
            FreeBsdMachine.check("poll(/dev/bpf)", call.execute(call.in(entry), 1, left));
        }
        return frames.poll();
    }

    private boolean fill() throws IOException {
        byte[][] read = new byte[1][];
        RemoteCall call = machine.newCall(FreeBsdCalls.READ);
        long n = call.execute(fd, call.received(bufferLength, (result, bytes) -> read[0] = copy(bytes)), bufferLength);
        if (n == -EAGAIN || n == 0) {
            return false;
        }
        FreeBsdMachine.check("read(/dev/bpf)", n);
        ByteBuffer records = AgentProtocol.wrap(read[0]);
        for (int at = 0; at < n;) {
            int captured = records.getInt(at + CAPTURED_LENGTH);
            int start = at + records.getShort(at + HEADER_LENGTH) + (hasFamily ? FAMILY : 0);
            int end = at + records.getShort(at + HEADER_LENGTH) + captured;
            frames.add(Arrays.copyOfRange(read[0], start, end));
            at = (end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        }
        return true;
    }

    private static byte[] copy(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.capacity()];
        bytes.get(0, copy);
        return copy;
    }

    /** How many frames it had no room for. */
    public int dropped() throws IOException {
        return ioctl("BIOCGSTATS", BIOCGSTATS, AgentProtocol.allocate(8)).getInt(4);
    }

    /** Gives up what waits. */
    @Override
    public void close() throws IOException {
        sender.interrupt();
        try {
            sender.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        machine.call(FreeBsdCalls.CLOSE, fd);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SharedMapping;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.internal.unix.UnixSocketName;
import io.ringtap.internal.vhost.control.ControlSocket;
import io.ringtap.internal.vhost.control.DeviceFeatures;
import io.ringtap.internal.vhost.queue.DriverFrameInput;
import io.ringtap.internal.vhost.queue.DriverFrameOutput;
import io.ringtap.internal.vhost.queue.DriverMemory;
import io.ringtap.internal.vhost.queue.DriverQueueLayout;
import io.ringtap.internal.vhost.queue.FrameOutput;
import io.ringtap.internal.vhost.queue.NetHeader;
import io.ringtap.internal.vhost.queue.QueueFeatures;
import io.ringtap.internal.vhost.queue.QueueRing;
import io.ringtap.internal.vhost.queue.VirtqueueDriver;
import io.ringtap.internal.vhost.wire.MemoryRegion;
import io.ringtap.internal.vhost.wire.MemoryTable;
import io.ringtap.internal.vhost.wire.NoPayload;
import io.ringtap.internal.vhost.wire.Number64;
import io.ringtap.internal.vhost.wire.ProtocolFeature;
import io.ringtap.internal.vhost.wire.VhostMessage;
import io.ringtap.internal.vhost.wire.VhostPayload;
import io.ringtap.internal.vhost.wire.VhostRequest;
import io.ringtap.internal.vhost.wire.VringAddress;
import io.ringtap.internal.vhost.wire.VringDescriptor;
import io.ringtap.internal.vhost.wire.VringState;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A front end and the driver of its guest, on the thread of a test: it waits for replies, and its rings lie in a memory
 * file. Each message can also be sent alone, in any order and with anything wrong.
 */
final class GuestPeer implements Closeable {
    /** Of the rings and the buffers, where the guest and the front end have them. */
    static final long GUEST = 1L << 32;
    static final long USER = 0x7f00_0000_0000L;
    static final int RECEIVE = 0;
    static final int TRANSMIT = 1;
    private static final int BUFFER = 2048;
    private static final long PATIENCE_NANOS = 10_000_000_000L;

    private final ControlSocket socket;
    private final int queueSize;
    private final QueueFeatures features;
    private final int memoryFile;
    private final int[] kicks = new int[2];
    private final int[] calls = new int[2];
    private final NativeMemory one = NativeMemory.allocate(Long.BYTES);
    private final long memorySize;
    private final SharedMapping mapping;
    private final VirtqueueDriver[] queues = new VirtqueueDriver[2];
    private final DriverFrameInput input;
    private final DriverFrameOutput output;
    private long patienceNanos = PATIENCE_NANOS;
    private boolean acknowledges;
    private boolean closed;

    private GuestPeer(int fd, int queueSize, long features) throws IOException {
        socket = new ControlSocket(fd);
        this.queueSize = queueSize;
        one.buffer().putLong(0, 1);
        for (int i = 0; i < 2; i++) {
            kicks[i] = SystemCalls.check("eventfd", SystemCalls.eventDescriptor());
            calls[i] = SystemCalls.check("eventfd", SystemCalls.eventDescriptor());
        }
        DriverQueueLayout layout = new DriverQueueLayout(queueSize, BUFFER);
        this.features = QueueFeatures.of(features);
        memorySize = 2 * layout.bytes(this.features) + 4095 & -4096;
        memoryFile = SystemCalls.check("memfd_create", SystemCalls.memoryFile("ringtap-guest"));
        SystemCalls.check("ftruncate", SystemCalls.truncate(memoryFile, memorySize));
        mapping = SharedMapping.map(memoryFile, memorySize);
        DriverMemory memory = new DriverMemory(mapping.buffer(0, (int) memorySize), GUEST);
        NetHeader header = NetHeader.of(0, features);
        for (int i = 0; i < 2; i++) {
            queues[i] = VirtqueueDriver.of(memory, layout, this.features);
        }
        input = new DriverFrameInput(queues[RECEIVE], header);
        output = new DriverFrameOutput(queues[TRANSMIT], header);
        input.publish();
    }

    /** Connects to a channel that listens, and does nothing more. */
    static GuestPeer connect(VhostAddress to, int queueSize, long features) throws IOException {
        int fd = SystemCalls.check("socket",
            SystemCalls.nonBlockingSocket(UnixSocketName.AF_UNIX, StreamSocket.SOCK_STREAM, 0));
        NativeMemory sockaddr = to.socketName().toSockaddr();
        try {
            SystemCalls.check("connect", SystemCalls.connect(fd, sockaddr));
            return new GuestPeer(fd, queueSize, features);
        } catch (IOException | RuntimeException e) {
            SystemCalls.close(fd);
            throw e;
        } finally {
            sockaddr.free();
        }
    }

    /** A front end that listens waits for a channel that connects, and does nothing more. */
    static GuestPeer accept(int listening, int queueSize, long features) throws IOException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        int fd;
        while ((fd = BackEndPeer.accept(listening)) < 0) {
            pause(deadline, "connection");
        }
        try {
            return new GuestPeer(fd, queueSize, features);
        } catch (IOException | RuntimeException e) {
            SystemCalls.close(fd);
            throw e;
        }
    }

    /** Sets how long to wait for a reply. */
    GuestPeer patience(long millis) {
        patienceNanos = millis * 1_000_000;
        return this;
    }

    /** Whether the other side has closed the connection. */
    synchronized boolean isEnded() {
        return closed || socket.isEnded();
    }

    /** Does all that a front end does until frames pass. */
    GuestPeer start(long features) throws IOException {
        long offered = ask(VhostRequest.GET_FEATURES, new NoPayload());
        if ((features & ~offered) != 0) {
            throw new IOException("not offered: 0x" + Long.toHexString(features & ~offered));
        }
        long protocol = ask(VhostRequest.GET_PROTOCOL_FEATURES, new NoPayload());
        tell(VhostRequest.SET_PROTOCOL_FEATURES, new Number64(protocol));
        acknowledges = ProtocolFeature.REPLY_ACK.isIn(protocol);
        tell(VhostRequest.SET_OWNER, new NoPayload());
        tell(VhostRequest.SET_FEATURES, new Number64(features));
        shareMemory();
        startRing(RECEIVE, queues[RECEIVE].base());
        startRing(TRANSMIT, queues[TRANSMIT].base());
        return this;
    }

    void shareMemory() throws IOException {
        tell(VhostRequest.SET_MEM_TABLE, new MemoryTable(List.of(region())), memoryFile);
    }

    /** Where the device says whether it wants to be kicked. */
    long[] suppressionArea(int ring) {
        long begin = queues[ring].deviceAreaAddress();
        return new long[] {begin, begin + QueueRing.deviceBytes(queueSize, features.packed())};
    }

    boolean isPacked() {
        return features.packed();
    }

    /** The guest's address of a receive buffer; they lie behind both rings. */
    long receiveBuffer(int index) {
        return GUEST + 2 * (new DriverQueueLayout(queueSize, BUFFER).bytes(features) - (long) queueSize * BUFFER)
            + (long) index * BUFFER;
    }

    MemoryRegion region() {
        return new MemoryRegion(GUEST, memorySize, USER, 0);
    }

    int memoryFile() {
        return memoryFile;
    }

    /** All memory of the guest, from address {@link #GUEST} on. */
    ByteBuffer memory() {
        return mapping.buffer(0, (int) memorySize);
    }

    /** Where the device writes to a ring: the guest's addresses of its first entry of all and behind its last. */
    long[] usedArea(int ring) {
        VirtqueueDriver queue = queues[ring];
        boolean packed = features.packed();
        long begin = packed ? queue.descriptorsAddress() : queue.deviceAreaAddress();
        int bytes = packed ? QueueRing.descriptorBytes(queueSize) : QueueRing.deviceBytes(queueSize, false);
        return new long[] {begin, begin + bytes};
    }

    void startRing(int ring, int base) throws IOException {
        tell(VhostRequest.SET_VRING_NUM, new VringState(ring, queueSize));
        tell(VhostRequest.SET_VRING_BASE, new VringState(ring, base));
        tell(VhostRequest.SET_VRING_ADDR, address(ring));
        tell(VhostRequest.SET_VRING_CALL, VringDescriptor.of(ring, false), calls[ring]);
        tell(VhostRequest.SET_VRING_KICK, VringDescriptor.of(ring, false), kicks[ring]);
        tell(VhostRequest.SET_VRING_ENABLE, new VringState(ring, 1));
    }

    VringAddress address(int ring) {
        long user = USER - GUEST;
        VirtqueueDriver queue = queues[ring];
        return new VringAddress(ring, 0, queue.descriptorsAddress() + user, queue.deviceAreaAddress() + user,
            queue.driverAreaAddress() + user, queue.deviceAreaAddress());
    }

    /** Stops a ring; where it would go on. */
    int stopRing(int ring) throws IOException {
        send(VhostMessage.request(VhostRequest.GET_VRING_BASE, new VringState(ring, 0), false));
        return ((VringState) reply(VhostRequest.GET_VRING_BASE).payload()).number();
    }

    int kick(int ring) {
        return kicks[ring];
    }

    int call(int ring) {
        return calls[ring];
    }

    /** Sends a request that has no reply but an acknowledgement, and waits for that if it was negotiated. */
    void tell(VhostRequest request, VhostPayload payload, int... descriptors) throws IOException {
        send(VhostMessage.request(request, payload, acknowledges), descriptors);
        if (acknowledges) {
            long refused = ((Number64) reply(request).payload()).value();
            if (refused != 0) {
                throw new IOException(request + " was refused");
            }
        }
    }

    long ask(VhostRequest request, VhostPayload payload, int... descriptors) throws IOException {
        send(VhostMessage.request(request, payload, false), descriptors);
        return ((Number64) reply(request).payload()).value();
    }

    void send(VhostMessage message, int... descriptors) throws IOException {
        socket.send(message, descriptors);
        long deadline = System.nanoTime() + patienceNanos;
        while (socket.isBehind()) {
            pause(deadline, "room for a message");
            socket.flush();
        }
    }

    /** Sends octets as they are. */
    void sendRaw(byte[] octets) throws IOException {
        NativeMemory memory = NativeMemory.allocate(octets.length);
        memory.buffer().put(0, octets);
        long sent = SystemCalls.send(socket.descriptor(), memory.address(), octets.length, 0x4000);
        memory.free();
        if (sent != octets.length) {
            throw new IOException("sent " + sent);
        }
    }

    VhostMessage reply(VhostRequest to) throws IOException {
        long deadline = System.nanoTime() + patienceNanos;
        while (!socket.receive()) {
            pause(deadline, "a reply to " + to);
        }
        try {
            return socket.reply(to);
        } finally {
            socket.next();
        }
    }

    /** Whether the other side has closed the connection; waits for that. */
    boolean isCutOff() {
        long deadline = System.nanoTime() + patienceNanos;
        try {
            while (!socket.isEnded()) {
                if (socket.receive()) {
                    socket.next();
                }
                pause(deadline, "the end of the connection");
            }
            return true;
        } catch (IOException ended) {
            return !ended.getMessage().startsWith("there was no");
        }
    }

    private static void pause(long deadline, String what) throws IOException {
        if (System.nanoTime() - deadline > 0) {
            throw new IOException("there was no " + what + " in time");
        }
        LockSupport.parkNanos(20_000);
    }

    /** Puts a frame into the transmit queue; whether there was room. */
    synchronized boolean transmit(byte[] frame) {
        if (closed) {
            return false;
        }
        ByteBuf buf = Unpooled.wrappedBuffer(frame);
        boolean written = output.write(buf) == FrameOutput.WRITTEN;
        if (output.publish()) {
            kickNow(TRANSMIT);
        }
        return written;
    }

    void kickNow(int ring) {
        SystemCalls.write(kicks[ring], one.address(), Long.BYTES);
    }

    /** The next frame that was received, {@code null} if there is none. */
    synchronized byte[] receive() {
        if (closed || input.take(1) == 0) {
            return null;
        }
        long number = input.next() - 1;
        ByteBuf into = Unpooled.buffer(input.length(number));
        input.read(number, into);
        input.giveBack(number);
        if (input.publish()) {
            kickNow(RECEIVE);
        }
        byte[] frame = new byte[into.readableBytes()];
        into.readBytes(frame);
        return frame;
    }

    /** As a front end that is killed. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        socket.close();
        for (int i = 0; i < 2; i++) {
            SystemCalls.close(kicks[i]);
            SystemCalls.close(calls[i]);
        }
        mapping.unmap();
        SystemCalls.close(memoryFile);
        one.free();
    }

    /** Features of a driver of today, with a split ring. */
    static long usualFeatures() {
        return QueueFeatures.VERSION_1 | QueueFeatures.EVENT_IDX | QueueFeatures.INDIRECT_DESC | 1L << 15
            | DeviceFeatures.PROTOCOL_FEATURES;
    }
}

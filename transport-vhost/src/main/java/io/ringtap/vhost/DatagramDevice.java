/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.buffer.ByteBuf;
import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.loop.RepeatedTask;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.IovecArray;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.internal.unix.UnixSocketName;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A bound Unix datagram socket, each datagram of which is a frame. While its peer is there, the socket is connected to
 * it. So the kernel takes datagrams from the peer alone, a write needs no path to be looked up, and a poll for room
 * looks at the queue of the peer, which holds as many datagrams as {@code net.unix.max_dgram_qlen} says.
 *
 * <p>No call tells that the peer has gone: a write fails, or nothing comes any more. Nor can a new peer of the same
 * name send anything while the socket is connected to the former one. So the device looks for the peer once in {@value
 * #CHECK_MILLIS} ms, and at once when a write fails. What the former peer had sent and was not read by then is lost.
 */
abstract class DatagramDevice implements SocketDevice {
    static final int SOCK_DGRAM = 2;
    static final int CHECK_MILLIS = 500;

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(DatagramDevice.class);
    private static final int ETHERNET_HEADER = 14;
    /** The letters VFKT. */
    private static final int VFKIT = 0x56464b54;
    private static final int AF_UNSPEC = 0;
    /** Of struct sockaddr. */
    private static final int SOCKADDR = 16;

    private final FrameDatagramAddress local;
    private final int fd;
    private final SocketFile file;
    private final int maxFrame;
    private final boolean greets;
    private final IovecArray vector = new IovecArray();
    private final Map<DropReason, FrameRefusedException> refusals = new EnumMap<>(DropReason.class);
    /** An int, and the address of nobody: allocated beforehand, as an event loop must not fail for want of them. */
    private final NativeMemory memory = NativeMemory.allocate(Integer.BYTES);
    private final NativeMemory nobody = NativeMemory.allocate(SOCKADDR);
    private NativeMemory peerAddress;
    private Object peerFile;
    private Consumer<Object> events = event -> { };
    private Future<?> check;
    private volatile UnixSocketName peer;
    private volatile boolean up;

    /** A bound socket, which this object owns from now on. */
    DatagramDevice(FrameDatagramAddress local, int fd, SocketFile file, FrameSocketSettings settings) {
        this.local = local;
        this.fd = fd;
        this.file = file;
        maxFrame = settings.maxFrame();
        greets = settings.vfkit();
        UnixSocketName.putFamily(nobody.buffer(), AF_UNSPEC, SOCKADDR);
    }

    /** Binds a socket, and connects it if the peer is there. */
    static DatagramDevice open(FrameDatagramAddress local, FrameSocketSettings settings) throws IOException {
        int fd = SystemCalls.check("socket(AF_UNIX, SOCK_DGRAM)",
            SystemCalls.nonBlockingSocket(UnixSocketName.AF_UNIX, SOCK_DGRAM, 0));
        SocketFile file = null;
        try {
            settings.applyTo(fd);
            file = SocketFile.bind(fd, local.socketName(), SOCK_DGRAM, settings.mode());
            return settings.remote() == null ? new LearningDatagramDevice(local, fd, file, settings)
                : new ConnectedDatagramDevice(local, fd, file, settings);
        } catch (Throwable e) {
            if (file != null) {
                file.remove();
            }
            SystemCalls.close(fd);
            if (e instanceof SystemCallException failed) {
                throw new SystemCallException(local.toString(), failed, null);
            }
            throw e;
        }
    }

    @Override
    public final boolean isUp() {
        return up;
    }

    @Override
    public final void watch(IoEventLoop loop, Consumer<Object> listener) {
        events = listener;
        check = RepeatedTask.every(loop, CHECK_MILLIS, TimeUnit.MILLISECONDS, this, this::look);
    }

    @Override
    public final void unwatch() {
        events = event -> { };
        if (check != null) {
            check.cancel(false);
            check = null;
        }
    }

    /** The socket of the peer, {@code null} if it is not known. Any thread. */
    final UnixSocketName peer() {
        return peer;
    }

    /** Sets whom to connect to. */
    final void setPeer(UnixSocketName name) {
        NativeMemory address = name == null ? null : name.toSockaddr();
        if (peerAddress != null) {
            peerAddress.free();
        }
        peerAddress = address;
        peer = name;
    }

    /** Looks whether the peer is there, and whether it is still the same. */
    private void look() {
        if (peer == null) {
            return;
        }
        if (up) {
            Object now = SocketFile.identity(peer);
            if (now != null && peerFile != null && !now.equals(peerFile)) {
                lost("another program has taken its place");
            } else {
                // Connecting to the same socket again changes nothing.
                int result = SystemCalls.connect(fd, peerAddress);
                if (result >= 0 || !isPeerGone(result)) {
                    return;
                }
                lost(Errno.nameOf(-result));
            }
        }
        connect();
    }

    /** Connects to the peer if it is there. */
    final void connect() {
        if (up || peer == null) {
            return;
        }
        peerFile = SocketFile.identity(peer);
        int result = SystemCalls.connect(fd, peerAddress);
        if (result < 0 || greets && !greet()) {
            LOGGER.trace("{}: no peer at {}: {}", local, peer, result < 0 ? Errno.nameOf(-result) : "no greeting");
            return;
        }
        up = true;
        LOGGER.debug("{} has a peer: {}", local, peer);
        events.accept(new DeviceEvent.LinkUp());
    }

    private boolean greet() {
        memory.buffer().putInt(0, ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? VFKIT
            : Integer.reverseBytes(VFKIT));
        return SystemCalls.send(fd, memory.address(), Integer.BYTES, 0) == Integer.BYTES;
    }

    private void lost(String how) {
        up = false;
        // Only a socket that is connected to nobody can hear of a new peer.
        SystemCalls.connect(fd, nobody);
        IOException cause = new IOException(local + " has lost its peer " + peer + ": " + how);
        LOGGER.debug("{}", cause.getMessage());
        peerLost();
        events.accept(new PeerLost(cause));
        events.accept(new DeviceEvent.LinkDown());
    }

    /** The peer has gone. Does nothing here. */
    void peerLost() {
    }

    /** EPERM: the peer has connected to another socket. */
    private static boolean isPeerGone(long error) {
        return Errno.ECONNREFUSED.is(error) || Errno.ENOTCONN.is(error) || Errno.ECONNRESET.is(error)
            || Errno.ENOENT.is(error) || Errno.EPIPE.is(error) || Errno.EPERM.is(error);
    }

    /**
     * Whether a datagram is a frame. What is none was counted, or is no drop.
     *
     * @param datagram from its reader index on
     */
    public final boolean isFrame(ByteBuf datagram, FrameSink sink) {
        // Who sends before the device has looked for its peer again: most likely the peer.
        connect();
        if (datagram.readableBytes() >= ETHERNET_HEADER) {
            return true;
        }
        if (datagram.readableBytes() != Integer.BYTES || datagram.getInt(datagram.readerIndex()) != VFKIT) {
            sink.drop(DropReason.MALFORMED);
        }
        return false;
    }

    /** recv(2) into native memory; the bytes received or a negative error number. */
    abstract long receive(long address, int room);

    @Override
    public final void read(FrameSink sink) {
        while (true) {
            ByteBuf frame = sink.allocate(receiveCapacity());
            int start = frame.writerIndex();
            int room = frame.writableBytes();
            long n = receive(NativeMemory.addressOf(frame, start, room), room);
            if (n < 0) {
                // EAGAIN when there is none. An error of the socket is read away by this: the loop asks again.
                return;
            }
            if (n >= room) {
                // A drop ends the read, as the sink cannot: the loop asks again, and other channels have their turn.
                sink.drop(DropReason.TRUNCATED);
                return;
            }
            frame.writerIndex(start + (int) n);
            if (!isFrame(frame, sink)) {
                frame.writerIndex(start);
                return;
            }
            if (!sink.frame(frame)) {
                return;
            }
        }
    }

    @Override
    public final int write(ByteBuf frame) throws IOException {
        int length = frame.readableBytes();
        if (length < ETHERNET_HEADER) {
            throw refusal(DropReason.REFUSED);
        }
        if (length > maxFrame) {
            throw refusal(DropReason.TOO_LONG);
        }
        if (!up) {
            throw refusal(DropReason.DOWN);
        }
        long n = vector.write(fd, frame);
        if (n >= 0) {
            return WRITTEN;
        }
        if (Errno.EAGAIN.is(n)) {
            return FULL;
        }
        if (isPeerGone(n)) {
            lost(Errno.nameOf((int) -n));
            throw refusal(DropReason.DOWN);
        }
        if (Errno.ENOBUFS.is(n) || Errno.ENOMEM.is(n)) {
            throw refusal(DropReason.NO_BUFFERS);
        }
        if (Errno.EMSGSIZE.is(n)) {
            throw refusal(DropReason.TOO_LONG);
        }
        throw new FrameRefusedException(DropReason.REFUSED, local + " refused a frame: " + Errno.nameOf((int) -n) + " ("
            + SystemCalls.describe((int) -n) + ")");
    }

    private FrameRefusedException refusal(DropReason reason) {
        return refusals.computeIfAbsent(reason,
            r -> new FrameRefusedException(r, local + " refused a frame: " + whyRefused(r)));
    }

    private String whyRefused(DropReason reason) {
        return switch (reason) {
            case DOWN -> "nobody is at the other end";
            case NO_BUFFERS -> "the kernel has no memory for it";
            case TOO_LONG -> "it is longer than " + maxFrame + " bytes, or than SO_SNDBUF allows";
            default -> "it is shorter than an Ethernet header";
        };
    }

    @Override
    public final void endOfFlush() {
        // Each frame has gone out with its own call.
    }

    /** Bytes to offer to a read: one more than the longest frame has. */
    public final int receiveCapacity() {
        return maxFrame + 1;
    }

    @Override
    public final FrameDatagramAddress localAddress() {
        return local;
    }

    @Override
    public final int descriptor() {
        return fd;
    }

    @Override
    public final int vnetHeaderLength() {
        return 0;
    }

    /**
     * The kernel sets an error when the peer connects to another socket. Asking for it takes it away; what becomes of
     * the peer is found out by looking for it.
     */
    @Override
    public final IOException failure() {
        int result = FrameSocketSettings.takeError(fd, memory);
        if (result < 0) {
            return new SystemCallException(local + ": getsockopt(SO_ERROR)", -result, null);
        }
        look();
        return null;
    }

    /** A sender waits for room: nothing is ever dropped by the kernel. */
    @Override
    public final DeviceDrops drops() {
        return new DeviceDrops(0, 0);
    }

    @Override
    public void close() {
        up = false;
        file.remove();
        SystemCalls.close(fd);
        vector.free();
        memory.free();
        nobody.free();
        setPeer(null);
    }
}

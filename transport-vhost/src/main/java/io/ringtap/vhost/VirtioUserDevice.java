/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.internal.vhost.control.ControlSocket;
import io.ringtap.internal.vhost.control.FrontEndHandshake;
import io.ringtap.internal.vhost.queue.FrameOutput;
import io.ringtap.internal.vhost.queue.QueueFault;
import io.ringtap.loop.Readiness;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffloads;

import java.io.IOException;
import java.util.EnumSet;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * A port of a vhost-user back end: the socket, one connection after the other, and the queues of each, which are in
 * memory of this process. On the event loop.
 */
final class VirtioUserDevice implements FrameDevice, PolledRings, Lender {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(VirtioUserDevice.class);
    private static final int ETHERNET_HEADER = 14;

    private final VirtioUserAddress address;
    private final VirtioUserSettings settings;
    private final VirtioNetHeader header;
    private final StreamSource source;
    private final Doorbell doorbell = new Doorbell();
    private final ByteBufAllocator allocator;
    private final QueueWriter writer;
    private final Runnable publishTask = this::publishReturned;
    private Consumer<Object> events = event -> { };
    private Consumer<Runnable> backendChanges = Runnable::run;
    private IoEventLoop loop;
    private DescriptorWaiter waiter;
    private Readiness.Listener channel;
    private VhostReadiness readiness;
    private VirtioUserConnection connection;
    private VirtioUserQueues queues;
    /** Of {@link #queues}. */
    private QueueReader reader;
    /** Frames that were given back are soon published. */
    private boolean publishing;
    /** Frames pass: the handshake has ended. */
    private boolean running;
    private volatile VirtioNetOffloads takes = VirtioNetOffloads.NONE;
    private volatile boolean up;

    private VirtioUserDevice(VirtioUserAddress address, VirtioUserSettings settings,
                             ByteBufAllocator allocator) throws IOException {
        this.address = address;
        this.settings = settings;
        this.allocator = allocator;
        header = VirtioNetHeader.of(settings.header());
        writer = new QueueWriter(header, this, address, "back end");
        FrameStreamAddress socket = new FrameStreamAddress(address.socketName());
        source = settings.server() ? StreamListener.open(socket, address, settings.mode(), () -> connection != null)
            : new StreamConnector(socket, address, settings.reconnectMillis());
    }

    /** Opens the socket that listens, if one does. */
    static VirtioUserDevice open(VirtioUserAddress address, VirtioUserSettings settings,
                             ByteBufAllocator allocator) throws IOException {
        try {
            return new VirtioUserDevice(address, settings, allocator);
        } catch (SystemCallException failed) {
            throw new SystemCallException(address.toString(), failed, null);
        }
    }

    @Override
    public VirtioUserAddress localAddress() {
        return address;
    }

    /** There are several, which change. */
    @Override
    public int descriptor() {
        return -1;
    }

    @Override
    public Readiness readiness(EventLoop on, DescriptorWaiter descriptors, Readiness.Listener listener)
        throws IOException {
        if (descriptors == null) {
            throw new IOException(address + " needs an event loop that waits on descriptors");
        }
        VhostReadiness made = new VhostReadiness(this, (IoEventLoop) on, descriptors, listener);
        readiness = made;
        loop = (IoEventLoop) on;
        waiter = descriptors;
        channel = listener;
        // One that is made meanwhile is attached then.
        VirtioUserConnection kept = connection;
        try {
            source.attach(loop, waiter, listener, this::connected, kept == null);
            if (kept != null) {
                kept.attach(waiter, listener);
                if (reader != null) {
                    reader.lent().servedBy(on);
                }
                if (running) {
                    // When the channel is attached, so that it hears of it.
                    loop.execute(this::begin);
                }
            }
        } catch (Throwable e) {
            made.cancel();
            throw e;
        }
        return made;
    }

    @Override
    public void left(VhostReadiness former) {
        if (readiness != former) {
            return;
        }
        readiness = null;
        if (reader != null) {
            reader.lent().servedBy(null);
            publishReturned();
        }
        source.detach();
        if (connection != null) {
            connection.detach();
        }
    }

    /**
     * Reports what becomes of the back end, until {@link #unwatch}.
     *
     * @param listener receives user events of the pipeline, from within other calls
     * @param changes runs what changes {@link #vnetBackend}, when the channel is between two rounds
     */
    void watch(Consumer<Object> listener, Consumer<Runnable> changes) {
        events = listener;
        backendChanges = changes;
    }

    void unwatch() {
        events = event -> { };
        backendChanges = Runnable::run;
    }

    private void connected(int fd) {
        VirtioUserConnection made;
        try {
            made = new VirtioUserConnection(this, new ControlSocket(fd),
                new FrontEndHandshake(settings.wanted(), 0, this::makeQueues));
        } catch (OutOfMemoryError e) {
            LOGGER.warn("{} could not take a connection", address, e);
            SystemCalls.close(fd);
            source.connectAgain();
            return;
        }
        connection = made;
        try {
            made.attach(waiter, channel);
        } catch (IOException | RuntimeException e) {
            lost(new IOException("the event loop does not wait for answers", e));
        }
    }

    private VirtioUserQueues makeQueues(long features) throws IOException {
        VirtioUserQueues made = VirtioUserQueues.open(settings, features);
        reader = new QueueReader(made.input(), settings.queueSize(), header.bytes(), this, loop);
        queues = made;
        return queues;
    }

    /** The back end has everything. */
    void connected() {
        LOGGER.debug("{} is connected, with features 0x{}", address, Long.toHexString(queues.features()));
        VirtioUserQueues now = queues;
        VirtioNetOffloads taken = settings.takenWith(now.features());
        if (taken.equals(takes)) {
            start();
        } else {
            backendChanges.accept(() -> {
                takes = taken;
                if (queues == now) {
                    start();
                }
            });
        }
    }

    private void start() {
        running = true;
        begin();
    }

    private void begin() {
        if (!running || readiness == null) {
            return;
        }
        suppressKicks();
        try {
            readiness.begin(queues.call(VirtioUserQueues.RECEIVE), queues.call(VirtioUserQueues.TRANSMIT));
        } catch (IOException refused) {
            lost(new IOException("the event loop does not wait for calls: " + refused.getMessage(), refused));
            return;
        }
        if (!up) {
            up = true;
            events.accept(new DeviceEvent.LinkUp());
        }
    }

    /** The connection has ended. */
    void lost(IOException cause) {
        if (connection == null) {
            return;
        }
        connection.close();
        connection = null;
        LOGGER.debug("{} has lost its connection: {}", address, cause.getMessage());
        endQueues();
        events.accept(new PeerLost(cause));
        if (up) {
            up = false;
            events.accept(new DeviceEvent.LinkDown());
        }
        source.connectAgain();
    }

    private void endQueues() {
        running = false;
        if (readiness != null) {
            readiness.end();
        }
        if (queues != null) {
            reader.lent().end(true);
            reader = null;
            queues.close();
            queues = null;
        }
    }

    private void queueFailed(int ring, QueueFault fault) {
        LOGGER.warn("{}: queue {} has stopped: {}", address, ring, fault.message());
        events.accept(new VhostQueueFailed(ring, fault.message()));
        // The memory is what both sides share: nothing but a new one helps.
        lost(new IOException("queue " + ring + " has stopped: " + fault.message()));
    }

    /** Whether frames pass, as far as is known. Any thread. */
    boolean isUp() {
        return up;
    }

    @Override
    public boolean isServed() {
        return running;
    }

    @Override
    public boolean isPolled() {
        return false;
    }

    @Override
    public Doorbell doorbell() {
        return doorbell;
    }

    @Override
    public void kickLost(int descriptor) {
        lost(new IOException("an event descriptor is in error"));
    }

    @Override
    public void suppressKicks() {
        if (running) {
            queues.input().suppressNotifications();
            queues.output().suppressNotifications();
        }
    }

    @Override
    public boolean requestKicks(boolean wantFrames, boolean wantRoom) {
        if (!running) {
            return false;
        }
        // Nothing more comes: the back end may wait for what is lent.
        reader.lent().copyOut();
        publishReturned();
        boolean waiting = wantFrames && queues.input().requestNotifications();
        boolean room = wantRoom && queues.output().requestNotifications();
        return waiting || room;
    }

    @Override
    public boolean hasFrames() {
        return running && (queues.input().isWaiting() || queues.input().fault() != null);
    }

    @Override
    public ByteBufAllocator allocator() {
        return allocator;
    }

    /** The memory is this side's own: its file is sealed, and nobody can take it away. */
    @Override
    public void settle() {
        // Nothing can be missing.
    }

    @Override
    public boolean isTruncated() {
        return false;
    }

    @Override
    public void memoryLost(InternalError fault) {
        throw fault;
    }

    @Override
    public void returned() {
        if (publishing) {
            return;
        }
        publishing = true;
        try {
            // Once for all that comes back in this turn; the next read may come first.
            loop.execute(publishTask);
        } catch (RejectedExecutionException ended) {
            publishReturned();
        }
    }

    private void publishReturned() {
        publishing = false;
        if (queues != null && running && queues.input().publish()) {
            doorbell.ring(queues.kick(VirtioUserQueues.RECEIVE));
        }
    }

    /** Frames were read or written: also by a last flush, when the event loop is left already. */
    private void progress() {
        if (readiness != null) {
            readiness.progress();
        }
    }

    @Override
    public int vnetHeaderLength() {
        return header.bytes();
    }

    @Override
    public VirtioNetHeader vnetHeader() {
        return header;
    }

    @Override
    public VirtioNetBackend vnetBackend() {
        return new VirtioNetBackend(EnumSet.of(header.length()), takes, settings.gives(), true);
    }

    @Override
    public void read(FrameSink sink) {
        boolean more = true;
        while (more && running) {
            VirtioUserQueues from = queues;
            QueueReader frames = reader;
            int count = frames.take(sink);
            if (from.input().publish()) {
                doorbell.ring(from.kick(VirtioUserQueues.RECEIVE));
            }
            QueueFault fault = from.input().fault();
            if (count > 0) {
                progress();
                more = frames.deliver(sink, count);
            }
            if (fault != null && from == queues) {
                queueFailed(VirtioUserQueues.RECEIVE, fault);
            }
            if (count == 0) {
                return;
            }
        }
    }

    @Override
    public int framesTogether() {
        return QueueReader.TOGETHER;
    }

    @Override
    public int writeTogether(ByteBuf[] several, int count) {
        if (!running || !up) {
            return 0;
        }
        int sent = writer.write(queues.output(), several, count, takes);
        if (sent > 0) {
            progress();
        }
        return sent;
    }

    @Override
    public int writeHandles(FrameBatch frames, int max) {
        if (!running || !up) {
            return 0;
        }
        int sent = writer.writeLent(queues.output(), frames, max, takes);
        if (sent > 0) {
            progress();
        }
        return sent;
    }

    @Override
    public int write(ByteBuf frame) throws IOException {
        if (frame.readableBytes() < header.bytes() + ETHERNET_HEADER) {
            throw writer.refusal(DropReason.REFUSED);
        }
        if (!running || !up) {
            throw writer.refusal(DropReason.DOWN);
        }
        writer.requireTaken(frame, takes);
        switch (queues.output().write(frame)) {
            case FrameOutput.WRITTEN -> {
                progress();
                return WRITTEN;
            }
            case FrameOutput.FULL -> {
                return FULL;
            }
            case FrameOutput.REFUSED -> throw writer.refusal(DropReason.TOO_LONG);
            default -> {
                queueFailed(VirtioUserQueues.TRANSMIT, queues.output().fault());
                throw writer.refusal(DropReason.DOWN);
            }
        }
    }

    @Override
    public void endOfFlush() {
        if (running && queues.output().publish()) {
            doorbell.ring(queues.kick(VirtioUserQueues.TRANSMIT));
        }
    }

    /** The device has no descriptor of its own that could be in error. */
    @Override
    public IOException failure() {
        return new IOException(address + " has failed");
    }

    /** A back end that is too slow makes writers wait, and so does this side. */
    @Override
    public DeviceDrops drops() {
        return new DeviceDrops(0, 0);
    }

    @Override
    public void close() {
        up = false;
        if (connection != null) {
            connection.close();
            connection = null;
        }
        endQueues();
        source.close();
        doorbell.free();
    }
}

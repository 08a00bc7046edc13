/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.util.internal.StringUtil;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FrameChannelConfig;
import io.ringtap.channel.FrameChannelStats;
import io.ringtap.channel.PortIdentity;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.loop.LoopAdapter;
import io.ringtap.internal.loop.LoopAdapters;
import io.ringtap.internal.netty.NettyRelease;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.Executor;

/**
 * A channel of frames over a {@link FrameDevice}: what Netty expects of a channel, the budget of a read round, promises
 * and statistics. A transport implements how its device is opened; it need not know the kind of event loop.
 *
 * <p>Registration only selects how to wait; the device is opened by {@code bind} and waited on from then on, as a
 * descriptor that was added to epoll before its device was attached is never woken.
 */
public abstract class AbstractFrameChannel extends AbstractChannel implements FrameChannel {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(AbstractFrameChannel.class);
    /** Reading 64 frames per wake-up doubles the throughput of one frame at a time, and adds little latency. */
    private static final int FRAMES_A_ROUND = 64;
    private static final String EXPECTED = " (expected: " + StringUtil.simpleClassName(ByteBuf.class) + " or "
        + StringUtil.simpleClassName(FrameBatch.class) + ")";

    private final ChannelMetadata metadata;
    private final FrameChannelStats stats = new FrameChannelStats();
    private final Runnable stopReadingTask = this::stopReading;
    private final Runnable loopClosingTask = this::loopClosing;
    private final CarriedFrames carriedOver = new CarriedFrames();
    private final ReadLoop reads = new ReadLoop(this, carriedOver);
    private final WriteLoop writes = new WriteLoop(this, carriedOver);
    private final HandOver handOver = new HandOver(this);
    private final ChannelEnd end = new ChannelEnd(this);
    private final FlightRecord flightRecord = FlightRecord.of(this);

    private volatile FrameDevice device;
    private volatile boolean closed;
    private LoopAdapter adapter;
    private FrameIo io;
    private boolean goneTold;

    /**
     * Makes a channel without a device; {@code bind} opens it.
     *
     * @throws UnsupportedOperationException if the Netty on the class path is older than 4.2
     */
    protected AbstractFrameChannel() {
        this(FRAMES_A_ROUND);
    }

    /**
     * Makes a channel without a device.
     *
     * @param framesPerRound what {@code maxMessagesPerRead} is unless set
     * @throws UnsupportedOperationException if the Netty on the class path is older than 4.2
     */
    protected AbstractFrameChannel(int framesPerRound) {
        super(null);
        NettyRelease.ensureAvailability();
        metadata = new ChannelMetadata(false, framesPerRound);
    }

    /**
     * Opens the device, with the options that the configuration holds. Everything acquired is released again on
     * failure. On the event loop.
     *
     * @throws IllegalArgumentException if the address is not one of this transport's
     * @throws DeviceBusyException if the device will be free in a moment: bind goes on trying for a while, and its
     *     promise completes later
     * @throws IOException if the device cannot be opened, naming why and what to do
     */
    protected abstract FrameDevice openDevice(SocketAddress localAddress) throws IOException;

    /**
     * Whether a device of this channel can only wait through its descriptor, so that a loop on which no descriptor can
     * wait is refused at registration already. A transport with devices inside this JVM returns {@code false}.
     */
    protected boolean needsDescriptor() {
        return true;
    }

    /**
     * Called when the device is open and the channel on its event loop, before the first frame: at bind, and again
     * after the channel was registered with another loop. Does nothing here.
     *
     * @param loop the event loop
     * @param waiter waits on further descriptors of the transport; {@code null} where nothing does
     * @throws IOException to fail the bind
     */
    protected void deviceAttached(IoEventLoop loop, DescriptorWaiter waiter) throws IOException {
    }

    /** Called before the device closes or the channel leaves its event loop: undoes {@link #deviceAttached}. */
    protected void deviceDetached() {
    }

    /** Takes over a device that is open already: for constructors. The channel is active once registered. */
    protected final void adopt(FrameDevice open) {
        writes.open(open);
        device = open;
    }

    /** The device, {@code null} before bind and after close. Any thread. */
    protected final FrameDevice device() {
        return device;
    }

    @Override
    public abstract FrameChannelConfig config();

    @Override
    public final PortIdentity identity() {
        SocketAddress bound = localAddress();
        if (bound == null) {
            throw new IllegalStateException("the channel is not bound");
        }
        return identity(bound);
    }

    /** The identity of the device that is bound to an address: the address, unless overridden. Any thread. */
    protected PortIdentity identity(SocketAddress bound) {
        return PortIdentity.of(bound);
    }

    @Override
    public boolean isLinkUp() {
        return isActive();
    }

    @Override
    public final FrameChannelStats stats() {
        return stats;
    }

    @Override
    public DeviceDrops deviceDrops() {
        FrameDevice open = device;
        return open == null ? DeviceDrops.UNKNOWN : open.drops();
    }

    @Override
    public final boolean isFull() {
        FrameIo attached = io;
        return attached != null && attached.isFull();
    }

    @Override
    public final int vnetHeaderLength() {
        FrameDevice open = device;
        return open == null ? 0 : open.vnetHeaderLength();
    }

    @Override
    public final VirtioNetHeader vnetHeader() {
        FrameDevice open = device;
        return open == null ? VirtioNetHeader.of(VnetHeaderLength.NONE) : open.vnetHeader();
    }

    @Override
    public final VirtioNetBackend vnetBackend() {
        FrameDevice open = device;
        return open == null ? VirtioNetBackend.PLAIN : open.vnetBackend();
    }

    @Override
    public final ChannelMetadata metadata() {
        return metadata;
    }

    @Override
    public final boolean isOpen() {
        return !closed;
    }

    @Override
    public final boolean isActive() {
        return device != null && !closed && !handOver.isClosing();
    }

    @Override
    protected SocketAddress localAddress0() {
        FrameDevice open = device;
        return open == null ? null : open.localAddress();
    }

    @Override
    protected final SocketAddress remoteAddress0() {
        return null;
    }

    @Override
    protected final AbstractUnsafe newUnsafe() {
        return new FrameUnsafe();
    }

    /** Netty's own cannot bind later. The constructor of the superclass calls this. */
    @Override
    public final Unsafe unsafe() {
        return frameUnsafe().patient;
    }

    private FrameUnsafe frameUnsafe() {
        return (FrameUnsafe) super.unsafe();
    }

    /** Every loop passes, so that the promise of a registration with one that fits no adapter says what to use. */
    @Override
    protected final boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected final void doRegister(ChannelPromise promise) {
        handOver.arrive(eventLoop(), promise, () -> registerNow(promise));
    }

    private void registerNow(ChannelPromise promise) {
        try {
            adapter = LoopAdapters.find(eventLoop()).orElse(null);
            if (adapter == null && (needsDescriptor() || !(eventLoop() instanceof IoEventLoop))) {
                throw new IllegalStateException(
                    "incompatible event loop type: " + LoopAdapters.advice(eventLoop()));
            }
            writes.takeOver();
            if (device != null) {
                attach();
                // What was flushed while no loop served the channel has waited for this one.
                writes.flushLater();
            }
            HandOver.addShutdownHook(eventLoop(), loopClosingTask);
        } catch (Throwable cause) {
            // Nobody else completes the promise, so catch everything, including a LinkageError of an unsuitable Netty.
            promise.setFailure(cause);
            return;
        }
        promise.setSuccess();
    }

    @Override
    protected final void doBind(SocketAddress localAddress) throws Exception {
        if (device != null) {
            throw new IllegalStateException("already bound to " + device.localAddress());
        }
        flightRecord.opening();
        try {
            open(localAddress);
        } catch (Throwable cause) {
            flightRecord.opened(cause);
            throw cause;
        }
        flightRecord.opened(null);
    }

    private void open(SocketAddress localAddress) throws IOException {
        adopt(openDevice(localAddress));
        try {
            attach();
        } catch (Throwable cause) {
            closeDevice();
            throw cause;
        }
    }

    private void attach() throws IOException {
        FrameDevice open = device;
        IoEventLoop loop = (IoEventLoop) eventLoop();
        LoopAdapter waiting = adapter;
        DescriptorWaiter waiter = waiting == null ? null
            : (descriptor, listener) -> waiting.register(loop, descriptor, listener);
        if (open.descriptor() < 0) {
            io = new ReadinessFrameIo(this, open, writes, reads,
                listener -> open.readiness(loop, waiter, listener));
        } else if (adapter != null && adapter.completes() && open instanceof PlainFrameDevice plain) {
            io = new CompletionFrameIo(this, plain, writes, reads,
                listener -> adapter.operations(loop, plain.descriptor(), listener));
        } else if (adapter != null) {
            io = new ReadinessFrameIo(this, open, writes, reads,
                listener -> adapter.register(loop, open.descriptor(), listener));
        } else {
            throw new IOException(open.localAddress() + " cannot run here: " + LoopAdapters.advice(loop));
        }
        writes.attach(io);
        reads.attach(open, io);
        try {
            deviceAttached(loop, waiter);
        } catch (Throwable cause) {
            detach();
            throw cause;
        }
        end.becameActive();
        reads.start();
    }

    private void detach() {
        FrameIo attached = io;
        if (attached == null) {
            return;
        }
        io = null;
        carriedOver.leave(attached);
        writes.detach();
        reads.detach();
        try {
            deviceDetached();
        } catch (Throwable cause) {
            // Whatever the transport fails with, the channel closes or moves on.
            LOGGER.warn("{} was not detached from its device in order", this, cause);
        }
        handOver.leave(eventLoop(), attached.detach());
    }

    @Override
    protected final void doDeregister() {
        reads.forget();
        HandOver.removeShutdownHook(eventLoop(), loopClosingTask);
        detach();
        if (handOver.isClosing()) {
            // Before Netty fires channelUnregistered.
            end.tellInactive();
        }
    }

    @Override
    protected final void doDisconnect() throws Exception {
        doClose();
    }

    @Override
    protected final void doClose() throws Exception {
        // Netty calls doClose directly if a registration fails: then nobody else fails the pending writes.
        boolean given = !handOver.isClosing();
        handOver.beginClose();
        closed = true;
        detach();
        handOver.whenFree(given ? this::giveUp : this::closeDevice);
    }

    private void giveUp() {
        writes.take(unsafe().outboundBuffer());
        writes.finish(goneTold);
        try {
            closeDevice();
        } finally {
            writes.flushed().fail(new ClosedChannelException());
        }
    }

    private void closeDevice() {
        reads.release();
        carriedOver.discard();
        FrameDevice open = device;
        if (open != null) {
            flightRecord.closing();
        }
        device = null;
        writes.close();
        if (open != null) {
            open.close();
        }
    }

    /** The event loop shuts down. On it. */
    final void loopClosing() {
        unsafe().close(voidPromise());
    }

    @Override
    protected final void doBeginRead() {
        if (!eventLoop().inEventLoop()) {
            // Called on an event loop that the channel has left.
            eventLoop().execute(this::read);
            return;
        }
        reads.ask();
    }

    /** Called by the configuration when {@code autoRead} was turned off. Any thread. */
    protected final void autoReadCleared() {
        if (!isRegistered()) {
            reads.forget();
            return;
        }
        if (eventLoop().inEventLoop()) {
            stopReading();
        } else {
            eventLoop().execute(stopReadingTask);
        }
    }

    private void stopReading() {
        if (!eventLoop().inEventLoop()) {
            // The channel has left this event loop, and the next one has begun with what the configuration said then.
            return;
        }
        if (!config().isAutoRead()) {
            reads.cancel();
        }
    }

    @Override
    protected final Object filterOutboundMessage(Object msg) {
        if (msg instanceof ByteBuf || msg instanceof FrameBatch) {
            return msg;
        }
        throw new UnsupportedOperationException(
            "unsupported message type: " + StringUtil.simpleClassName(msg) + EXPECTED);
    }

    @Override
    protected final void doWrite(ChannelOutboundBuffer out) throws Exception {
        try {
            writes.flush(out);
        } catch (IOException gone) {
            tellGone(gone);
            if (config().isAutoClose()) {
                // Netty closes, and fails what is flushed with this cause.
                throw gone;
            }
            frameUnsafe().closeAsGone(gone);
        }
    }

    /** How many frames one flush may write before the loop's other channels get their turn. */
    final int writeBudget() {
        return maxMessagesPerWrite();
    }

    /** Has Netty flush what is flushed and not sent yet. */
    final void flushNow() {
        frameUnsafe().flush0();
    }

    /**
     * Called when the device may refuse now what it had no room for: frames that wait for room are offered again. On
     * the event loop.
     */
    protected final void offerAgain() {
        FrameIo attached = io;
        if (attached != null && attached.isFull()) {
            attached.writable();
        }
    }

    /**
     * Changes the layout of the frames of the device, between two read rounds and outside of any write or flush.
     * Handlers are notified before and after, see {@link DeviceEvent.BackendChanging}. Frames that were read before
     * have the former layout and reach the handlers first; while nobody asks for them, the change waits. Frames that
     * were written before have the former layout, and may still be in the outbound buffer: the device takes them as
     * they are or refuses them. Any thread; nothing happens if the channel is closed first.
     *
     * @param change makes {@link FrameDevice#vnetHeader()} and {@link FrameDevice#vnetBackend()} others; on the event
     *     loop
     */
    protected final void changeBackend(Runnable change) {
        reads.betweenRounds(() -> {
            pipeline().fireUserEventTriggered(new DeviceEvent.BackendChanging());
            try {
                change.run();
            } finally {
                // Also if it has failed: what handlers have taken out before has to come back, for what is there now.
                pipeline().fireUserEventTriggered(new DeviceEvent.BackendChanged(vnetHeader(), vnetBackend()));
            }
        });
    }

    /** Tells the handlers, and the JDK's Flight Recorder, what has happened to the device. On the event loop. */
    protected final void fireDeviceEvent(DeviceEvent event) {
        flightRecord.event(event);
        pipeline().fireUserEventTriggered(event);
    }

    /** Closes the channel because its device is gone, and fires the cause to the handlers. */
    protected final void deviceGone(IOException cause) {
        if (io != null) {
            tellGone(cause);
            frameUnsafe().closeAsGone(cause);
        }
    }

    /** Fires the cause only once, as a handler may write again when it receives it. */
    private void tellGone(IOException cause) {
        if (!goneTold) {
            goneTold = true;
            LOGGER.debug("{} has lost its device", this, cause);
            fireDeviceEvent(new DeviceEvent.Gone(cause));
            pipeline().fireExceptionCaught(cause);
        }
    }

    private final class FrameUnsafe extends AbstractUnsafe {
        private final Unsafe patient = new PatientUnsafe(AbstractFrameChannel.this, this);

        @Override
        public void connect(SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
            promise.tryFailure(new UnsupportedOperationException(
                "a frame channel has no peer to connect to: bind it to its device"));
        }

        @Override
        protected void close(ChannelPromise promise, Throwable cause, ClosedChannelException closeCause) {
            EventLoop owner = handOver.beginClose();
            if (owner == null) {
                super.close(promise, cause, closeCause);
                if (closed) {
                    end.tell(writes.flushed());
                } else if (!isRegistered() && eventLoop().isShuttingDown() && eventLoop().inEventLoop()) {
                    // This event loop may have ended before the previous one has released the channel.
                    end.tellInactive();
                }
            } else {
                // The channel has moved to another event loop while this close was queued.
                HandOver.run(owner, () -> close(promise, cause, closeCause));
            }
        }

        /** Closes, and fails what is flushed with the cause. */
        void closeAsGone(IOException cause) {
            ClosedChannelException closeCause = new ClosedChannelException();
            closeCause.initCause(cause);
            close(voidPromise(), cause, closeCause);
        }

        /** The channel closes once no event loop has anything of it under way, and what was flushed is sent. */
        @Override
        protected Executor prepareToClose() {
            detach();
            if (handOver.isFree()) {
                writes.finish(goneTold);
                return null;
            }
            return close -> handOver.whenFree(() -> {
                writes.finish(goneTold);
                close.run();
                end.tell(writes.flushed());
            });
        }

        @Override
        public void flush0() {
            super.flush0();
        }
    }
}

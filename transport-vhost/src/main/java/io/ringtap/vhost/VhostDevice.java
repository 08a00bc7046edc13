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
import io.ringtap.internal.vhost.control.DeviceFeatures;
import io.ringtap.internal.vhost.control.ServedRing;
import io.ringtap.internal.vhost.memory.MemoryFaults;
import io.ringtap.internal.vhost.memory.SharedMemory;
import io.ringtap.internal.vhost.queue.DeviceFrameInput;
import io.ringtap.internal.vhost.queue.DeviceFrameOutput;
import io.ringtap.internal.vhost.queue.FrameOutput;
import io.ringtap.internal.vhost.queue.NetHeader;
import io.ringtap.internal.vhost.queue.QueueFault;
import io.ringtap.loop.Readiness;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffloads;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * One pair of queues of a guest: what it transmits is read, and what is written it receives. The rings come from the
 * control connection, whose event loop may be another one, and go back to it whenever something of them changes.
 *
 * <pre>
 *   event loop of the control connection     serve ----> target ----> suspend
 *   event loop of the queue pair                  begin ... read, write ... stop
 * </pre>
 *
 * <p>Between two calls no frame of a ring is under way but those that are {@linkplain LentFrames lent} to a batch. They
 * are copied out when the rings are left, which is possible at any time.
 */
final class VhostDevice implements FrameDevice, PolledRings, Lender {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(VhostDevice.class);
    private static final int ETHERNET_HEADER = 14;
    private static final long NOBODY = -1;

    private final VhostPort port;
    private final int pair;
    private final VhostSettings settings;
    private final ByteBufAllocator allocator;
    private final VirtioNetHeader header;
    private final Doorbell doorbell = new Doorbell();
    private final QueueWriter writer;
    private final Runnable publishTask = this::publishReturned;
    private Consumer<Object> events = event -> { };
    private Consumer<Runnable> backendChanges = Runnable::run;

    /** What the control connection wants served, {@code null} for nothing, and where: guarded by this. */
    private Served target;
    private IoEventLoop loop;
    private boolean closed;
    /** What waits for rings to be left, while no event loop serves the pair: guarded by this. */
    private final List<Runnable> suspending = new ArrayList<>();

    /** On the event loop of the pair; {@code null} while nothing is served. */
    private Served served;
    private DeviceFrameInput input;
    /** {@code null} if there is no {@link #input}. */
    private QueueReader reader;
    private DeviceFrameOutput output;
    private VhostReadiness readiness;
    /** Frames that were given back are soon published. */
    private boolean publishing;
    private boolean failed;
    /** The MAC address of a guest that has arrived here, {@value #NOBODY} for none. */
    private long announced = NOBODY;
    private volatile VirtioNetOffloads takes = VirtioNetOffloads.NONE;
    private volatile boolean up;

    /** What a pair is to serve. */
    private record Served(ServedRing transmit, ServedRing receive, long features, SharedMemory memory,
                          boolean shrinkable) {
        Served(ServedRing transmit, ServedRing receive, long features, SharedMemory memory) {
            this(transmit, receive, features, memory, memory.isShrinkable());
        }

        boolean isUp() {
            return transmit != null && receive != null && transmit.enabled() && receive.enabled();
        }
    }

    VhostDevice(VhostPort port, int pair, VhostSettings settings, ByteBufAllocator allocator) {
        this.port = port;
        this.pair = pair;
        this.settings = settings;
        this.allocator = allocator;
        header = VirtioNetHeader.of(settings.header());
        writer = new QueueWriter(header, this, port.address(), "guest");
    }

    @Override
    public VhostAddress localAddress() {
        return port.address();
    }

    /** There are several, which change. */
    @Override
    public int descriptor() {
        return -1;
    }

    @Override
    public Readiness readiness(EventLoop on, DescriptorWaiter waiter, Readiness.Listener listener)
        throws IOException {
        if (waiter == null) {
            throw new IOException(localAddress() + " needs an event loop that waits on descriptors");
        }
        VhostReadiness made = new VhostReadiness(this, (IoEventLoop) on, waiter, listener);
        readiness = made;
        try {
            if (pair == 0) {
                port.attach((IoEventLoop) on, waiter, listener);
            }
        } catch (Throwable e) {
            made.cancel();
            throw e;
        }
        synchronized (this) {
            loop = (IoEventLoop) on;
        }
        Served wanted = target();
        if (wanted != null && wanted == served) {
            // As on the event loop before.
            if (reader != null) {
                reader.lent().servedBy(on);
            }
            waitForKicks(wanted);
        } else {
            leave();
            // When the channel is attached, so that it hears of it.
            on.execute(() -> begin(target()));
        }
        return made;
    }

    private void waitForKicks(Served from) {
        try {
            readiness.begin(from.transmit == null ? -1 : from.transmit.kick(),
                from.receive == null ? -1 : from.receive.kick());
        } catch (IOException refused) {
            queueFailed(2 * pair + 1, "the event loop does not wait for its kicks: " + refused.getMessage());
        }
    }

    /**
     * The event loop is left. Rings that are served wait for the next one; until the device is closed, a last flush may
     * write to them.
     */
    @Override
    public void left(VhostReadiness former) {
        if (readiness != former) {
            return;
        }
        if (reader != null) {
            reader.lent().servedBy(null);
            publishReturned();
        }
        synchronized (this) {
            loop = null;
        }
        former.end();
        readiness = null;
        if (pair == 0) {
            port.detach();
        }
    }

    /** Leaves the rings, and tells who has waited for that. By whoever would use them. */
    private void leave() {
        stop();
        List<Runnable> waiting;
        synchronized (this) {
            waiting = List.copyOf(suspending);
            suspending.clear();
        }
        waiting.forEach(port::execute);
    }

    /**
     * Reports what becomes of the guest, until {@link #unwatch}. On the event loop.
     *
     * @param listener receives user events of the pipeline
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

    /** Fires an event, if the channel is on an event loop. On the event loop of the control connection. */
    void tell(Object event) {
        execute(() -> events.accept(event));
    }

    private synchronized Served target() {
        return target;
    }

    /** Begins with rings. On the event loop of the control connection. */
    void serve(ServedRing transmit, ServedRing receive, long features, SharedMemory memory) {
        Served next = new Served(transmit, receive, features, memory);
        synchronized (this) {
            target = next;
        }
        execute(() -> begin(next));
    }

    /**
     * Ends the use of rings and memory.
     *
     * @param suspended to be run on the event loop of the control connection
     */
    void suspend(Runnable suspended) {
        synchronized (this) {
            target = null;
            suspending.add(suspended);
            if (loop == null && !closed) {
                return;
            }
        }
        if (!execute(this::leave)) {
            leave();
        }
    }

    /**
     * Runs a task on the event loop of the pair, at once if that is this one.
     *
     * @return {@code false} if no event loop serves the pair
     */
    private boolean execute(Runnable task) {
        IoEventLoop on;
        synchronized (this) {
            on = loop;
            if (on == null) {
                return false;
            }
            if (!on.inEventLoop()) {
                try {
                    on.execute(() -> executeOn(on, task));
                    return true;
                } catch (RejectedExecutionException ended) {
                    return false;
                }
            }
        }
        task.run();
        return true;
    }

    /**
     * Runs a task on the event loop of the pair, after what is under way there.
     *
     * @return {@code false} if no event loop serves the pair
     */
    private boolean executeLater(Runnable task) {
        IoEventLoop on;
        synchronized (this) {
            on = loop;
        }
        if (on == null) {
            return false;
        }
        try {
            on.execute(task);
            return true;
        } catch (RejectedExecutionException ended) {
            return false;
        }
    }

    private void executeOn(IoEventLoop on, Runnable task) {
        boolean moved;
        synchronized (this) {
            moved = loop != on;
        }
        if (moved) {
            // To another event loop, after this was submitted.
            execute(task);
        } else {
            task.run();
        }
    }

    private void begin(Served next) {
        if (next == null || next != target() || readiness == null) {
            // Suspended meanwhile, or on another event loop.
            return;
        }
        VirtioNetOffloads taken = settings.takes().and(DeviceFeatures.takenBy(next.features)).honoured();
        if (taken.equals(takes)) {
            start(next);
        } else {
            backendChanges.accept(() -> {
                takes = taken;
                start(next);
            });
        }
    }

    private void start(Served next) {
        if (next != target() || readiness == null) {
            return;
        }
        served = next;
        failed = false;
        NetHeader headers = NetHeader.of(settings.header().bytes(), next.features);
        if (next.transmit != null) {
            input = new DeviceFrameInput(next.transmit.device(), headers);
            reader = new QueueReader(input, next.transmit.device().size(), header.bytes(), this, loop);
        }
        if (next.receive != null && next.receive.enabled()) {
            output = new DeviceFrameOutput(next.receive.device(), headers);
        }
        waitForKicks(next);
        link(next.isUp() && !failed);
    }

    private void stop() {
        endInput(true);
        if (served == null) {
            return;
        }
        served = null;
        output = null;
        if (readiness != null) {
            readiness.end();
        }
    }

    /**
     * Ends the use of the transmit queue: what is lent is copied out, and given back to the guest.
     *
     * @param readable whether the memory of the guest is there
     */
    private void endInput(boolean readable) {
        if (reader != null) {
            reader.lent().end(readable);
            if (readable) {
                publishReturned();
            }
            reader = null;
            input = null;
        }
    }

    /** The guest has gone, or has stopped its queues. On the event loop of the control connection. */
    void down() {
        execute(() -> {
            if (served == null) {
                link(false);
            }
        });
    }

    private void link(boolean now) {
        if (up != now) {
            up = now;
            events.accept(now ? new DeviceEvent.LinkUp() : new DeviceEvent.LinkDown());
        }
    }

    /** Whether frames pass, as far as is known. Any thread. */
    boolean isUp() {
        return up;
    }

    @Override
    public boolean isServed() {
        return input != null || output != null;
    }

    @Override
    public boolean isPolled() {
        Served now = served;
        return now != null && (now.transmit != null && now.transmit.kick() < 0
            || now.receive != null && now.receive.kick() < 0);
    }

    @Override
    public Doorbell doorbell() {
        return doorbell;
    }

    @Override
    public void kickLost(int descriptor) {
        Served now = served;
        if (now != null) {
            boolean transmit = now.transmit != null && now.transmit.kick() == descriptor;
            queueFailed(2 * pair + (transmit ? 1 : 0), "what the guest kicks by is no event descriptor any more");
        }
    }

    @Override
    public boolean hasFrames() {
        if (announced != NOBODY) {
            return true;
        }
        try {
            boolean waiting = input != null && input.isWaiting();
            settle();
            return waiting || input != null && input.fault() != null;
        } catch (InternalError fault) {
            memoryLost(fault);
            return false;
        }
    }

    @Override
    public void suppressKicks() {
        try {
            if (input != null) {
                input.suppressNotifications();
            }
            if (output != null) {
                output.suppressNotifications();
            }
            settle();
        } catch (InternalError fault) {
            memoryLost(fault);
        }
    }

    @Override
    public boolean requestKicks(boolean frames, boolean room) {
        try {
            if (reader != null) {
                // Nothing more comes: the guest may wait for what is lent.
                reader.lent().copyOut();
                publishReturned();
            }
            boolean toRead = frames && input != null && input.requestNotifications();
            boolean toWrite = room && output != null && output.requestNotifications();
            settle();
            return toRead || toWrite || frames && announced != NOBODY;
        } catch (InternalError fault) {
            memoryLost(fault);
            return false;
        }
    }

    private void progress() {
        if (readiness != null) {
            readiness.progress();
        }
    }

    @Override
    public void settle() {
        Served now = served;
        if (now != null && now.shrinkable) {
            MemoryFaults.throwPending();
        }
    }

    @Override
    public boolean isTruncated() {
        Served now = served;
        return now != null && now.memory.truncated() != null;
    }

    @Override
    public ByteBufAllocator allocator() {
        return allocator;
    }

    @Override
    public void returned() {
        if (publishing) {
            return;
        }
        publishing = true;
        // Once for all that comes back in this turn; the next read may come first.
        if (!executeLater(publishTask)) {
            publishReturned();
        }
    }

    private void publishReturned() {
        publishing = false;
        Served from = served;
        if (input == null || from == null) {
            return;
        }
        try {
            boolean wanted = input.publish();
            settle();
            if (wanted) {
                doorbell.ring(from.transmit.call());
            }
        } catch (InternalError fault) {
            memoryLost(fault);
        }
    }

    @Override
    public void memoryLost(InternalError fault) {
        MemoryFaults.dropPending();
        IoEventLoop on;
        synchronized (this) {
            on = loop;
        }
        if (on == null || on.inEventLoop()) {
            memoryLostHere(fault);
        } else {
            execute(() -> memoryLostHere(fault));
        }
    }

    private void memoryLostHere(InternalError fault) {
        if (served == null) {
            return;
        }
        endInput(false);
        stop();
        // What was touched on the way would be thrown where the memory of another guest is used.
        MemoryFaults.dropPending();
        link(false);
        port.execute(() -> port.memoryLost(fault));
    }

    private void queueFailed(int queue, String cause) {
        failed = true;
        Served now = served;
        if (now == null) {
            return;
        }
        LOGGER.warn("{}: queue {} has stopped: {}", localAddress(), queue, cause);
        ServedRing ring = queue % 2 == 0 ? now.receive : now.transmit;
        if (queue % 2 == 0) {
            output = null;
        } else {
            endInput(true);
        }
        if (ring != null) {
            doorbell.ring(ring.error());
        }
        link(false);
        events.accept(new VhostQueueFailed(queue, cause));
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
        boolean more = announced == NOBODY || announceTo(sink);
        // A guest may go on for ever with chains that are no frames: then other channels have their turn.
        int useless = 0;
        while (more && useless < QueueReader.TOGETHER && hasFrames()) {
            QueueReader from = reader;
            int count = take(from, sink);
            if (count == 0) {
                useless++;
                continue;
            }
            progress();
            more = from.deliver(sink, count);
        }
    }

    private boolean announceTo(FrameSink sink) {
        ByteBuf frame = sink.allocate(header.bytes() + ReverseArp.BYTES);
        int begin = frame.writerIndex();
        frame.writerIndex(begin + header.bytes());
        header.clear(frame, begin);
        ReverseArp.write(announced, frame);
        announced = NOBODY;
        return sink.frame(frame);
    }

    /** Takes frames out of the ring, and publishes what was given back; how many there are to deliver. */
    private int take(QueueReader from, FrameSink sink) {
        Served now = served;
        int count = 0;
        boolean good = false;
        try {
            count = from.take(sink);
            if (!now.transmit.enabled()) {
                from.discard();
                count = 0;
            }
            if (from.in().publish()) {
                doorbell.ring(now.transmit.call());
            }
            settle();
            good = true;
        } catch (InternalError fault) {
            memoryLost(fault);
        } finally {
            if (!good) {
                from.discard();
                count = 0;
            }
        }
        QueueFault fault = from.in().fault();
        if (fault != null && from == reader) {
            queueFailed(2 * pair + 1, fault.message());
        }
        return count;
    }

    @Override
    public int framesTogether() {
        return QueueReader.TOGETHER;
    }

    @Override
    public int writeTogether(ByteBuf[] frames, int count) {
        FrameOutput out = output;
        if (out == null || !up) {
            return 0;
        }
        int sent;
        try {
            sent = writer.write(out, frames, count, takes);
            settle();
        } catch (InternalError fault) {
            memoryLost(fault);
            return 0;
        }
        if (sent > 0) {
            progress();
        }
        return sent;
    }

    @Override
    public int writeHandles(FrameBatch frames, int max) {
        FrameOutput out = output;
        if (out == null || !up) {
            return 0;
        }
        int sent = writer.writeLent(out, frames, max, takes);
        if (sent > 0) {
            progress();
        }
        return sent;
    }

    @Override
    public int write(ByteBuf frame) throws IOException {
        int length = frame.readableBytes();
        if (length < header.bytes() + ETHERNET_HEADER) {
            throw writer.refusal(DropReason.REFUSED);
        }
        FrameOutput out = output;
        if (out == null || !up) {
            throw writer.refusal(DropReason.DOWN);
        }
        writer.requireTaken(frame, takes);
        int result;
        try {
            result = out.write(frame);
            settle();
        } catch (InternalError fault) {
            memoryLost(fault);
            throw writer.refusal(DropReason.DOWN);
        }
        switch (result) {
            case FrameOutput.WRITTEN -> {
                progress();
                return WRITTEN;
            }
            case FrameOutput.FULL -> {
                return FULL;
            }
            case FrameOutput.REFUSED -> throw writer.refusal(DropReason.TOO_LONG);
            default -> {
                queueFailed(2 * pair, out.fault().message());
                throw writer.refusal(DropReason.DOWN);
            }
        }
    }

    @Override
    public void endOfFlush() {
        Served to = served;
        if (output == null || to == null) {
            return;
        }
        try {
            boolean wanted = output.publish();
            settle();
            if (wanted) {
                doorbell.ring(to.receive.call());
            }
        } catch (InternalError fault) {
            memoryLost(fault);
        }
    }

    /** Has a RARP read as if the guest had sent it, so that switches learn where it is now. */
    void announce(long macAddress) {
        execute(() -> {
            announced = macAddress;
            readiness.rouse();
        });
    }

    /** The device has no descriptor of its own that could be in error. */
    @Override
    public IOException failure() {
        return new IOException(localAddress() + " has failed");
    }

    /** A guest that is too slow makes writers wait: nothing is dropped behind their backs. */
    @Override
    public DeviceDrops drops() {
        return new DeviceDrops(0, 0);
    }

    @Override
    public void close() {
        up = false;
        synchronized (this) {
            closed = true;
        }
        leave();
        port.close(this);
        doorbell.free();
    }
}

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
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.vhost.control.DeviceFeatures;
import io.ringtap.internal.vhost.control.ServedRing;
import io.ringtap.internal.vhost.memory.MemoryFaults;
import io.ringtap.internal.vhost.queue.DeviceFrameInput;
import io.ringtap.internal.vhost.queue.DeviceFrameOutput;
import io.ringtap.internal.vhost.queue.FrameOutput;
import io.ringtap.internal.vhost.queue.NetHeader;
import io.ringtap.internal.vhost.queue.QueueFault;
import io.ringtap.loop.Readiness;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
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
 * <p>Between two calls no frame of a ring is under way: each was copied and given back, so that the rings can be left
 * at any time.
 */
final class VhostDevice implements FrameDevice, PolledRings {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(VhostDevice.class);
    private static final int ETHERNET_HEADER = 14;
    /** Frames that are copied out of the ring, or into it, before anything else is done with them. */
    private static final int TOGETHER = 64;
    private static final int ORDINARY_FRAME = 1518;
    private static final long NOBODY = -1;

    private final VhostPort port;
    private final int pair;
    private final VhostSettings settings;
    private final ByteBufAllocator allocator;
    private final VirtioNetHeader header;
    private final Doorbell doorbell = new Doorbell();
    private final ByteBuf[] buffers = new ByteBuf[TOGETHER];
    private final Map<DropReason, FrameRefusedException> refusals = new EnumMap<>(DropReason.class);
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
    private DeviceFrameOutput output;
    private VhostReadiness readiness;
    private int longest;
    /** How many frames there were last. */
    private int usual;
    /** The buffer of a single frame, which the sink has kept; {@code null} if there are several. */
    private ByteBuf sinksOwn;
    private boolean failed;
    /** The MAC address of a guest that has arrived here, {@value #NOBODY} for none. */
    private long announced = NOBODY;
    private volatile VirtioNetOffloads takes = VirtioNetOffloads.NONE;
    private volatile boolean up;

    /** What a pair is to serve. */
    private record Served(ServedRing transmit, ServedRing receive, long features, boolean shrinkable) {
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
        longest = header.bytes() + ORDINARY_FRAME;
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
    void serve(ServedRing transmit, ServedRing receive, long features, boolean shrinkable) {
        Served next = new Served(transmit, receive, features, shrinkable);
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
        }
        if (next.receive != null && next.receive.enabled()) {
            output = new DeviceFrameOutput(next.receive.device(), headers);
        }
        waitForKicks(next);
        link(next.isUp() && !failed);
    }

    private void stop() {
        if (served == null) {
            return;
        }
        served = null;
        input = null;
        output = null;
        if (readiness != null) {
            readiness.end();
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

    private void settle() {
        if (served != null && served.shrinkable) {
            MemoryFaults.throwPending();
        }
    }

    private void memoryLost(InternalError fault) {
        MemoryFaults.dropPending();
        stop();
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
            input = null;
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
        while (more && useless < TOGETHER && hasFrames()) {
            int count = fill(sink);
            if (count == 0) {
                useless++;
                continue;
            }
            progress();
            if (count == 1) {
                ByteBuf only = buffers[0];
                buffers[0] = null;
                more = sink.frame(only);
            } else {
                more = sink.frames(buffers, count);
            }
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

    /** Copies frames out of the ring, and gives them back; how many there are in {@link #buffers}. */
    private int fill(FrameSink sink) {
        DeviceFrameInput in = input;
        Served from = served;
        // Memory first: if there is none, the frames stay where they are. The sink gives the same buffer again.
        ByteBuf single = sink.allocate(longest);
        int count = 0;
        boolean good = false;
        sinksOwn = null;
        try {
            count = copy(in, single, sink);
            countDropped(in, sink);
            if (in.publish()) {
                doorbell.ring(from.transmit.call());
            }
            settle();
            good = true;
        } catch (InternalError fault) {
            memoryLost(fault);
        } finally {
            if (!good || !from.transmit.enabled()) {
                discard();
                count = 0;
            }
        }
        QueueFault fault = in.fault();
        if (fault != null && in == input) {
            queueFailed(2 * pair + 1, fault.message());
        }
        return count;
    }

    private int copy(DeviceFrameInput in, ByteBuf single, FrameSink sink) {
        int wanted = Math.min(Math.min(TOGETHER, 2 * usual + 1), sink.room(longest));
        int given = wanted < 2 ? 0 : sink.allocate(buffers, wanted, longest);
        int taken = in.take(Math.max(1, given));
        usual = taken;
        long first = in.next() - taken;
        int filled = 0;
        try {
            for (long frame = first; frame < in.next(); frame++) {
                int length = in.length(frame);
                longest = Math.max(longest, length);
                if (given == 0) {
                    buffers[0] = roomy(single, length, sink);
                } else if (buffers[filled].writableBytes() < length && !replace(filled, length, sink)) {
                    continue;
                }
                in.read(frame, buffers[filled++]);
            }
            return filled;
        } finally {
            for (long frame = first; frame < in.next(); frame++) {
                in.giveBack(frame);
            }
            for (int i = filled; i < given; i++) {
                buffers[i].release();
                buffers[i] = null;
            }
        }
    }

    private ByteBuf roomy(ByteBuf single, int length, FrameSink sink) {
        sinksOwn = single.writableBytes() >= length ? single : sink.allocate(length);
        return sinksOwn;
    }

    /** For the first of frames that are longer than those before; {@code false} if there is no memory for it. */
    private boolean replace(int index, int length, FrameSink sink) {
        ByteBuf larger;
        try {
            larger = allocator.directBuffer(length, length);
        } catch (OutOfMemoryError none) {
            sink.drop(DropReason.NO_BUFFERS);
            return false;
        }
        buffers[index].release();
        buffers[index] = larger;
        return true;
    }

    private void countDropped(DeviceFrameInput in, FrameSink sink) {
        for (int dropped = in.takeDropped(); dropped > 0; dropped--) {
            sink.drop(DropReason.MALFORMED);
        }
    }

    /** What was copied is of no use. */
    private void discard() {
        for (int i = 0; i < TOGETHER; i++) {
            ByteBuf buffer = buffers[i];
            buffers[i] = null;
            if (buffer != null && buffer == sinksOwn) {
                buffer.clear();
            } else if (buffer != null) {
                buffer.release();
            }
        }
    }

    @Override
    public int framesTogether() {
        return TOGETHER;
    }

    @Override
    public int writeTogether(ByteBuf[] frames, int count) {
        FrameOutput out = output;
        if (out == null || !up) {
            return 0;
        }
        int sent = 0;
        try {
            while (sent < count && isPossible(frames[sent]) && out.write(frames[sent]) == FrameOutput.WRITTEN) {
                sent++;
            }
            settle();
        } catch (InternalError fault) {
            memoryLost(fault);
            return 0;
        } catch (RuntimeException | Error broken) {
            // The frame shows it again when it is the first: those in front of it are sent.
            LOGGER.trace("{} could not read a frame", localAddress(), broken);
        }
        if (sent > 0) {
            progress();
        }
        return sent;
    }

    @Override
    public int write(ByteBuf frame) throws IOException {
        int length = frame.readableBytes();
        if (length < header.bytes() + ETHERNET_HEADER) {
            throw refusal(DropReason.REFUSED);
        }
        FrameOutput out = output;
        if (out == null || !up) {
            throw refusal(DropReason.DOWN);
        }
        if (!isPossible(frame)) {
            throw new FrameRefusedException(DropReason.REFUSED, localAddress() + " refused a frame: it has something"
                + " left undone that the guest does not take");
        }
        int result;
        try {
            result = out.write(frame);
            settle();
        } catch (InternalError fault) {
            memoryLost(fault);
            throw refusal(DropReason.DOWN);
        }
        switch (result) {
            case FrameOutput.WRITTEN -> {
                progress();
                return WRITTEN;
            }
            case FrameOutput.FULL -> {
                return FULL;
            }
            case FrameOutput.REFUSED -> throw refusal(DropReason.TOO_LONG);
            default -> {
                queueFailed(2 * pair, out.fault().message());
                throw refusal(DropReason.DOWN);
            }
        }
    }

    /** Whether the guest takes what a frame has left undone. */
    private boolean isPossible(ByteBuf frame) {
        if (header.length() == VnetHeaderLength.NONE || frame.readableBytes() < header.bytes()) {
            return true;
        }
        int index = frame.readerIndex();
        int gso = header.gsoType(frame, index);
        if (gso == VirtioNetHeader.GSO_NONE) {
            return (header.flags(frame, index) & VirtioNetHeader.NEEDS_CSUM) == 0
                || takes.contains(VirtioNetOffload.CSUM);
        }
        boolean ecn = (gso & VirtioNetHeader.GSO_ECN) == 0 || takes.contains(VirtioNetOffload.ECN);
        return ecn && switch (gso & ~VirtioNetHeader.GSO_ECN) {
            case VirtioNetHeader.GSO_TCPV4 -> takes.contains(VirtioNetOffload.TSO4);
            case VirtioNetHeader.GSO_TCPV6 -> takes.contains(VirtioNetOffload.TSO6);
            case VirtioNetHeader.GSO_UDP -> takes.contains(VirtioNetOffload.UFO);
            case VirtioNetHeader.GSO_UDP_L4 -> takes.contains(VirtioNetOffload.USO4)
                || takes.contains(VirtioNetOffload.USO6);
            default -> false;
        };
    }

    private FrameRefusedException refusal(DropReason reason) {
        return refusals.computeIfAbsent(reason,
            r -> new FrameRefusedException(r, localAddress() + " refused a frame: " + whyRefused(r)));
    }

    private static String whyRefused(DropReason reason) {
        return switch (reason) {
            case DOWN -> "no guest is there";
            case TOO_LONG -> "it is longer than the receive buffers of the guest, or than any frame";
            default -> "it is shorter than an Ethernet header";
        };
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

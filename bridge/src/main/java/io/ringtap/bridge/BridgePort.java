/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FrameChannelStats;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.ethernet.MacTable;
import io.ringtap.pcap.PcapInterface;
import io.ringtap.virtio.VirtioNetVerdict;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToLongFunction;

/**
 * A port of a {@link Bridge}: a channel, or one for each queue. Its methods may be called by any thread; those that
 * count go on to answer when the port has gone.
 */
public final class BridgePort {
    /** No frame takes as long from its device to here. */
    static final int LATE_SECONDS = 5;

    private static final int NO_INDEX = -1;
    private static final DropReason[] REASONS = DropReason.values();
    private static final VirtioNetVerdict[] VERDICTS = VirtioNetVerdict.values();

    private final PortOptions options;
    private final PortConditions conditions;
    private final AtomicLongArray malformed = new AtomicLongArray(VERDICTS.length);
    private final LongAdder reserved = new LongAdder();
    private final LongAdder badSource = new LongAdder();
    private final LongAdder repeated = new LongAdder();
    private final AtomicInteger ended = new AtomicInteger();
    private final Promise<Void> closed = new BridgePromise<>(this::isEventLoop);
    private final String wantedName;
    private volatile String name;
    private volatile PcapInterface mirror;
    /** One for each queue; grows while the port is being opened. */
    private volatile PortQueue[] queues = {};
    private volatile BridgeOffloads.Port form;
    private volatile PortState state = PortState.OPENING;
    private volatile boolean learning = true;
    private volatile boolean muted;
    private volatile boolean blocked;
    /** Whether it is muted, or blocked, or both: one look for each batch. */
    private volatile boolean silent;
    private volatile int downSince;
    private volatile int index = NO_INDEX;
    private volatile Throwable goneBy;

    /**
     * A port that is not open yet.
     *
     * @param wantedName what it is called until the kernel has named it
     */
    BridgePort(String wantedName, PortOptions options) {
        this.wantedName = wantedName;
        this.options = options;
        conditions = new PortConditions(options);
    }

    /** The name that the device got, or what was asked for until it is open. */
    public String name() {
        String known = name;
        return known == null ? wantedName : known;
    }

    /** What it is up to. One that is muted or blocked is not said to be up or down. */
    public PortState state() {
        PortState link = state;
        if (!silent || link == PortState.GONE || link == PortState.OPENING) {
            return link;
        }
        return muted ? PortState.MUTED : PortState.BLOCKED;
    }

    /** Whether it is muted: see {@link Bridge#mute}. */
    public boolean isMuted() {
        return muted;
    }

    /** What the bridge does at this port. */
    public PortOptions options() {
        return options;
    }

    /** Its channels, one for each queue. They are the bridge's: it closes them. */
    public List<FrameChannel> channels() {
        return Arrays.stream(queues).map(PortQueue::channel).toList();
    }

    /** Done when all its channels are closed; never fails. */
    public Future<Void> closeFuture() {
        return closed;
    }

    /** What has passed and what was dropped so far. It costs a system call where the operating system counts drops. */
    public PortStats stats() {
        return new PortStats(name(), state(), sum(FrameChannelStats::rxFrames), sum(FrameChannelStats::rxBytes),
            sum(FrameChannelStats::txFrames), sum(FrameChannelStats::txBytes), drops(this::rxDrops),
            drops(this::txDrops), malformed(), reserved.sum(), badSource.sum(), repeated.sum(), conditions.counts(),
            systemDrops());
    }

    private static Map<DropReason, Long> drops(ToLongFunction<DropReason> counter) {
        Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
        for (DropReason reason : REASONS) {
            long count = counter.applyAsLong(reason);
            if (count > 0) {
                drops.put(reason, count);
            }
        }
        return drops;
    }

    long rxDrops(DropReason reason) {
        return sum(stats -> stats.rxDrops(reason));
    }

    long txDrops(DropReason reason) {
        return sum(stats -> stats.txDrops(reason));
    }

    private long sum(ToLongFunction<FrameChannelStats> counter) {
        long sum = 0;
        for (PortQueue queue : queues) {
            sum += counter.applyAsLong(queue.channel().stats());
        }
        return sum;
    }

    /** What the system refused to a queue is in the counters of that one, and among the drops that the others see. */
    private DeviceDrops systemDrops() {
        PortQueue[] all = queues;
        if (all.length == 0) {
            return DeviceDrops.UNKNOWN;
        }
        DeviceDrops drops = all[0].channel().deviceDrops();
        long refused = 0;
        for (int i = 1; i < all.length; i++) {
            FrameChannelStats stats = all[i].channel().stats();
            refused += stats.txDrops(DropReason.DOWN) + stats.txDrops(DropReason.NO_BUFFERS);
        }
        return drops.sent() < 0 || refused == 0 ? drops
            : new DeviceDrops(drops.received(), Math.max(0, drops.sent() - refused));
    }

    /** Its place among the members. */
    int index() {
        return index;
    }

    void index(int place) {
        index = place;
    }

    PortConditions conditions() {
        return conditions;
    }

    /** The interface of the capture that its frames are copied to, the same for all queues; {@code null} for none. */
    PcapInterface mirror() {
        return mirror;
    }

    /** The only channel, or that of the first queue; {@code null} before the port is opened. */
    FrameChannel channel() {
        PortQueue[] all = queues;
        return all.length == 0 ? null : all[0].channel();
    }

    /** A queue by its number; a port with fewer queues has them stand for more than one. */
    PortQueue queue(int number) {
        PortQueue[] all = queues;
        return number < all.length ? all[number] : all[number % all.length];
    }

    List<PortQueue> queues() {
        return List.of(queues);
    }

    /** A channel is about to be opened: that of the next queue, whose number is returned. One at a time. */
    int opening(FrameChannel opened) {
        PortQueue[] all = Arrays.copyOf(queues, queues.length + 1);
        all[all.length - 1] = new PortQueue(opened, new PortEdge(opened));
        queues = all;
        return all.length - 1;
    }

    /** All its channels are open, and none of their frames was read yet. */
    void allOpen() {
        name = channel().localAddress().toString();
        takeForm();
        List<Future<?>> ends = new ArrayList<>();
        for (PortQueue queue : queues) {
            ends.add(queue.channel().closeFuture());
        }
        AllDone.of(ends).addListener(done -> closed.trySuccess(null));
        if (options.mirror() != null) {
            FrameChannel first = channel();
            mirror = options.mirror().addInterface(name, () -> first.deviceDrops().received());
        }
    }

    /** Notes the header and the offloads that its first channel has; they stay known when it closes. */
    void takeForm() {
        FrameChannel first = channel();
        form = new BridgeOffloads.Port(first.vnetHeader(), first.vnetBackend(), options.isGro());
    }

    /** The header and offloads it has, or had last. */
    BridgeOffloads.Port form() {
        return form;
    }

    /** One of its channels has closed and forwards nothing any more. Returns whether it was the last. */
    boolean handlerRemoved() {
        return ended.incrementAndGet() == queues.length;
    }

    /** It could not be opened, and has no channels that are open. */
    void failed() {
        state = PortState.GONE;
        learning = false;
        closed.trySuccess(null);
    }

    /** It is a member from now on; what its device has told since it was opened is newer. */
    synchronized void joined(boolean up) {
        if (state == PortState.OPENING) {
            state = up ? PortState.UP : PortState.DOWN;
        }
    }

    /** It is no member any more, or will be none. Returns false if it was so already. */
    synchronized boolean leave() {
        boolean left = state != PortState.GONE;
        state = PortState.GONE;
        learning = false;
        return left;
    }

    /**
     * Whether stations are learned from what it receives: not when its link has just gone down, as frames that were
     * sent before may still be on their way from its device. Those that come later show that there is a link, whose
     * news does not come, as of an interface in a network namespace that this process may not enter. False before the
     * stations of a port that goes down, or is silenced, are forgotten.
     *
     * @param now {@link MacTable#seconds()}
     */
    boolean isLearning(int now) {
        return !silent && (learning || state == PortState.DOWN && now - downSince >= LATE_SECONDS);
    }

    /**
     * Sends frames, or drops them where the port cannot keep up. Takes over the reference. Any thread.
     *
     * @param number by which queue they came in
     * @return what is done when they are sent, if the port is full or is cutting up super-frames: they wait, and others
     *     waited before; else {@code null}
     */
    ChannelFuture send(FrameBatch frames, int number) {
        PortQueue queue = queue(number);
        FrameChannel to = queue.channel();
        if (silent) {
            to.stats().countTxDrops(DropReason.MUTED, frames.size());
            frames.release();
            return null;
        }
        if (to.isWritable()) {
            if (frames.memory() != null && !to.eventLoop().inEventLoop()) {
                makeBuffers(frames);
            }
            boolean full = to.isFull() || queue.edge().isBehind();
            ChannelFuture sent = to.writeAndFlush(frames,
                full || conditions.mayRefuse() ? to.newPromise() : to.voidPromise());
            return full && !sent.isDone() ? sent : null;
        }
        to.stats().countTxDrops(to.isActive() ? DropReason.CONGESTED : DropReason.CLOSED, frames.size());
        frames.release();
        // What is queued goes first; asking again costs nothing when a flush is under way.
        to.flush();
        return null;
    }

    /** While the batch is on the event loop that has read it, where a buffer costs nothing. */
    private static void makeBuffers(FrameBatch frames) {
        for (int i = 0; i < frames.size(); i++) {
            frames.get(i);
        }
    }

    /** Counts what was wrong with a frame that the channel has counted as dropped already. */
    void countMalformed(VirtioNetVerdict verdict) {
        if (verdict != VirtioNetVerdict.CONGESTED) {
            malformed.incrementAndGet(verdict.ordinal());
        }
    }

    private Map<VirtioNetVerdict, Long> malformed() {
        Map<VirtioNetVerdict, Long> counts = new EnumMap<>(VirtioNetVerdict.class);
        for (VirtioNetVerdict verdict : VERDICTS) {
            long count = malformed.get(verdict.ordinal());
            if (count > 0) {
                counts.put(verdict, count);
            }
        }
        return counts;
    }

    void countFiltered(int decision) {
        if (decision == BridgeForwarding.DROP_RESERVED) {
            reserved.increment();
        } else if (decision == BridgeForwarding.DROP_SOURCE) {
            badSource.increment();
        }
    }

    /** A frame for a group has come that came shortly before. */
    void countRepeated() {
        repeated.increment();
    }

    long repeated() {
        return repeated.sum();
    }

    /** Whether it carries no frames, although it is open. */
    boolean isSilent() {
        return silent;
    }

    /** Whether somebody wants it to carry no frames. Returns false if that was so before. */
    synchronized boolean mute(boolean on) {
        boolean changed = muted != on;
        muted = on;
        silent = muted || blocked;
        return changed;
    }

    /** Whether a storm keeps it from carrying frames. Returns false if that was so before. */
    synchronized boolean block(boolean on) {
        boolean changed = blocked != on;
        blocked = on;
        silent = muted || blocked;
        return changed;
    }

    /**
     * The link has changed, or the device has gone.
     *
     * @return the state it has now, if it is another one; else {@code null}
     */
    synchronized PortState deviceEvent(DeviceEvent event) {
        PortState before = state;
        if (before == PortState.GONE) {
            return null;
        }
        if (event instanceof DeviceEvent.LinkUp) {
            state = PortState.UP;
            learning = true;
        } else if (event instanceof DeviceEvent.LinkDown) {
            downSince = MacTable.seconds();
            state = PortState.DOWN;
            learning = false;
        } else if (event instanceof DeviceEvent.Gone gone) {
            goneBy = gone.cause();
            learning = false;
        }
        return state == before ? null : state;
    }

    /** How it was noticed that its device has gone; {@code null} if it has not. */
    Throwable goneBy() {
        return goneBy;
    }

    /** Whether the thread that calls is the event loop of one of its channels. */
    boolean isEventLoop() {
        for (PortQueue queue : queues) {
            if (queue.channel().isRegistered() && queue.channel().eventLoop().inEventLoop()) {
                return true;
            }
        }
        return false;
    }

    boolean has(Channel channel) {
        for (PortQueue queue : queues) {
            if (queue.isOf(channel)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return name();
    }
}

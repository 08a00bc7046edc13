/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.PortSyntaxException;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.ethernet.MacTable;
import io.ringtap.virtio.GsoSegmenter;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetVerdict;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One port of a {@link Bridge}. */
public final class BridgePort {
    /** The keys that the bridge itself reads. */
    public static final Set<String> KEYS = Stream.of(PortHeader.KEYS, PortConditions.KEYS, PortQueues.KEYS)
        .flatMap(Set::stream).collect(Collectors.toUnmodifiableSet());

    /** No frame takes as long from its device to here. */
    static final int LATE_SECONDS = 5;

    private static final VirtioNetVerdict[] VERDICTS = VirtioNetVerdict.values();

    private final int index;
    private final FramePort spec;
    private final PortHeader header;
    private final PortQueues queues;
    private final AtomicLongArray malformed = new AtomicLongArray(VERDICTS.length);
    private final Consumer<String> reports;
    private final PortConditions conditions;
    private final LongAdder reserved = new LongAdder();
    private final LongAdder badSource = new LongAdder();
    /** For each queue what cuts up super-frames to it; empty if nothing does. */
    private volatile GsoSegmenter[] segmenters = {};
    /** One for each queue; grows while the port is being opened. */
    private volatile FrameChannel[] channels = {};
    private volatile State state = State.OPENING;
    private volatile boolean learning = true;
    private volatile int downSince;

    /** What the port is up to. */
    public enum State {
        /** Not open yet. */
        OPENING,
        /** Carries frames. */
        UP,
        /** Its device carries no frames for now. */
        DOWN,
        /** Closed. */
        GONE
    }

    /**
     * A port that is not open yet.
     *
     * @throws IllegalArgumentException if its {@link PortConditions} cannot be read, or its frames are no Ethernet
     *     frames
     */
    BridgePort(int index, FramePort spec, Consumer<String> reports) {
        this.index = index;
        this.spec = requireEthernet(spec);
        header = PortHeader.of(spec);
        queues = PortQueues.of(spec);
        this.reports = reports;
        conditions = PortConditions.of(spec);
    }

    private static FramePort requireEthernet(FramePort port) {
        // A channel knows its link layer before it is bound to a device.
        if (port.transport().newChannel().linkLayer() != LinkLayer.ETHERNET) {
            throw new PortSyntaxException(port.text(), 0,
                "this port carries IP packets, and a bridge joins Ethernet segments: use a tap, or a netmap port");
        }
        return port;
    }

    /** Its place among the ports. */
    public int index() {
        return index;
    }

    /** The port as it was written. */
    public FramePort spec() {
        return spec;
    }

    /** What its keys say of the vnet header. */
    PortHeader header() {
        return header;
    }

    /** How many queues its keys ask for. */
    public int queueCount() {
        return queues.count();
    }

    /** Faults and rates of the port. */
    public PortConditions conditions() {
        return conditions;
    }

    /** The only channel, or that of the first queue; {@code null} before the port is opened. */
    public FrameChannel channel() {
        FrameChannel[] all = channels;
        return all.length == 0 ? null : all[0];
    }

    /** The channel of a queue; a port with fewer queues has them stand for more than one. */
    FrameChannel channel(int queue) {
        FrameChannel[] all = channels;
        return queue < all.length ? all[queue] : all[queue % all.length];
    }

    /** The channels of all queues that are open by now. */
    public List<FrameChannel> channels() {
        return List.of(channels);
    }

    /** What it is up to. Any thread. */
    public State state() {
        return state;
    }

    /**
     * Whether stations are learned from what it receives: not when its link has just gone down, as frames that were
     * sent before may still be on their way from its device. Those that come later show that there is a link, whose
     * news does not come, as of an interface in a network namespace that this process may not enter. Any thread; false
     * before the stations of a port that goes down are forgotten.
     *
     * @param now {@link MacTable#seconds()}
     */
    boolean isLearning(int now) {
        return learning || state == State.DOWN && now - downSince >= LATE_SECONDS;
    }

    /** The name that the device got, or what was asked for until it is open. */
    public String name() {
        FrameChannel open = channel();
        return open == null || open.localAddress() == null ? spec.text() : open.localAddress().toString();
    }

    /** Before each attempt to open it. */
    void beginOpening() {
        channels = new FrameChannel[0];
    }

    /** A channel is about to be opened: that of the next queue, whose number is returned. One at a time. */
    int opening(FrameChannel opened) {
        FrameChannel[] all = Arrays.copyOf(channels, channels.length + 1);
        all[all.length - 1] = opened;
        channels = all;
        return all.length - 1;
    }

    /** What cuts up the super-frames to the next queue, before the first frame. */
    void segments(GsoSegmenter segmenter) {
        GsoSegmenter[] all = Arrays.copyOf(segmenters, segmenters.length + 1);
        all[all.length - 1] = segmenter;
        segmenters = all;
    }

    /** Whether frames to a queue wait while a super-frame is being cut up. */
    private boolean isBehind(int queue) {
        GsoSegmenter[] all = segmenters;
        return all.length > 0 && all[queue % all.length].isBehind();
    }

    /** All its channels are open; what its device has told since then is newer. */
    synchronized void opened(boolean up) {
        if (state == State.OPENING) {
            state = up ? State.UP : State.DOWN;
        }
    }

    /**
     * Sends frames, or drops them where the port cannot keep up. Takes over the reference. Any thread.
     *
     * @param queue by which they came in
     * @return what is done when they are sent, if the port is full or is cutting up super-frames: they wait, and others
     *     waited before; else {@code null}
     */
    ChannelFuture send(FrameBatch frames, int queue) {
        FrameChannel to = channel(queue);
        if (to.isWritable()) {
            if (frames.memory() != null && !to.eventLoop().inEventLoop()) {
                makeBuffers(frames);
            }
            boolean full = to.isFull() || isBehind(queue);
            ChannelFuture sent = to.writeAndFlush(frames,
                full || conditions.mayRefuse() ? to.newPromise() : to.voidPromise());
            return full && !sent.isDone() ? sent : null;
        }
        if (to.isActive()) {
            to.stats().countTxDrops(DropReason.CONGESTED, frames.size());
        }
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

    /** Counts a frame to this port that a handler on its way has dropped. */
    void countDropped(VirtioNetVerdict verdict) {
        if (verdict == VirtioNetVerdict.CONGESTED) {
            channel().stats().countTxDrop(DropReason.CONGESTED);
            return;
        }
        channel().stats().countTxDrop(DropReason.MALFORMED);
        malformed.incrementAndGet(verdict.ordinal());
    }

    /** Frames to this port whose vnet header was malformed, by what was wrong with it. */
    public Map<VirtioNetVerdict, Long> malformed() {
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

    /** Frames received for a reserved group address that this bridge keeps to itself. */
    public long reserved() {
        return reserved.sum();
    }

    /** Frames received from an address that no station has. */
    public long badSource() {
        return badSource.sum();
    }

    /**
     * Something has happened to its device.
     *
     * @return whether its stations are to be forgotten
     */
    synchronized boolean deviceEvent(DeviceEvent event) {
        if (state == State.GONE) {
            return false;
        }
        if (event instanceof DeviceEvent.LinkUp) {
            state = State.UP;
            learning = true;
        } else if (event instanceof DeviceEvent.LinkDown) {
            downSince = MacTable.seconds();
            state = State.DOWN;
            learning = false;
            return true;
        } else if (event instanceof DeviceEvent.MtuChanged mtu) {
            report("MTU changed from " + mtu.from() + " to " + mtu.to());
        } else if (event instanceof DeviceEvent.Gone gone) {
            state = State.GONE;
            learning = false;
            report(gone.cause().getMessage());
            return true;
        }
        return false;
    }

    /**
     * A channel has closed, and takes the port's other queues with it: flows would be lost in the gap.
     *
     * @return whether it was the port's, and not of an attempt to open it
     */
    boolean closed(Channel channel) {
        List<FrameChannel> all = channels();
        if (!all.contains(channel)) {
            return false;
        }
        synchronized (this) {
            state = State.GONE;
            learning = false;
        }
        all.forEach(FrameChannel::close);
        return true;
    }

    void report(String text) {
        reports.accept(spec + ": " + text);
    }
}

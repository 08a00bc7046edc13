/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.ringtap.ethernet.DropReason;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What has passed through one channel. Bytes include the vnet header, where there is one. The frame and byte counters
 * are written by the channel's event loop alone and may be read by any thread, each by itself: two of them read one
 * after the other may be a frame apart. Drops may be counted by any thread.
 */
public final class FrameChannelStats {
    private static final VarHandle RX_FRAMES = counter("rxFrames");
    private static final VarHandle RX_BYTES = counter("rxBytes");
    private static final VarHandle TX_FRAMES = counter("txFrames");
    private static final VarHandle TX_BYTES = counter("txBytes");
    private static final DropReason[] REASONS = DropReason.values();

    private final AtomicLongArray rxDrops = new AtomicLongArray(REASONS.length);
    private final AtomicLongArray txDrops = new AtomicLongArray(REASONS.length);
    private long rxFrames;
    private long rxBytes;
    private long txFrames;
    private long txBytes;

    private static VarHandle counter(String field) {
        try {
            return MethodHandles.lookup().findVarHandle(FrameChannelStats.class, field, long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Frames handed to the pipeline. */
    public long rxFrames() {
        return (long) RX_FRAMES.getOpaque(this);
    }

    /** Bytes handed to the pipeline. */
    public long rxBytes() {
        return (long) RX_BYTES.getOpaque(this);
    }

    /** Frames the device took. */
    public long txFrames() {
        return (long) TX_FRAMES.getOpaque(this);
    }

    /** Bytes the device took. */
    public long txBytes() {
        return (long) TX_BYTES.getOpaque(this);
    }

    /** Frames received and dropped for one reason. */
    public long rxDrops(DropReason reason) {
        return rxDrops.get(reason.ordinal());
    }

    /** Frames to be sent and dropped for one reason. */
    public long txDrops(DropReason reason) {
        return txDrops.get(reason.ordinal());
    }

    /** All frames received and dropped. */
    public long rxDrops() {
        return sum(rxDrops);
    }

    /** All frames to be sent and dropped. */
    public long txDrops() {
        return sum(txDrops);
    }

    /** The drops on receive that are not 0, by reason. */
    public Map<DropReason, Long> rxDropsByReason() {
        return byReason(rxDrops);
    }

    /** The drops on send that are not 0, by reason. */
    public Map<DropReason, Long> txDropsByReason() {
        return byReason(txDrops);
    }

    /** Counts a frame that was dropped instead of being handed on: for handlers that drop on the channel's behalf. */
    public void countRxDrop(DropReason reason) {
        rxDrops.incrementAndGet(reason.ordinal());
    }

    /** Counts a frame that was dropped instead of being sent: for those who drop on the channel's behalf. */
    public void countTxDrop(DropReason reason) {
        txDrops.incrementAndGet(reason.ordinal());
    }

    /** Counts frames that were dropped instead of being sent. */
    public void countTxDrops(DropReason reason, int frames) {
        txDrops.addAndGet(reason.ordinal(), frames);
    }

    /** Counts frames that were handed to the pipeline: called by the channel, on its event loop. */
    public void countRx(int frames, long bytes) {
        RX_FRAMES.setOpaque(this, rxFrames + frames);
        RX_BYTES.setOpaque(this, rxBytes + bytes);
    }

    /** Counts frames that the device has taken: called by the channel, on its event loop. */
    public void countTx(int frames, long bytes) {
        TX_FRAMES.setOpaque(this, txFrames + frames);
        TX_BYTES.setOpaque(this, txBytes + bytes);
    }

    private static long sum(AtomicLongArray drops) {
        long sum = 0;
        for (int i = 0; i < drops.length(); i++) {
            sum += drops.get(i);
        }
        return sum;
    }

    private static Map<DropReason, Long> byReason(AtomicLongArray drops) {
        Map<DropReason, Long> map = new EnumMap<>(DropReason.class);
        for (DropReason reason : REASONS) {
            long n = drops.get(reason.ordinal());
            if (n != 0) {
                map.put(reason, n);
            }
        }
        return map;
    }

    @Override
    public String toString() {
        return "rx " + rxFrames() + " frames, " + rxBytes() + " bytes, drops " + rxDropsByReason()
            + "; tx " + txFrames() + " frames, " + txBytes() + " bytes, drops " + txDropsByReason();
    }
}

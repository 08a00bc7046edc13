/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.buffer.ByteBuf;
import io.ringtap.channel.FrameChannelStats;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.ethernet.FrameRefusedException;

import java.io.IOException;
import java.util.Arrays;
import java.util.function.Predicate;

/**
 * Writes the frames in front of what is flushed to a device, and sees to it that each promise and counter says what
 * became of its frame. On the event loop.
 */
final class FrameWriter {
    private final FrameDevice device;
    private final FrameChannelStats stats;

    private final Predicate<ByteBuf> collect = this::collect;
    /** The frames that the device is given together, and the bytes of each. */
    private final ByteBuf[] together;
    private final int[] lengths;
    private int wanted;
    private int collected;
    /** Of the frames that the device was given together: how many it has sent, and how many of those are taken out. */
    private int sentTogether;
    private int settled;

    FrameWriter(FrameDevice device, FrameChannelStats stats) {
        this.device = device;
        this.stats = stats;
        together = new ByteBuf[device.framesTogether()];
        lengths = new int[together.length];
    }

    /**
     * Writes the frame in front and takes it out, sent or refused.
     *
     * @return {@link FrameDevice#FULL} if it stays, as the device has no room
     * @throws IOException if the device is gone; the frame stays
     */
    int writeCurrent(FlushedFrames frames) throws IOException {
        ByteBuf frame = frames.current();
        if (frame == null) {
            // There were only messages without one.
            return FrameDevice.WRITTEN;
        }
        int bytes;
        try {
            bytes = frame.readableBytes();
            if (device.write(frame) == FrameDevice.FULL) {
                return FrameDevice.FULL;
            }
        } catch (FrameRefusedException refused) {
            refuse(frames, refused);
            return FrameDevice.WRITTEN;
        } catch (RuntimeException | Error broken) {
            fail(frames, broken);
            return FrameDevice.WRITTEN;
        }
        sent(frames, bytes);
        return FrameDevice.WRITTEN;
    }

    /**
     * Does for the frame in front what {@link #writeCurrent} does, after the event loop has tried to write it and
     * failed.
     *
     * @param error a negative error number
     * @return {@link FrameDevice#FULL} if it stays, as the device has no room
     * @throws IOException if the device is gone; the frame stays
     */
    int writeFailed(FlushedFrames frames, int error) throws IOException {
        ByteBuf frame = frames.current();
        int bytes;
        try {
            bytes = frame.readableBytes();
            if (((PlainFrameDevice) device).writeFailed(frame, error) == FrameDevice.FULL) {
                return FrameDevice.FULL;
            }
        } catch (FrameRefusedException refused) {
            refuse(frames, refused);
            return FrameDevice.WRITTEN;
        } catch (RuntimeException | Error broken) {
            fail(frames, broken);
            return FrameDevice.WRITTEN;
        }
        sent(frames, bytes);
        return FrameDevice.WRITTEN;
    }

    /** The frame in front was sent. */
    void sent(FlushedFrames frames, int bytes) {
        // Before the promise is completed, as its listeners may read the counters.
        stats.countTx(1, bytes);
        frames.remove();
    }

    /** The frame in front will not be sent. */
    void refuse(FlushedFrames frames, FrameRefusedException refused) {
        stats.countTxDrop(refused.reason());
        frames.remove(refused.ofOneFrame());
    }

    /**
     * The frame in front was released or changed by another thread, or there is no memory to gather its parts: the
     * channel has done nothing wrong.
     */
    private void fail(FlushedFrames frames, Throwable broken) {
        stats.countTxDrop(broken instanceof OutOfMemoryError ? DropReason.NO_BUFFERS : DropReason.REFUSED);
        frames.remove(broken);
    }

    /**
     * Writes frames in front that are no buffers yet, if the device takes them so, and takes them out.
     *
     * @return how many, or {@link FrameDevice#NO_ROOM}
     */
    int writeHandles(FlushedFrames frames, int max) throws IOException {
        FrameBatch batch = frames.handles();
        int count = batch == null ? 0 : device.writeHandles(batch, max);
        if (count > 0) {
            long bytes = 0;
            for (int i = 0; i < count; i++) {
                bytes += batch.length(i);
            }
            stats.countTx(count, bytes);
            frames.removeHandles(count);
        }
        return count;
    }

    /**
     * Writes several frames in front with one call, if the device can, and takes out those that were sent.
     *
     * @return how many
     * @throws IOException if the device is gone; the frames stay
     */
    int writeTogether(FlushedFrames frames, int max) throws IOException {
        wanted = Math.min(max, together.length);
        if (wanted < 2) {
            return 0;
        }
        int count = 0;
        collected = 0;
        try {
            frames.forEach(collect);
            count = collected < 2 ? 0 : device.writeTogether(together, collected);
        } catch (RuntimeException | Error broken) {
            // Nothing was sent: each frame goes by itself, so that the one that is broken fails alone.
            count = 0;
        } finally {
            Arrays.fill(together, 0, collected, null);
        }
        sentTogether = count;
        settled = 0;
        settle(frames);
        return count;
    }

    private boolean collect(ByteBuf frame) {
        if (collected == wanted || frame.refCnt() == 0 || !frame.isReadable()) {
            return false;
        }
        lengths[collected] = frame.readableBytes();
        together[collected++] = frame;
        return true;
    }

    /**
     * Takes out the frames that were sent together. A promise that closes the channel leads to {@link #writeRest}, and
     * so here again: that call goes on with the next frame.
     */
    private void settle(FlushedFrames frames) {
        while (settled < sentTogether && frames.hasCurrent()) {
            sent(frames, lengths[settled++]);
        }
    }

    /**
     * Writes what is left before the device closes, until the device is full or gone; whoever closes fails what stays.
     */
    void writeRest(FlushedFrames frames) {
        settle(frames);
        try {
            device.beginLastFlush();
            while (frames.hasCurrent()) {
                int sent = writeHandles(frames, Integer.MAX_VALUE);
                if (sent == FrameDevice.NO_ROOM || sent == 0 && writeTogether(frames, Integer.MAX_VALUE) == 0
                    && writeCurrent(frames) == FrameDevice.FULL) {
                    break;
                }
            }
            // A listener may have closed the channel because its frame was written: the device may still have it
            // queued.
            device.endOfFlush();
        } catch (IOException gone) {
            // The channel is closing anyway, and what is left fails by that.
            return;
        }
    }
}

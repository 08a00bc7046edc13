/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.buffer.RecycledBuf;
import io.ringtap.internal.buffer.RecycledBufs;
import io.ringtap.internal.loop.Operations;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.loop.Readiness;

import java.io.IOException;
import java.util.function.Predicate;

/**
 * Frames moved by completion: when the descriptor is readable, the loop gets a batch of reads to do with its next
 * system call, and a flush becomes a batch of writes in the same one. A batch that finds frames for all its reads is
 * followed by a larger one, any other by a wait: a fixed large one would cost an idle link its latency.
 */
final class CompletionFrameIo extends FrameIo implements Operations.Listener {
    /** Makes the registration that this object submits operations to and that reports their completion. */
    @FunctionalInterface
    interface Registration {
        Operations register(Operations.Listener listener) throws IOException;
    }

    private static final int MIN_BATCH = 2;
    private static final int MAX_BATCH = 32;
    /** A batch may be smaller than it should be, for want of buffers, but not smaller than this. */
    private static final int ENOUGH = 16;
    /** The result of a write that has not completed yet. */
    private static final int UNKNOWN = Integer.MIN_VALUE;
    private static final FrameRefusedException OVERTAKEN = new FrameRefusedException(DropReason.NO_BUFFERS,
        "the device had no room for the frame when frames behind it were sent, and it may not come after them");

    private final AbstractFrameChannel channel;
    private final PlainFrameDevice device;
    private final WriteLoop writes;
    private final FrameWriter writer;
    private final ReadLoop reads;
    private final Operations operations;

    /** The buffers of reads in flight and of frames not handed on yet, by slot. */
    private final RecycledBuf[] inUse = new RecycledBuf[Operations.SLOTS];
    /** Those of the batch that is being given. */
    private final int[] slots = new int[MAX_BATCH];
    private final Runnable roundTask = this::round;
    private final Predicate<ByteBuf> describe = this::describe;
    private int batch = MIN_BATCH;
    private int readsInFlight;
    /** Bytes that the batch has brought. */
    private int batchBytes;
    /** Slots whose read has brought a frame that the pipeline has not had yet, in order, and the next one's place. */
    private final int[] filled = new int[Operations.SLOTS];
    private int filledCount;
    private int nextFilled;
    private boolean foundNone;
    private boolean readFailed;
    private boolean inRound;
    private boolean roundScheduled;
    private boolean reading;

    private final long[] addresses = new long[MAX_BATCH];
    private final int[] lengths = new int[MAX_BATCH];
    private final int[] results = new int[MAX_BATCH];
    private int writesGiven;
    private int writesInFlight;
    /** Of the budget of the flush whose batch is under way: Netty may do several batches in one turn of the loop. */
    private int budgetLeft;
    /** How many frames the next batch may have. */
    private int writesWanted;
    /** The first write of the batch whose frame is not taken out yet. */
    private int nextResult;
    private boolean settling;

    private boolean discarded;

    CompletionFrameIo(AbstractFrameChannel channel, PlainFrameDevice device, WriteLoop writes, ReadLoop reads,
                      Registration registration) throws IOException {
        super(channel, device);
        this.channel = channel;
        this.device = device;
        this.writes = writes;
        writer = writes.writer();
        this.reads = reads;
        operations = registration.register(this);
    }

    @Override
    void requestRead(boolean wanted) {
        reading = wanted;
        if (inRound || readsInFlight > 0) {
            return;
        }
        if (wanted && hasFilled()) {
            // Read ahead, when the last round had all it wanted.
            scheduleRound();
        } else {
            waitForEvents();
        }
    }

    private boolean hasFilled() {
        return nextFilled < filledCount;
    }

    private void scheduleRound() {
        if (!roundScheduled) {
            channel.eventLoop().execute(roundTask);
            roundScheduled = true;
        }
    }

    @Override
    void waitForEvents() {
        if (!isDetached()) {
            operations.want(reading && readsInFlight == 0 && !hasFilled(), isFull());
        }
    }

    @Override
    Readiness readiness() {
        return operations;
    }

    @Override
    public void readable() {
        if (readsInFlight == 0 && !hasFilled()) {
            readBatch();
        }
    }

    private void readBatch() {
        Throwable failure = null;
        try {
            giveReads();
        } catch (Throwable cause) {
            failure = cause;
        }
        if (readsInFlight == 0) {
            if (failure != null) {
                reads.failed(failure);
            } else {
                // Handlers hold nearly every buffer, or there is no memory for more. Reading by readiness has a spare
                // buffer and copies frames out of it, or reports why it cannot.
                reads.run();
            }
        }
        waitForEvents();
    }

    private void giveReads() {
        RecycledBufs buffers = reads.round().takeBuffers(device.receiveCapacity());
        filledCount = 0;
        batchBytes = 0;
        nextFilled = 0;
        foundNone = false;
        readFailed = false;
        int taken = 0;
        for (int slot; taken < batch && (slot = buffers.takeNext()) >= 0;) {
            inUse[slot] = buffers.get(slot);
            slots[taken++] = slot;
        }
        boolean enough = taken == batch || taken >= ENOUGH;
        int given = 0;
        try {
            while (enough && given < taken) {
                giveRead(slots[given]);
                given++;
            }
        } finally {
            for (int i = given; i < taken; i++) {
                inUse[slots[i]].release();
                inUse[slots[i]] = null;
            }
        }
    }

    private void giveRead(int slot) {
        RecycledBuf buf = inUse[slot];
        operations.read(slot, NativeMemory.addressOf(buf, 0, buf.capacity()), buf.capacity());
        readsInFlight++;
    }

    @Override
    public void readDone(int slot, int result) {
        readsInFlight--;
        RecycledBuf buf = inUse[slot];
        int room = buf.capacity();
        if (!discarded && result > 0 && result < room) {
            buf.setIndex(0, result);
            if (device.isFrame(buf, reads.round())) {
                batchBytes += result;
                filled[filledCount++] = slot;
            } else {
                inUse[slot] = null;
                buf.release();
            }
        } else {
            inUse[slot] = null;
            buf.release();
            noFrame(result, room);
        }
        if (!isDetached() && readsInFlight == 0) {
            batchDone();
        }
    }

    private void noFrame(int result, int room) {
        if (isDetached() || Errno.EAGAIN.is(result)) {
            foundNone = true;
        } else if (result == 0) {
            // Of a socket whose messages are frames: an empty one. Waiting for events costs nothing then.
            channel.stats().countRxDrop(DropReason.MALFORMED);
            foundNone = true;
        } else if (result == room) {
            truncated();
        } else if (Errno.EINVAL.is(result) || Errno.EFAULT.is(result)) {
            // A frame that the kernel could not describe in the vnet header, and has thrown away.
            channel.stats().countRxDrop(DropReason.MALFORMED);
        } else {
            readFailed = true;
        }
    }

    private void truncated() {
        try {
            device.truncated(reads.round());
        } catch (IOException | RuntimeException failed) {
            // Reading by readiness finds out what the failure is.
            readFailed = true;
        }
    }

    private void batchDone() {
        batch = foundNone ? Math.max(MIN_BATCH, Math.min(batch, filledCount + 1)) : Math.min(largestBatch(), batch * 2);
        round();
    }

    /** As many reads as make a round, going by the frames that the last ones have brought. */
    private int largestBatch() {
        int roundOfThese = (int) ((long) ReadRound.MAX_BYTES * filledCount / Math.max(1, batchBytes));
        return Math.max(MIN_BATCH, Math.min(MAX_BATCH, roundOfThese));
    }

    private ByteBuf takeFilled() {
        int slot = filled[nextFilled++];
        RecycledBuf frame = inUse[slot];
        inUse[slot] = null;
        return reads.round().handOut(frame);
    }

    /** Passes on what was read, up to the budget of the round, and reads more once all of it is passed on. */
    private void round() {
        roundScheduled = false;
        if (isDetached()) {
            return;
        }
        if (!reads.isWanted()) {
            reads.runBetweenRounds();
            return;
        }
        inRound = true;
        Throwable failure = null;
        try {
            reads.round().begin();
            boolean more = true;
            while (more && hasFilled()) {
                ByteBuf frame = takeFilled();
                more = reads.round().deliver(frame, frame.readableBytes());
            }
        } catch (Throwable cause) {
            failure = cause;
        }
        reads.end(failure);
        inRound = false;
        if (isDetached()) {
            return;
        }
        if (hasFilled()) {
            if (reading) {
                scheduleRound();
            }
        } else if (readFailed) {
            readFailed = false;
            // Reading by readiness handles every error number.
            reads.run();
            waitForEvents();
        } else if (reading && !foundNone) {
            readBatch();
        } else {
            waitForEvents();
        }
    }

    @Override
    void flush(FlushedFrames frames) throws IOException {
        if (writesInFlight > 0 || settling || isFull()) {
            // While a batch is under way, or the device has no room, what is flushed waits for its turn.
            return;
        }
        int budget = budgetLeft > 0 ? budgetLeft : channel.writeBudget();
        while (frames.hasCurrent() && !isDetached()) {
            if (budget == 0) {
                writes.flushNextTurn();
                break;
            }
            // One after the other where the device can be full: of a batch, those behind one that found no room may
            // find some, and links between them hold no further than to the end of Netty's submission queue.
            if (!device.canBeFull() && writeBatch(frames, Math.min(budget, MAX_BATCH))) {
                budgetLeft = budget - writesGiven;
                break;
            }
            budget--;
            if (writer.writeCurrent(frames) == FrameDevice.FULL) {
                waitForRoom(true);
                break;
            }
        }
        if (!isDetached()) {
            device.endOfFlush();
        }
    }

    /**
     * Gives the loop as many of the frames at the front as are one direct part each.
     *
     * @return whether there were any
     */
    private boolean writeBatch(FlushedFrames frames, int max) {
        writesWanted = max;
        writesGiven = 0;
        frames.forEach(describe);
        nextResult = 0;
        for (int i = 0; i < writesGiven; i++) {
            results[i] = UNKNOWN;
            try {
                operations.write(i, addresses[i], lengths[i]);
            } catch (RuntimeException queueFull) {
                // The loop takes no more: the next flush gives it the rest, or this one writes the frame in front.
                writesGiven = i;
                break;
            }
            writesInFlight++;
        }
        return writesGiven > 0;
    }

    private boolean describe(ByteBuf frame) {
        if (writesGiven == writesWanted || frame.refCnt() == 0 || !frame.isReadable()) {
            return false;
        }
        try {
            if (frame.nioBufferCount() != 1 || !frame.isDirect() || !device.isWrittenAsIs(frame)) {
                return false;
            }
            int length = frame.readableBytes();
            addresses[writesGiven] = NativeMemory.addressOf(frame, frame.readerIndex(), length);
            lengths[writesGiven++] = length;
            return true;
        } catch (RuntimeException broken) {
            // A part of it was released: it fails alone when it is in front.
            return false;
        }
    }

    @Override
    public void writeDone(int slot, int result) {
        results[slot] = result;
        if (--writesInFlight == 0 && !isDetached()) {
            finishBatch();
        }
    }

    private void finishBatch() {
        IOException gone;
        settling = true;
        try {
            gone = settleBatch(writes.flushed());
        } finally {
            settling = false;
        }
        if (gone != null) {
            channel.deviceGone(gone);
        } else if (!isDetached() && budgetLeft == 0) {
            writes.flushNextTurn();
        } else if (!isDetached()) {
            channel.flushNow();
        }
        if (writesInFlight == 0) {
            budgetLeft = 0;
        }
    }

    /**
     * Takes the frames of the last batch out, sent or refused. A promise that closes the channel leads here again, and
     * that call goes on with the next frame.
     *
     * @return why the device is gone; the frame that found out is still in front
     */
    private IOException settleBatch(FlushedFrames frames) {
        while (frames.hasCurrent() && nextResult < writesGiven) {
            int slot = nextResult++;
            int result = results[slot];
            if (result >= 0) {
                writer.sent(frames, lengths[slot]);
            } else if (result == UNKNOWN) {
                frames.remove(new IOException("whether the frame was sent is unknown: the event loop has ended before "
                    + "it told"));
            } else {
                boolean overtaken = anyMayBeSentBehind();
                try {
                    // One that was cancelled was not tried.
                    if (!Errno.ECANCELED.is(result)
                        && writer.writeFailed(frames, result) == FrameDevice.WRITTEN) {
                        continue;
                    }
                } catch (IOException gone) {
                    if (!overtaken) {
                        nextResult = writesGiven;
                        return gone;
                    }
                    frames.remove(gone);
                    continue;
                }
                if (!overtaken) {
                    // Neither it nor any behind it was sent: all of them go with the next flush.
                    nextResult = writesGiven;
                    waitForRoom(!Errno.ECANCELED.is(result));
                } else {
                    device.givenUp();
                    writer.refuse(frames, OVERTAKEN);
                }
            }
        }
        return null;
    }

    /** Whether a frame behind the one whose result was looked at last was sent, or may have been. */
    private boolean anyMayBeSentBehind() {
        for (int i = nextResult; i < writesGiven; i++) {
            if (results[i] >= 0 || results[i] == UNKNOWN) {
                return true;
            }
        }
        return false;
    }

    @Override
    boolean hasReadAhead() {
        return readsInFlight > 0 || hasFilled();
    }

    @Override
    void settle(FlushedFrames frames) {
        settleBatch(frames);
    }

    @Override
    ByteBuf nextReadAhead() {
        return hasFilled() ? takeFilled() : null;
    }

    @Override
    void discard() {
        discarded = true;
        while (hasFilled()) {
            takeFilled().release();
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.buffer.ByteBuf;
import io.ringtap.loop.Operations;
import io.ringtap.unix.Errno;
import io.ringtap.unix.NativeMemory;

import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

/**
 * Frames moved by completion: when the descriptor is readable, the loop gets a batch of reads to do with its next
 * system call, and a flush becomes a batch of writes in the same one. A batch that finds frames for all its reads is
 * followed by a larger one, any other by a wait: a fixed large one would cost an idle link its latency.
 */
final class CompletionFrameIo implements FrameIo, Operations.Listener {
    /** Makes the registration whose operations this object gives and hears of. */
    @FunctionalInterface
    interface Registration {
        Operations register(Operations.Listener listener) throws IOException;
    }

    private static final int MIN_BATCH = 2;
    private static final int MAX_BATCH = 32;

    private final AbstractFrameChannel channel;
    private final PlainFrameDevice device;
    private final Operations operations;

    private final RecycledBufs buffers = new RecycledBufs();
    /** The buffers of reads in flight and of frames not handed on yet, by slot. */
    private final RecycledBuf[] inUse = new RecycledBuf[Operations.SLOTS];
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
    /** The first write of the batch whose result the channel has not heard of; past it, some may have gone ahead. */
    private int nextResult;
    private boolean applying;
    private boolean waitingForRoom;

    private boolean detached;
    private boolean discarded;

    CompletionFrameIo(AbstractFrameChannel channel, PlainFrameDevice device, Registration registration)
        throws IOException {
        this.channel = channel;
        this.device = device;
        operations = registration.register(this);
    }

    @Override
    public void requestRead(boolean wanted) {
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
            roundScheduled = true;
            channel.eventLoop().execute(roundTask);
        }
    }

    private void waitForEvents() {
        if (!detached) {
            operations.want(reading && readsInFlight == 0 && !hasFilled(), waitingForRoom);
        }
    }

    @Override
    public void readable() {
        if (readsInFlight == 0 && !hasFilled()) {
            readBatch();
        }
    }

    private void readBatch() {
        buffers.prepare(channel.config().getAllocator(), device.receiveCapacity());
        buffers.rewind();
        filledCount = 0;
        batchBytes = 0;
        nextFilled = 0;
        foundNone = false;
        readFailed = false;
        for (int slot; readsInFlight < batch && (slot = buffers.takeNext()) >= 0;) {
            RecycledBuf buf = inUse[slot] = buffers.get(slot);
            readsInFlight++;
            operations.read(slot, NativeMemory.addressOf(buf, 0, buf.capacity()), buf.capacity());
        }
        if (readsInFlight == 0) {
            // Handlers hold every buffer: the other way has a spare one and copies out of it.
            channel.readRound();
        }
        waitForEvents();
    }

    @Override
    public void readDone(int slot, int result) {
        readsInFlight--;
        RecycledBuf buf = inUse[slot];
        int room = buf.capacity();
        if (!discarded && result > 0 && result < room) {
            buf.setIndex(0, result);
            batchBytes += result;
            filled[filledCount++] = slot;
        } else {
            inUse[slot] = null;
            buf.release();
            noFrame(result, room);
        }
        if (!detached && readsInFlight == 0) {
            batchDone();
        }
    }

    private void noFrame(int result, int room) {
        if (detached || Errno.EAGAIN.is(result)) {
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
            device.truncated(channel.rounds());
        } catch (IOException gone) {
            readFailed = true;
        }
    }

    private void batchDone() {
        batch = foundNone ? Math.max(MIN_BATCH, Math.min(batch, filledCount + 1)) : Math.min(largestBatch(), batch * 2);
        round();
    }

    /** As many reads as make a round, going by the frames that the last ones have brought. */
    private int largestBatch() {
        int roundOfThese = (int) ((long) ReadRounds.MAX_BYTES * filledCount / Math.max(1, batchBytes));
        return Math.max(MIN_BATCH, Math.min(MAX_BATCH, roundOfThese));
    }

    private ByteBuf takeFilled() {
        int slot = filled[nextFilled++];
        ByteBuf frame = inUse[slot];
        inUse[slot] = null;
        return frame;
    }

    /** Hands on what has been read, as far as the round's budget goes, and reads on when that is all gone. */
    private void round() {
        roundScheduled = false;
        if (detached || !channel.rounds().isWanted()) {
            return;
        }
        inRound = true;
        channel.rounds().begin();
        boolean more = true;
        while (more && hasFilled()) {
            ByteBuf frame = takeFilled();
            more = channel.rounds().deliver(frame, frame.readableBytes());
        }
        channel.endRound();
        inRound = false;
        if (detached) {
            return;
        }
        if (hasFilled()) {
            if (reading) {
                scheduleRound();
            }
        } else if (readFailed) {
            readFailed = false;
            // An error says what it means on the ordinary way, which knows them all.
            channel.readRound();
            waitForEvents();
        } else if (reading && !foundNone) {
            readBatch();
        } else {
            waitForEvents();
        }
    }

    @Override
    public void flush(FlushedFrames frames) throws IOException {
        // While a batch is under way, or the device has no room, what is flushed waits for its turn.
        int budget = channel.writeBudget();
        while (writesInFlight == 0 && !applying && !waitingForRoom && !detached && frames.current() != null) {
            if (budget-- == 0) {
                channel.flushLater();
                break;
            }
            writeBatch(frames);
            if (writesInFlight == 0) {
                writeOne(frames);
            }
        }
        if (!detached) {
            device.endOfFlush();
        }
    }

    /** Gives the loop as many of the frames at the front as are one direct part each. */
    private void writeBatch(FlushedFrames frames) {
        writesGiven = 0;
        frames.forEach(describe);
        boolean linked = writesGiven > 1 && device.canBeFull();
        for (int i = 0; i < writesGiven; i++) {
            operations.write(i, addresses[i], lengths[i], linked && i < writesGiven - 1);
        }
        writesInFlight = writesGiven;
        nextResult = 0;
    }

    private boolean describe(ByteBuf frame) {
        if (writesGiven == MAX_BATCH || frame.refCnt() == 0 || !frame.isReadable()) {
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

    /** Writes the frame at the front here and now, whatever it is made of. */
    private void writeOne(FlushedFrames frames) throws IOException {
        if (channel.writeCurrent(frames) == FrameDevice.FULL) {
            waitForRoom(true);
        }
    }

    @Override
    public void writeDone(int slot, int result) {
        results[slot] = result;
        if (--writesInFlight == 0 && !detached) {
            finishBatch();
        }
    }

    private void finishBatch() {
        applying = true;
        try {
            applyWrites();
        } catch (IOException gone) {
            channel.deviceGone(gone);
        } finally {
            applying = false;
        }
        if (!detached) {
            channel.flushNow();
        }
    }

    private void applyWrites() throws IOException {
        for (; nextResult < writesGiven; nextResult++) {
            FlushedFrames frames = channel.flushed();
            if (frames == null || frames.current() == null) {
                return;
            }
            int result = results[nextResult];
            if (result >= 0) {
                channel.stats().countTx(1, lengths[nextResult]);
                frames.remove();
            } else if ((Errno.EAGAIN.is(result) || Errno.ECANCELED.is(result)) && !anySentBehind()) {
                // Not sent, or cancelled as the one before it was not: it and all behind it go with the next flush.
                writesGiven = nextResult;
                waitForRoom(Errno.EAGAIN.is(result));
                return;
            } else {
                // Refused; or overtaken, as a full submission queue cuts a chain of linked writes.
                writeOne(frames);
                if (waitingForRoom) {
                    return;
                }
            }
        }
    }

    @Override
    public void settle() throws IOException {
        applyWrites();
    }

    private boolean anySentBehind() {
        for (int i = nextResult + 1; i < writesGiven; i++) {
            if (results[i] >= 0) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean isFull() {
        return waitingForRoom;
    }

    private void waitForRoom(boolean wait) {
        waitingForRoom = wait;
        waitForEvents();
    }

    @Override
    public void writable() {
        waitForRoom(false);
        if (writesInFlight == 0 && nextResult < writesGiven) {
            finishBatch();
        } else {
            channel.flushNow();
        }
    }

    @Override
    public void failed() {
        channel.deviceGone(device.failure());
    }

    @Override
    public void loopClosing() {
        channel.unsafe().close(channel.voidPromise());
    }

    @Override
    public Executor detach() {
        detached = true;
        operations.cancel();
        return operations.whenReleased();
    }

    @Override
    public ByteBuf nextReadAhead() {
        return hasFilled() ? takeFilled() : null;
    }

    @Override
    public void discard() {
        discarded = true;
        while (hasFilled()) {
            takeFilled().release();
        }
        buffers.retire();
    }
}

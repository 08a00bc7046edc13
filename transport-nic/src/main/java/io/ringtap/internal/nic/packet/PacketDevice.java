/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.packet;

import io.netty.buffer.ByteBuf;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.internal.nic.link.NicDevice;
import io.ringtap.internal.nic.link.NicLink;
import io.ringtap.internal.nic.link.PacketOptions;
import io.ringtap.internal.offload.FrameList;
import io.ringtap.internal.offload.UnfinishedFrames;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.IovecArray;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SentMessages;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.EnumSet;
import java.util.function.Function;

/**
 * A bound packet socket. The kernel always puts a vnet header in front of a received frame and wants one in front of a
 * sent one, as nothing else tells that a frame is a super-frame or lacks its checksum. A channel without a header gets
 * frames that are {@linkplain UnfinishedFrames finished}.
 *
 * <p>Frames are received in batches: one that fills all its buffers is followed by a larger one, any other by a wait,
 * so that an idle link does not pay for buffers that stay empty.
 */
public final class PacketDevice extends NicDevice {
    private static final int MIN_BATCH = 2;
    /** A batch of more bytes than this does not stay in the processor's cache until it is sent on. */
    private static final int BATCH_BYTES = 512 * 1024;
    /** The longest super-frame but for BIG TCP, an Ethernet header and two VLAN tags. */
    private static final int LONGEST_FRAME = 65535 + 14 + 8;

    private final int fd;
    private final PacketOptions options;
    private final VnetHeaderLength length;
    private final VirtioNetHeader layout;
    /** What the kernel has in front of each frame. */
    private final VirtioNetHeader kernelHeader;
    private final boolean outgoing;
    private final int capacity;
    /** {@code null} with a vnet header. */
    private final UnfinishedFrames unfinished;
    private final ReceivedMessages received = new ReceivedMessages();
    private final ByteBuf[] buffers = new ByteBuf[ReceivedMessages.MOST];
    private final FrameList ready = new FrameList();
    private final NativeMemory noHeader;
    private final IovecArray parts;
    private final SentMessages sent;
    private int batch = MIN_BATCH;
    /** Frames that the kernel has lost, as an error of the socket says, and that are not counted yet. */
    private int lost;

    /**
     * A socket that receives frames already.
     *
     * @param length the vnet header of the channel
     * @param outgoing whether frames are handed on that were sent through the interface
     */
    PacketDevice(int fd, PacketOptions options, NicLink link, Function<String, ? extends SocketAddress> addresses,
                 VnetHeaderLength length, boolean outgoing) {
        super(link, addresses);
        this.fd = fd;
        this.options = options;
        this.length = length;
        this.outgoing = outgoing;
        layout = VirtioNetHeader.of(length);
        boolean none = length == VnetHeaderLength.NONE;
        kernelHeader = none ? VirtioNetHeader.of(VnetHeaderLength.LEGACY) : layout;
        capacity = ReceivedMessages.TAG + kernelHeader.bytes() + LONGEST_FRAME;
        unfinished = none ? new UnfinishedFrames(kernelHeader) : null;
        noHeader = none ? NativeMemory.allocate(kernelHeader.bytes()) : null;
        parts = new IovecArray(noHeader);
        sent = new SentMessages(parts);
    }

    /** The socket options of the open device. */
    public PacketOptions options() {
        return options;
    }

    @Override
    public int descriptor() {
        return fd;
    }

    @Override
    public int vnetHeaderLength() {
        return length.bytes();
    }

    @Override
    public VirtioNetHeader vnetHeader() {
        return layout;
    }

    @Override
    public VirtioNetBackend vnetBackend() {
        VirtioNetOffloads all = length == VnetHeaderLength.NONE ? VirtioNetOffloads.NONE : VirtioNetOffloads.ALL;
        // The kernel gives frames as the network stack has them, and cannot be told to finish them.
        return new VirtioNetBackend(EnumSet.of(length), all, all, length == VnetHeaderLength.NONE);
    }

    @Override
    public void read(FrameSink sink) throws IOException {
        for (; lost > 0; lost--) {
            sink.drop(DropReason.MALFORMED);
        }
        boolean more;
        do {
            int wanted = Math.min(batch, sink.room(1));
            int count = wanted < 2 ? 0 : sink.allocate(buffers, wanted, capacity);
            more = count == 0 ? receiveOne(sink) : receiveSeveral(sink, count);
        } while (more);
    }

    /** Receives one frame, where there is no memory, or nobody asks, for more; returns whether to go on. */
    private boolean receiveOne(FrameSink sink) throws IOException {
        ByteBuf frame = sink.allocate(capacity);
        buffers[0] = frame;
        int got = receive(1);
        buffers[0] = null;
        if (got <= 0) {
            return noFrame(sink, got);
        }
        DropReason drop = null;
        if (isOurs(0)) {
            drop = complete(0, frame);
            if (drop == null && unfinished == null) {
                return sink.frame(frame);
            }
            if (drop == null && !unfinished.isSuperFrame(frame)) {
                drop = unfinished.complete(frame);
                if (drop == null) {
                    return sink.frame(frame);
                }
            } else if (drop == null) {
                return segmentOne(frame, sink);
            }
        }
        if (drop != null) {
            sink.drop(drop);
        }
        // The budget of the round counts frames that are handed on: the loop asks again.
        return false;
    }

    /** The buffer is the sink's, and is received into again: the segments share the payload of a copy. */
    private boolean segmentOne(ByteBuf frame, FrameSink sink) {
        DropReason drop;
        try {
            ByteBuf copy = frame.alloc().directBuffer(frame.readableBytes()).writeBytes(frame);
            drop = unfinished.segment(copy, ready);
            copy.release();
        } catch (OutOfMemoryError | RuntimeException noMemory) {
            drop = DropReason.NO_BUFFERS;
        }
        if (drop != null) {
            sink.drop(drop);
            return false;
        }
        return ready.handOn(sink);
    }

    private boolean receiveSeveral(FrameSink sink, int count) throws IOException {
        int got = receive(count);
        for (int i = Math.max(0, got); i < count; i++) {
            buffers[i].release();
            buffers[i] = null;
        }
        if (got <= 0) {
            batch = MIN_BATCH;
            return noFrame(sink, got);
        }
        long bytes = 0;
        for (int i = 0; i < got; i++) {
            ByteBuf frame = buffers[i];
            buffers[i] = null;
            bytes += received.length(i);
            if (isOurs(i)) {
                DropReason drop = take(i, frame);
                if (drop != null) {
                    frame.release();
                    sink.drop(drop);
                }
            } else {
                frame.release();
            }
        }
        boolean filled = got == count;
        if (filled) {
            batch = (int) Math.max(MIN_BATCH, Math.min(Math.min(ReceivedMessages.MOST, 2 * batch),
                BATCH_BYTES * (long) got / Math.max(1, bytes)));
        } else {
            batch = Math.max(MIN_BATCH, Math.min(batch, got + 1));
        }
        return ready.handOn(sink) && filled;
    }

    /** Adds a received frame to those that are ready; returns why it cannot, and then leaves it to the caller. */
    private DropReason take(int message, ByteBuf frame) {
        DropReason drop = complete(message, frame);
        if (drop != null) {
            return drop;
        }
        if (unfinished != null) {
            if (unfinished.isSuperFrame(frame)) {
                drop = unfinished.segment(frame, ready);
                if (drop == null) {
                    frame.release();
                }
                return drop;
            }
            drop = unfinished.complete(frame);
            if (drop != null) {
                return drop;
            }
        }
        ready.add(frame);
        return null;
    }

    private int receive(int count) {
        return received.receive(fd, buffers, count);
    }

    /** Whether a message is a frame for the channel. */
    private boolean isOurs(int message) {
        return outgoing || !received.isOutgoing(message);
    }

    /** Makes a message the frame that it was on the wire; returns why it is dropped, or {@code null}. */
    private DropReason complete(int message, ByteBuf frame) {
        if (received.isTruncated(message)) {
            return DropReason.TRUNCATED;
        }
        if (received.complete(message, frame, kernelHeader.bytes()) != 0) {
            int header = frame.readerIndex();
            if ((kernelHeader.flags(frame, header) & VirtioNetHeader.NEEDS_CSUM) != 0) {
                kernelHeader.setCsumStart(frame, header,
                    kernelHeader.csumStart(frame, header) + ReceivedMessages.TAG);
            }
            if (kernelHeader.hdrLen(frame, header) != 0) {
                kernelHeader.setHdrLen(frame, header, kernelHeader.hdrLen(frame, header) + ReceivedMessages.TAG);
            }
        }
        return frame.readableBytes() <= kernelHeader.bytes() ? DropReason.MALFORMED : null;
    }

    private boolean noFrame(FrameSink sink, int error) throws IOException {
        if (Errno.EBADF.is(error)) {
            throw gone();
        }
        if (Errno.EINVAL.is(error)) {
            // A super-frame of a kind that the vnet header has no word for.
            sink.drop(DropReason.MALFORMED);
        }
        // Otherwise empty, or an error that is read away by this: of an interface that was set down, for example.
        return false;
    }

    @Override
    public int framesTogether() {
        return SentMessages.MOST;
    }

    @Override
    public int writeTogether(ByteBuf[] frames, int count) {
        // Why the first one is not sent, write() finds out.
        return Math.max(0, sent.send(fd, frames, count));
    }

    @Override
    public int write(ByteBuf frame) throws IOException {
        if (!frame.isReadable()) {
            throw refusal(DropReason.REFUSED);
        }
        long n = parts.write(fd, frame);
        if (n >= 0) {
            return WRITTEN;
        }
        if (Errno.EAGAIN.is(n)) {
            return FULL;
        }
        if (Errno.EBADF.is(n) || Errno.ENXIO.is(n) && !link().isBound()) {
            throw gone();
        }
        throw refusal(reasonOf(n));
    }

    private static DropReason reasonOf(long error) {
        return Errno.ENETDOWN.is(error) ? DropReason.DOWN
            : Errno.ENOBUFS.is(error) || Errno.ENOMEM.is(error) ? DropReason.NO_BUFFERS
            : Errno.EMSGSIZE.is(error) ? DropReason.TOO_LONG : DropReason.REFUSED;
    }

    @Override
    protected String whyRefused(DropReason reason) {
        return switch (reason) {
            case NO_BUFFERS ->
                " refused a frame: the queue of the interface is full, or the kernel has no memory for the frame";
            case TOO_LONG -> " refused a frame: it is longer than the MTU of the interface allows";
            default -> " refused a frame: it is no Ethernet frame" + (length == VnetHeaderLength.NONE ? ""
                : ", or it is shorter than its vnet header of " + length.bytes()
                    + " bytes, or the vnet header contradicts it");
        };
    }

    @Override
    public void endOfFlush() {
        // Frames have gone out with their own calls.
    }

    /**
     * The socket is in error when its interface was set down, and goes on; when its interface is gone; and when a
     * frame behind others could not be received.
     */
    @Override
    public IOException failure() {
        try {
            int error = options.takeError();
            if (!link().isBound()) {
                return gone();
            }
            if (Errno.EINVAL.is(error)) {
                lost++;
            }
            return null;
        } catch (IOException broken) {
            return broken;
        }
    }

    @Override
    public DeviceDrops drops() {
        try {
            return new DeviceDrops(options.drops(), -1);
        } catch (IOException notKnown) {
            return DeviceDrops.UNKNOWN;
        }
    }

    @Override
    public void close() {
        super.close();
        options.close();
        SystemCalls.close(fd);
        received.free();
        sent.free();
        parts.free();
        if (noHeader != null) {
            noHeader.free();
        }
    }
}

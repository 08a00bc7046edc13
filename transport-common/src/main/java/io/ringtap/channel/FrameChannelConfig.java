/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.List;

/**
 * The configuration of a {@link FrameChannel}. A value set before the device is open is kept, checked together with
 * all others by {@code bind}, and a wrong one fails the bind. A value set later is applied at once, on the caller's
 * thread as with Netty's sockets, and what cannot be changed while the channel is active is refused with an {@link
 * IllegalStateException}.
 *
 * <p>{@code maxMessagesPerRead} is 64 frames unless set, or what the channel says; a round of large frames ends
 * earlier, at 512 KiB. The memory comes from the channel's allocator, and is never smaller than the longest frame that
 * the device may deliver, whatever a {@code RecvByteBufAllocator} would guess.
 *
 * <p>A channel uses its receive buffers again and again, and gives back within a second those that it does not need.
 * All channels of an event loop together hold 4 MiB of them, or what the system property {@code
 * io.ringtap.receiveMemoryPerEventLoop} says in bytes, and beyond that each channel the one or two buffers that it
 * cannot do without; small frames that find no buffer are copied out. If the allocator has no memory, or fails
 * otherwise, {@code exceptionCaught} is fired once; the channel then pauses, for 10 ms at first and a second at most,
 * and goes on where it was, unless a handler closes it. Frames wait in the device meanwhile.
 *
 * <p>Watermarks count the bytes of all frames of a batch; a {@code MessageSizeEstimator} of one's own should, too.
 */
public interface FrameChannelConfig extends ChannelConfig {
    /** The virtio-net header in front of every frame: the preferred one before bind, then that of the device. */
    VnetHeaderLength getVnetHeader();

    /** Sets {@link FrameChannelOption#VNET_HEADER}, before bind. */
    FrameChannelConfig setVnetHeader(VnetHeaderLength length);

    /** The virtio-net headers that are wanted, the preferred one first. */
    List<VnetHeaderLength> getVnetHeaders();

    /**
     * Sets {@link FrameChannelOption#VNET_HEADERS}, before bind.
     *
     * @throws IllegalArgumentException if there is no length, or one twice
     */
    FrameChannelConfig setVnetHeaders(List<VnetHeaderLength> lengths);

    /** What the device may leave undone in the frames it delivers: once it is open, what it has agreed to. */
    VirtioNetOffloads getOffloads();

    /** Sets {@link FrameChannelOption#OFFLOADS}, before bind. */
    FrameChannelConfig setOffloads(VirtioNetOffloads wanted);

    /** Whether the frames of a read round reach the pipeline as one message. */
    boolean isReadBatches();

    /** Sets {@link FrameChannelOption#READ_BATCHES}, from the next read round on. */
    FrameChannelConfig setReadBatches(boolean batches);

    @Override
    FrameChannelConfig setConnectTimeoutMillis(int connectTimeoutMillis);

    @Override
    @Deprecated
    FrameChannelConfig setMaxMessagesPerRead(int maxMessagesPerRead);

    @Override
    FrameChannelConfig setWriteSpinCount(int writeSpinCount);

    @Override
    FrameChannelConfig setAllocator(ByteBufAllocator allocator);

    @Override
    FrameChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator allocator);

    @Override
    FrameChannelConfig setAutoRead(boolean autoRead);

    @Override
    FrameChannelConfig setAutoClose(boolean autoClose);

    @Override
    FrameChannelConfig setWriteBufferHighWaterMark(int highWaterMark);

    @Override
    FrameChannelConfig setWriteBufferLowWaterMark(int lowWaterMark);

    @Override
    FrameChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark waterMark);

    @Override
    FrameChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator);
}

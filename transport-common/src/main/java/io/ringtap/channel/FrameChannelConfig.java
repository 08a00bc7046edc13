/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.Map;
import java.util.Objects;

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
 * otherwise, {@code exceptionCaught} tells so once; the channel then pauses, for 10 ms at first and a second at most,
 * and goes on where it was, unless a handler closes it. Frames wait in the device meanwhile.
 *
 * <p>Watermarks count the bytes of all frames of a batch; a {@code MessageSizeEstimator} of one's own should, too.
 */
public class FrameChannelConfig extends DefaultChannelConfig {
    private final AbstractFrameChannel frameChannel;
    private volatile VnetHeaderLength vnetHeader = VnetHeaderLength.NONE;
    private volatile boolean readBatches;
    private volatile VirtioNetOffloads offloads = VirtioNetOffloads.NONE;

    /** Makes the configuration of one channel. */
    public FrameChannelConfig(AbstractFrameChannel channel) {
        // The smallest guess, as the device's frame limit is what counts; and a read that fills no buffer ends no
        // round.
        super(channel, new FixedRecvByteBufAllocator(1).respectMaybeMoreData(false));
        setMessageSizeEstimator(FrameSizeEstimator.INSTANCE);
        frameChannel = channel;
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(super.getOptions(), FrameChannelOption.VNET_HEADER, FrameChannelOption.OFFLOADS,
            FrameChannelOption.READ_BATCHES);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T getOption(ChannelOption<T> option) {
        if (option == FrameChannelOption.VNET_HEADER) {
            return (T) getVnetHeader();
        }
        if (option == FrameChannelOption.OFFLOADS) {
            return (T) getOffloads();
        }
        if (option == FrameChannelOption.READ_BATCHES) {
            return (T) Boolean.valueOf(isReadBatches());
        }
        return super.getOption(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        validate(option, value);
        if (option == FrameChannelOption.VNET_HEADER) {
            setVnetHeader((VnetHeaderLength) value);
        } else if (option == FrameChannelOption.OFFLOADS) {
            setOffloads((VirtioNetOffloads) value);
        } else if (option == FrameChannelOption.READ_BATCHES) {
            setReadBatches((Boolean) value);
        } else {
            return super.setOption(option, value);
        }
        return true;
    }

    /** The vnet header in front of every frame. */
    public VnetHeaderLength getVnetHeader() {
        return vnetHeader;
    }

    /** Sets {@link FrameChannelOption#VNET_HEADER}, before bind. */
    public FrameChannelConfig setVnetHeader(VnetHeaderLength length) {
        requireUnbound(FrameChannelOption.VNET_HEADER);
        vnetHeader = Objects.requireNonNull(length, "length");
        return this;
    }

    /** What the device may leave undone in the frames it delivers: once it is open, what it has agreed to. */
    public VirtioNetOffloads getOffloads() {
        return offloads;
    }

    /** Sets {@link FrameChannelOption#OFFLOADS}, before bind. */
    public FrameChannelConfig setOffloads(VirtioNetOffloads wanted) {
        requireUnbound(FrameChannelOption.OFFLOADS);
        offloads = Objects.requireNonNull(wanted, "wanted");
        return this;
    }

    /** Whether the frames of a read round reach the pipeline as one message. */
    public boolean isReadBatches() {
        return readBatches;
    }

    /** Sets {@link FrameChannelOption#READ_BATCHES}, from the next read round on. */
    public FrameChannelConfig setReadBatches(boolean batches) {
        readBatches = batches;
        return this;
    }

    /**
     * For an option that only an unopened device can take.
     *
     * @throws IllegalStateException if the device is open
     */
    protected final void requireUnbound(ChannelOption<?> option) {
        if (frameChannel.isActive()) {
            throw new IllegalStateException(option.name() + " of " + frameChannel.localAddress()
                + " is fixed while the channel is active: set it before bind");
        }
    }

    @Override
    protected final void autoReadCleared() {
        frameChannel.autoReadCleared();
    }
}

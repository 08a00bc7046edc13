/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.channel.Channel;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;

import java.net.SocketAddress;
import java.util.List;

/**
 * A channel whose messages are frames of its {@linkplain #linkLayer() link layer}, one
 * {@link io.netty.buffer.ByteBuf} each: Ethernet frames from the destination address on and without the frame check
 * sequence, or IP packets. Where a vnet header is set, it stands in front of every frame,
 * both ways. A {@link io.ringtap.ethernet.FrameBatch} of them may be written as well, and is what is read where {@link
 * FrameChannelOption#READ_BATCHES} is set; its promise fails with the first refusal, after the rest was sent.
 *
 * <p>It is opened by {@code bind} and has no remote address. A frame that the device refuses fails its own promise and
 * leaves the channel open. {@code close()} sends what was flushed before it, unless the device is full, and a promise
 * says what became of its frame: success once the device has it, failure if it has not, or if that cannot be known,
 * which the message then says. Channels are to be closed before their event loop shuts down, see {@link
 * io.ringtap.loop.FrameLoop}. What happens to the device is fired as a
 * {@link DeviceEvent} through {@code userEventTriggered}.
 */
public interface FrameChannel extends Channel {
    @Override
    FrameChannelConfig config();

    /** The device that is bound, under the name the kernel knows it by; {@code null} before that. */
    @Override
    SocketAddress localAddress();

    /**
     * The identity of the bound device, for callers that must not open a device twice. Any thread.
     *
     * @throws IllegalStateException before bind and after close
     */
    PortIdentity identity();

    /**
     * Whether the device carries frames, as far as that can be found out: it is up and has a carrier. A device without
     * such a state carries frames while the channel is active. Later changes are fired as {@link
     * DeviceEvent.LinkUp} and {@link DeviceEvent.LinkDown}. Any thread; an answer may cost a system call.
     */
    boolean isLinkUp();

    /** What has passed and what was dropped so far. Any thread. */
    FrameChannelStats stats();

    /**
     * What the operating system itself has dropped at this device since the channel was opened: an answer costs a
     * system call. Of a device with several queues, it is what was dropped at all of them.
     *
     * @return {@link DeviceDrops#UNKNOWN} where the device does not say, or is not open. Any thread.
     */
    DeviceDrops deviceDrops();

    /**
     * What speaks against forwarding the frames of the open device to others, as a bridge does: a sentence for each
     * reason, for a person to read. A device that delivers copies of frames that the host receives as well names what
     * the host does with them. Any thread; an answer may cost system calls.
     *
     * @return none, unless the transport knows of one
     */
    default List<String> forwardingHazards() {
        return List.of();
    }

    /**
     * The MTU of the network interface that this channel is the other end of, as a tap is. Any thread; an answer may
     * cost a system call.
     *
     * @return 0 where there is no such interface, or it cannot be asked
     */
    default int interfaceMtu() {
        return 0;
    }

    /**
     * Sets {@link #interfaceMtu()}. Any thread.
     *
     * @return whether the MTU of that interface is set here; false where there is none
     * @throws io.netty.channel.ChannelException if the system refuses it
     */
    default boolean setInterfaceMtu(int mtu) {
        return false;
    }

    /**
     * The largest MTU of interfaces that send through this channel: what a tunnel has room for. Changes are fired as
     * {@link DeviceEvent.MtuChanged}. Any thread.
     *
     * @return 0 for no limit, or where it is not known yet
     */
    default int carriedMtu() {
        return 0;
    }

    /**
     * Whether the device had no room for a flushed frame. The frame is sent once there is room. A caller that can
     * hold frames back should do so meanwhile: {@link #isWritable()} only changes at the high watermark. On the event
     * loop; another thread may read an old value.
     */
    boolean isFull();

    /**
     * What a frame of this channel begins with, behind its vnet header. It does not change, and is known before bind:
     * who needs Ethernet can refuse another channel by it. Any thread.
     */
    LinkLayer linkLayer();

    /** Bytes of vnet header in front of every frame, 0 for none. Fixed while the channel is active. Any thread. */
    int vnetHeaderLength();

    /** The layout of the vnet header in front of every frame; no header before bind. Any thread. */
    VirtioNetHeader vnetHeader();

    /**
     * What the open device agreed to: the one header length that it has now, and what may be left undone in the frames
     * that are written to it and read from it. The plain backend before bind. Any thread.
     */
    VirtioNetBackend vnetBackend();
}

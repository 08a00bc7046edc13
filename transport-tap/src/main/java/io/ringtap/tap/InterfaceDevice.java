/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.unix.Errno;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/**
 * What the taps and TUN devices of all systems share: one read(2) a frame, one write(2) or writev(2) a frame, what
 * becomes of errors, and the name. A system's own class adds the calls and what its driver does differently.
 */
abstract class InterfaceDevice implements TapDevice {
    private final TunKind kind;
    private final int fd;
    private final VnetHeaderLength vnetHeader;
    private final VirtioNetOffloads offloads;
    private final int prefix;
    private final Map<DropReason, FrameRefusedException> refusals = new EnumMap<>(DropReason.class);
    private volatile InterfaceAddress lastAddress;
    private volatile int receiveCapacity;

    /**
     * An open device, which the subclass measures.
     *
     * @param name that the kernel has for it
     * @param offloads what the kernel has agreed to leave undone
     * @param prefix octets in front of each frame that are neither the frame's nor its vnet header's
     */
    InterfaceDevice(TunKind kind, int fd, String name, VnetHeaderLength vnetHeader, VirtioNetOffloads offloads,
                    int prefix) {
        this.kind = kind;
        this.fd = fd;
        this.vnetHeader = vnetHeader;
        this.offloads = offloads;
        this.prefix = prefix;
        lastAddress = kind.address(name);
    }

    final TunKind kind() {
        return kind;
    }

    final VnetHeaderLength vnetHeaderSet() {
        return vnetHeader;
    }

    final VirtioNetOffloads offloads() {
        return offloads;
    }

    /** The name that the interface has now, as far as it is known. */
    abstract String currentName();

    @Override
    public final InterfaceAddress localAddress() {
        InterfaceAddress address = lastAddress;
        String name = currentName();
        if (!name.equals(address.name())) {
            address = kind.address(name);
            lastAddress = address;
        }
        return address;
    }

    /** The address that was heard of last, for messages. */
    final InterfaceAddress lastAddress() {
        return lastAddress;
    }

    /** For the message of an exception that names no device itself. */
    @Override
    public final String toString() {
        return lastAddress.toString();
    }

    @Override
    public final int descriptor() {
        return fd;
    }

    @Override
    public final int vnetHeaderLength() {
        return vnetHeader.bytes();
    }

    @Override
    public final int receiveCapacity() {
        return receiveCapacity;
    }

    final void setReceiveCapacity(int bytes) {
        receiveCapacity = bytes;
    }

    /** Room for a frame, what stands in front of it, and a byte that tells a frame that was cut off. */
    final int capacityFor(int frame) {
        return prefix + vnetHeader.bytes() + frame + 1;
    }

    @Override
    public final void read(FrameSink sink) throws IOException {
        while (isNext()) {
            ByteBuf frame = sink.allocate(receiveCapacity);
            int room = frame.writableBytes();
            long n = receive(frame, room);
            if (n > prefix + vnetHeader.bytes() && n < room) {
                frame.writerIndex(frame.writerIndex() + (int) n);
                if (prefix != 0) {
                    frame.skipBytes(prefix);
                }
                if (!sink.frame(frame)) {
                    return;
                }
            } else if (n >= room) {
                // A drop ends the read, as the sink cannot: the loop asks again, and other channels have their turn.
                truncated(sink);
                return;
            } else if (n > 0 || isFrameLost(n)) {
                sink.drop(DropReason.MALFORMED);
                return;
            } else if (isGone(n)) {
                throw failure();
            } else if (!Errno.EINTR.is(n)) {
                // EAGAIN when empty, or an error of a device that is down or not ready: the loop will ask again.
                return;
            }
        }
    }

    /** Whether to read now: before each frame, for a device that can say how long the next one is. */
    boolean isNext() throws IOException {
        return true;
    }

    /** read(2) into the writable bytes, of which there are {@code room}; the indices stay. */
    abstract long receive(ByteBuf into, int room);

    /** Whether a read failed because the kernel could not describe the frame, and has thrown it away. */
    boolean isFrameLost(long error) {
        return false;
    }

    /** Whether an error means that the interface does not exist any more. */
    abstract boolean isGone(long error);

    /**
     * What becomes of the result of a write that is not 0.
     *
     * @return {@link #WRITTEN} or {@link #FULL}
     */
    final int outcome(long n) throws IOException {
        if (n >= 0) {
            return WRITTEN;
        }
        if (Errno.EAGAIN.is(n)) {
            return full();
        }
        if (isGone(n)) {
            throw failure();
        }
        throw refusal(reasonOf(n));
    }

    /** The device has no room; {@link #FULL}, or a refusal if it will not say when it has some. */
    int full() throws IOException {
        return FULL;
    }

    /** Why a frame was refused, by the error of its write. */
    DropReason reasonOf(long error) {
        return Errno.ENOBUFS.is(error) || Errno.ENOMEM.is(error) ? DropReason.NO_BUFFERS
            : Errno.EMSGSIZE.is(error) ? DropReason.TOO_LONG : DropReason.REFUSED;
    }

    final FrameRefusedException refusal(DropReason reason) {
        return refusals.computeIfAbsent(reason, r -> new FrameRefusedException(r, lastAddress + whyRefused(r)));
    }

    /** The end of a sentence that begins with the name of the device. */
    String whyRefused(DropReason reason) {
        return switch (reason) {
            case DOWN -> " is down: set it up, as with '" + upCommand() + "'";
            case NO_BUFFERS -> " refused a frame: the kernel has no memory for it";
            case TOO_LONG -> " refused a frame: it is too long";
            default -> " refused a frame: " + kind.malformed();
        };
    }

    /** What an administrator runs to set the interface up. */
    abstract String upCommand();

    @Override
    public Object read(ChannelOption<?> option) throws IOException {
        if (option == FrameChannelOption.OFFLOADS) {
            return offloads;
        }
        if (option == FrameChannelOption.VNET_HEADER) {
            return vnetHeader;
        }
        return null;
    }

    @Override
    public void endOfFlush() {
        // Each frame has gone out with its own call.
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.virtio.ChecksumCompletion;
import io.ringtap.virtio.GsoSplitter;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetHeaderValidator;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VirtioNetVerdict;
import io.ringtap.virtio.VnetHeaderLength;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Does what the vnet header of a frame asks for, on behalf of receivers that have no such header: it completes the
 * checksum and segments the super-frame. This is done once for a frame, however many receivers it has. As in the
 * kernel, no TCP segment is longer than 1514 bytes.
 *
 * <p>It differs from the kernel's VALE where that is wrong: no segment is longer than the gso_size of the sender
 * either; UFO gives IP fragments, and USO works; a header that contradicts its frame leads to a drop instead of a frame
 * with a wrong checksum.
 */
final class ValeOffloads {
    /** The maximum frame size, {@code mfs}, that the kernel uses for a port that never had a header. */
    private static final int MAX_SEGMENT = 1514;
    private static final int BUFFER = EmbeddedMemory.BUFFER_SIZE;

    /** What depends on the length of the sender's header. */
    private static final class Sender {
        final VirtioNetHeader header;
        final VirtioNetHeaderValidator validator;
        final GsoSplitter gso;

        Sender(VnetHeaderLength length) {
            header = VirtioNetHeader.of(length);
            validator = new VirtioNetHeaderValidator(header, VirtioNetOffloads.ALL);
            gso = new GsoSplitter(header);
        }
    }

    private final ByteBufAllocator allocator;
    private final Sender legacy = new Sender(VnetHeaderLength.LEGACY);
    private final Sender mergeable = new Sender(VnetHeaderLength.MERGEABLE);
    private final List<ByteBuf> frames = new ArrayList<>();
    private boolean begun;
    /** The super-frame, as long as no receiver has had room for its segments, and the number of these segments. */
    private ByteBuf uncut;
    private int uncutSegments;

    /** Makes frames of memory of an allocator; a frame that it has no memory for cannot be done. */
    ValeOffloads(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /**
     * Does what a frame asks for, unless that was done already. It is not done if the frame would become more segments
     * than the receiver has free slots, as a sender may ask for thousands of segments that nobody could receive.
     *
     * @param space how many slots the receiver has free
     * @return how many slots the result takes; if these are more than there are free, any number above that; 0 if it
     *     cannot be done
     */
    int complete(ValeFrame frame, int space) {
        Sender sender = frame.headerLength() == VnetHeaderLength.LEGACY.bytes() ? legacy : mergeable;
        if (!begun) {
            begun = true;
            begin(sender, frame);
        }
        if (uncut != null) {
            if (uncutSegments > space) {
                return uncutSegments;
            }
            cut(sender);
        }
        int slots = 0;
        for (int i = 0; i < frames.size(); i++) {
            slots += slots(frames.get(i));
        }
        return slots;
    }

    private void begin(Sender sender, ValeFrame frame) {
        ByteBuf message = null;
        try {
            message = allocator.directBuffer(frame.length());
            frame.copyTo(message);
            if (sender.validator.validate(message) == VirtioNetVerdict.VALID) {
                begin(sender, message);
            }
        } catch (OutOfMemoryError | RuntimeException noMemory) {
            forget();
        } finally {
            if (message != null) {
                message.release();
            }
        }
    }

    private void begin(Sender sender, ByteBuf message) {
        VirtioNetHeader header = sender.header;
        if (!sender.gso.isSuperFrame(message)) {
            ChecksumCompletion.complete(message, header.bytes(), sender.validator.packetEnd(),
                header.csumStart(message, 0), header.csumOffset(message, 0));
            frames.add(message.retainedSlice(header.bytes(), message.readableBytes() - header.bytes()));
            return;
        }
        int type = header.gsoType(message, 0) & ~VirtioNetHeader.GSO_ECN;
        int room = MAX_SEGMENT - sender.validator.hdrLen();
        // The sender has chosen the boundaries of its datagrams.
        if (type != VirtioNetHeader.GSO_UDP_L4 && header.gsoSize(message, 0) > room) {
            header.setGsoSize(message, 0, Math.max(0, room));
        }
        if (sender.gso.begin(message) == VirtioNetVerdict.VALID) {
            uncut = message.retain();
            uncutSegments = sender.gso.count();
        }
    }

    private void cut(Sender sender) {
        try {
            while (sender.gso.hasNext()) {
                frames.add(sender.gso.next(allocator).skipBytes(sender.header.bytes()));
            }
        } catch (OutOfMemoryError | RuntimeException noMemory) {
            // A super-frame is one frame to its sender: all of its segments are delivered, or none.
            forget();
        } finally {
            uncut.release();
            uncut = null;
        }
    }

    private static int slots(ByteBuf frame) {
        return (frame.readableBytes() + BUFFER - 1) / BUFFER;
    }

    /** Copies the result into a ring that has room for it. Returns the slot after it. */
    int copyTo(EmbeddedRing ring) {
        int slot = ring.given();
        for (int i = 0; i < frames.size(); i++) {
            ByteBuf frame = frames.get(i);
            int count = slots(frame);
            int from = frame.readerIndex();
            for (int left = frame.readableBytes(); left > 0; left -= BUFFER) {
                int n = Math.min(left, BUFFER);
                int to = ring.buffer(slot);
                ByteBuffer target = ring.bytes(slot).duplicate();
                frame.getBytes(from, target.limit(to + n).position(to));
                ring.set(slot, n, count << Slot.FRAGMENTS_SHIFT | (left > n ? Slot.MOREFRAG : 0));
                from += n;
                slot = ring.next(slot);
            }
        }
        return slot;
    }

    /** Forgets the frame. */
    void end() {
        if (begun) {
            begun = false;
            if (uncut != null) {
                uncut.release();
                uncut = null;
            }
            forget();
        }
    }

    private void forget() {
        frames.forEach(ByteBuf::release);
        frames.clear();
    }
}

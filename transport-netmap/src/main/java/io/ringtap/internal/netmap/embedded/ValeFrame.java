/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.netty.buffer.ByteBuf;
import io.ringtap.internal.netmap.layout.NetmapLayout;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;

import java.nio.ByteBuffer;

/**
 * The frame that a switch is forwarding: the fragments that contain it, and how it is copied into the slots of a
 * receiver, whose vnet header may have another length. The conversions are those of the kernel's VALE:
 * <pre>
 *   sender  receiver
 *   equal            copied as it is, slot by slot
 *   0       10, 12   a header of zeros is put in front
 *   10      12       two zero bytes are added to the header
 *   12      10       two bytes of the header are removed
 *   10, 12  0        the header is removed, after what it asks for was done: {@link ValeOffloads}
 * </pre>
 */
final class ValeFrame {
    private static final int BUFFER = EmbeddedMemory.BUFFER_SIZE;
    /** The part that all vnet headers have in common, in bytes. */
    private static final int COMMON_HEADER = 10;
    private static final int HEADER_FLAGS = 0;
    private static final int HEADER_GSO_TYPE = 1;
    private static final int NEEDS_CSUM = 1;

    private final int[] offsets = new int[NetmapLayout.MAX_FRAGMENTS];
    private final int[] lengths = new int[NetmapLayout.MAX_FRAGMENTS];
    /** The memory that contains each fragment. */
    private final ByteBuffer[] parts = new ByteBuffer[NetmapLayout.MAX_FRAGMENTS];
    private int headerLength;
    private int fragments;
    private int total;
    private boolean bad;

    void begin(int senderHeaderLength) {
        headerLength = senderHeaderLength;
        fragments = 0;
        total = 0;
        bad = false;
    }

    /**
     * Adds a fragment.
     *
     * @param offset where it begins, -1 if the slot is not valid
     */
    void add(ByteBuffer bytes, int offset, int length) {
        if (offset < 0 || length > BUFFER || fragments == offsets.length) {
            bad = true;
            return;
        }
        if (parts[fragments] != bytes) {
            // The fragment is mostly in the same memory as before, and writing a reference costs more than comparing
            // it, as the garbage collector has to be informed of each write.
            parts[fragments] = bytes;
        }
        offsets[fragments] = offset;
        lengths[fragments++] = length;
        total += length;
    }

    boolean isBad() {
        return bad;
    }

    /** The memory that contains the destination address. */
    ByteBuffer ethernetBytes() {
        return parts[headerLength == lengths[0] && fragments > 1 ? 1 : 0];
    }

    /** The offset of the destination address; -1 unless the vnet header lies wholly in the first fragment. */
    int ethernet() {
        if (headerLength < lengths[0]) {
            return offsets[0] + headerLength;
        }
        return headerLength == lengths[0] && fragments > 1 ? offsets[1] : headerLength == 0 ? offsets[0] : -1;
    }

    /** How many contiguous bytes there are from the destination address on. */
    int ethernetRoom() {
        return headerLength < lengths[0] ? lengths[0] - headerLength : fragments > 1 ? lengths[1] : 0;
    }

    /**
     * Whether the vnet header asks for a checksum, or for the frame to be segmented, before the frame is sent without
     * it.
     */
    boolean needsOffload() {
        return headerLength != 0 && (parts[0].get(offsets[0] + HEADER_GSO_TYPE) != 0
            || (parts[0].get(offsets[0] + HEADER_FLAGS) & NEEDS_CSUM) != 0);
    }

    /** The length of the vnet header in front, in bytes. */
    int headerLength() {
        return headerLength;
    }

    /** The length in bytes, with the header. */
    int length() {
        return total;
    }

    /** Copies all its bytes. */
    void copyTo(ByteBuf to) {
        for (int i = 0; i < fragments; i++) {
            to.writeBytes(parts[i].duplicate().limit(offsets[i] + lengths[i]).position(offsets[i]));
        }
    }

    /** How many slots the frame takes at a receiver. */
    int slotsFor(int receiverHeaderLength) {
        return receiverHeaderLength == headerLength ? fragments
            : (total - headerLength + receiverHeaderLength + BUFFER - 1) / BUFFER;
    }

    /** Puts the frame into a ring that has room for it. Returns the slot after it. */
    int copyTo(EmbeddedRing ring, int receiverHeaderLength, int slots) {
        return receiverHeaderLength == headerLength ? copy(ring, slots) : convert(ring, receiverHeaderLength, slots);
    }

    private int copy(EmbeddedRing ring, int slots) {
        int slot = ring.given();
        for (int i = 0; i < fragments; i++) {
            long word = ring.word(slot);
            ring.bytesOf(word).put(ring.bufferOf(word), parts[i], offsets[i], lengths[i]);
            ring.set(slot, lengths[i], flags(slots, i == fragments - 1));
            slot = ring.next(slot);
        }
        return slot;
    }

    private int convert(EmbeddedRing ring, int receiverHeaderLength, int slots) {
        int slot = ring.given();
        ByteBuffer to = ring.bytes(slot);
        int base = ring.buffer(slot);
        for (int i = 0; i < receiverHeaderLength; i++) {
            to.put(base + i, i < COMMON_HEADER && headerLength != 0 ? parts[0].get(offsets[0] + i) : 0);
        }
        int filled = receiverHeaderLength;
        int fragment = 0;
        int read = headerLength;
        for (int left = total - headerLength; left > 0;) {
            if (read == lengths[fragment]) {
                fragment++;
                read = 0;
                continue;
            }
            if (filled == BUFFER) {
                ring.set(slot, filled, flags(slots, false));
                slot = ring.next(slot);
                to = ring.bytes(slot);
                base = ring.buffer(slot);
                filled = 0;
            }
            int n = Math.min(lengths[fragment] - read, BUFFER - filled);
            to.put(base + filled, parts[fragment], offsets[fragment] + read, n);
            filled += n;
            read += n;
            left -= n;
        }
        ring.set(slot, filled, flags(slots, true));
        return ring.next(slot);
    }

    private static int flags(int slots, boolean last) {
        return slots << Slot.FRAGMENTS_SHIFT | (last ? 0 : Slot.MOREFRAG);
    }
}

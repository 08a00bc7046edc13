/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;

/**
 * A view of the Ethernet header in any {@link ByteBuf}: addresses, VLAN tags, type (IEEE 802.3-2018, clause 3;
 * 802.1Q-2018, clause 9). It holds no bytes of its own and takes no reference: {@link #wrap} it round frame after frame
 * and nothing is allocated. The static methods read the same without an object, for the hot path.
 *
 * <p>The frame reaches from the given index to the buffer's writer index, without preamble and frame check sequence,
 * as a tap or a netmap ring hands it over. A vnet header in front is not part of it: give the index behind it.
 *
 * <p>{@link #isValid()} and the methods that answer {@code -1} may be asked of any bytes. The others read where the
 * header should be, so ask {@code isValid()} first; in a frame that is too short they throw
 * {@link IndexOutOfBoundsException}. Not thread-safe.
 */
public final class EthernetFrame {
    /** Bytes before the payload of an untagged frame. */
    public static final int HEADER_LENGTH = 14;
    /** Bytes that one VLAN tag adds. */
    public static final int VLAN_TAG_LENGTH = 4;
    /** More tags than this and a frame is not valid. Linux stops at the same depth (VLAN_MAX_DEPTH). */
    public static final int MAX_VLAN_TAGS = 8;

    private static final int SOURCE = MacAddress.LENGTH;
    private static final int TYPE = 2 * MacAddress.LENGTH;

    private ByteBuf buf;
    private int offset;

    /** Moves the view to the frame at the buffer's reader index. */
    public EthernetFrame wrap(ByteBuf buf) {
        return wrap(buf, buf.readerIndex());
    }

    /**
     * Moves the view to the frame at an absolute index. Nothing is checked and no reference is taken.
     *
     * @param offset where the destination address begins
     * @return this
     */
    public EthernetFrame wrap(ByteBuf buf, int offset) {
        this.buf = buf;
        this.offset = offset;
        return this;
    }

    /** Whether addresses, every VLAN tag and the type behind them are there, and no more tags than allowed. */
    public boolean isValid() {
        return isValid(buf, offset);
    }

    /** Bytes from the destination address to the buffer's writer index. */
    public int length() {
        return buf.writerIndex() - offset;
    }

    /** The destination address. */
    public MacAddress destination() {
        return MacAddress.get(buf, offset);
    }

    /** The destination address as a number, as {@link MacAddress#bits()} gives it. */
    public long destinationBits() {
        return destinationBits(buf, offset);
    }

    /** The source address. */
    public MacAddress source() {
        return MacAddress.get(buf, offset + SOURCE);
    }

    /** The source address as a number, as {@link MacAddress#bits()} gives it. */
    public long sourceBits() {
        return sourceBits(buf, offset);
    }

    /** The type behind all VLAN tags, below {@link EtherType#LOWEST} a length; -1 if the frame is not valid. */
    public int etherType() {
        return etherType(buf, offset);
    }

    /** The absolute index of the first byte behind the type, -1 if the frame is not valid. */
    public int payloadOffset() {
        return payloadOffset(buf, offset);
    }

    /** How many VLAN tags the frame carries, -1 if it is not valid. */
    public int vlanCount() {
        int type = typeOffset(buf, offset);
        return type < 0 ? -1 : (type - offset - TYPE) / VLAN_TAG_LENGTH;
    }

    /**
     * The type that announces a tag: {@link EtherType#VLAN} or {@link EtherType#SERVICE_VLAN}.
     *
     * @param tag 0 for the outermost
     * @throws IndexOutOfBoundsException if the frame has no such tag
     */
    public int vlanProtocol(int tag) {
        return buf.getUnsignedShort(tagOffset(tag));
    }

    /**
     * The 16 bits of a tag's control information: priority, drop eligible indicator, VLAN identifier.
     *
     * @param tag 0 for the outermost
     * @throws IndexOutOfBoundsException if the frame has no such tag
     */
    public int vlanTci(int tag) {
        return buf.getUnsignedShort(tagOffset(tag) + 2);
    }

    /** The VLAN identifier of a tag, 0 to 4095; 0 means that the tag gives a priority only. */
    public int vlanId(int tag) {
        return vlanTci(tag) & 0xfff;
    }

    /** The priority code point of a tag, 0 to 7. */
    public int vlanPriority(int tag) {
        return vlanTci(tag) >>> 13;
    }

    /** The drop eligible indicator of a tag. */
    public boolean isVlanDropEligible(int tag) {
        return (vlanTci(tag) & 0x1000) != 0;
    }

    /** Overwrites the destination address. */
    public EthernetFrame destination(MacAddress address) {
        address.set(buf, offset);
        return this;
    }

    /** Overwrites the source address. */
    public EthernetFrame source(MacAddress address) {
        address.set(buf, offset + SOURCE);
        return this;
    }

    /**
     * Overwrites the type behind all VLAN tags.
     *
     * @param etherType 16 bits
     * @throws IndexOutOfBoundsException if the frame is not valid
     */
    public EthernetFrame etherType(int etherType) {
        int type = typeOffset(buf, offset);
        if (type < 0) {
            throw new IndexOutOfBoundsException("no type field to set: " + this);
        }
        buf.setShort(type, etherType);
        return this;
    }

    /**
     * Overwrites the control information of a tag that is there.
     *
     * @param tag 0 for the outermost
     * @param tci 16 bits, as {@link #tci} makes them
     * @throws IndexOutOfBoundsException if the frame has no such tag
     */
    public EthernetFrame vlanTci(int tag, int tci) {
        buf.setShort(tagOffset(tag) + 2, tci);
        return this;
    }

    private int tagOffset(int tag) {
        int count = vlanCount();
        if (tag < 0 || tag >= count) {
            throw new IndexOutOfBoundsException("no VLAN tag " + tag + ": " + this);
        }
        return offset + TYPE + tag * VLAN_TAG_LENGTH;
    }

    /** The header as tcpdump prints it with {@code -e}, without the payload. */
    @Override
    public String toString() {
        if (buf == null) {
            return "no frame";
        }
        StringBuilder out = new StringBuilder(96);
        FrameSummary.appendHeader(out, buf, offset);
        return out.toString();
    }

    /** {@link #isValid()} of the frame at an absolute index. */
    public static boolean isValid(ByteBuf buf, int offset) {
        return typeOffset(buf, offset) >= 0;
    }

    /** {@link #destinationBits()} of the frame at an absolute index. */
    public static long destinationBits(ByteBuf buf, int offset) {
        return MacAddress.bits(buf, offset);
    }

    /** {@link #sourceBits()} of the frame at an absolute index. */
    public static long sourceBits(ByteBuf buf, int offset) {
        return MacAddress.bits(buf, offset + SOURCE);
    }

    /** {@link #etherType()} of the frame at an absolute index. */
    public static int etherType(ByteBuf buf, int offset) {
        int type = typeOffset(buf, offset);
        return type < 0 ? -1 : buf.getUnsignedShort(type);
    }

    /** {@link #payloadOffset()} of the frame at an absolute index. */
    public static int payloadOffset(ByteBuf buf, int offset) {
        int type = typeOffset(buf, offset);
        return type < 0 ? -1 : type + 2;
    }

    /**
     * A tag's control information from its parts.
     *
     * @param priority 0 to 7
     * @param vlanId 0 to 4095
     * @throws IllegalArgumentException if a part does not fit
     */
    public static int tci(int priority, boolean dropEligible, int vlanId) {
        if (priority < 0 || priority > 7) {
            throw new IllegalArgumentException("priority " + priority + " is not within 0 to 7");
        }
        if (vlanId < 0 || vlanId > 0xfff) {
            throw new IllegalArgumentException("VLAN identifier " + vlanId + " is not within 0 to 4095");
        }
        return priority << 13 | (dropEligible ? 0x1000 : 0) | vlanId;
    }

    /** The index of the type behind all tags, -1 if the frame ends before it or has too many tags. */
    private static int typeOffset(ByteBuf buf, int offset) {
        int end = buf.writerIndex();
        if (offset < 0 || end - offset < HEADER_LENGTH) {
            return -1;
        }
        int type = offset + TYPE;
        for (int tags = 0; tags <= MAX_VLAN_TAGS && end - type >= 2; tags++) {
            if (!EtherType.isVlanTag(buf.getUnsignedShort(type))) {
                return type;
            }
            type += VLAN_TAG_LENGTH;
        }
        return -1;
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;

import java.util.concurrent.ThreadLocalRandom;

/**
 * A 48-bit IEEE 802 MAC address. Immutable; two are equal when their 48 bits are.
 */
public final class MacAddress implements Comparable<MacAddress> {
    /** Octets in an address. */
    public static final int LENGTH = 6;
    /** {@code ff:ff:ff:ff:ff:ff}. */
    public static final MacAddress BROADCAST = new MacAddress(0xffff_ffff_ffffL);

    private static final long MASK = 0xffff_ffff_ffffL;
    /** The individual/group bit: the lowest of the first octet. */
    private static final long GROUP = 0x0100_0000_0000L;
    /** The universal/local bit: the second lowest of the first octet. */
    private static final long LOCAL = 0x0200_0000_0000L;
    private static final String HEX = "0123456789abcdef";

    private final long bits;

    private MacAddress(long bits) {
        this.bits = bits;
    }

    /**
     * The address whose octets are the low 48 bits of a number, the first octet highest.
     *
     * @throws IllegalArgumentException if a higher bit is set
     */
    public static MacAddress of(long bits) {
        if ((bits & ~MASK) != 0) {
            throw new IllegalArgumentException("not 48 bits: 0x" + Long.toHexString(bits));
        }
        return new MacAddress(bits);
    }

    /**
     * Reads {@code 02:00:5e:10:00:01}, also with {@code -} between the octets, in either case.
     *
     * @throws IllegalArgumentException if the text is anything else
     */
    public static MacAddress parse(CharSequence text) {
        if (text.length() != 17) {
            throw malformed(text);
        }
        char separator = text.charAt(2);
        if (separator != ':' && separator != '-') {
            throw malformed(text);
        }
        long bits = 0;
        for (int i = 0; i < 17; i += 3) {
            int high = Character.digit(text.charAt(i), 16);
            int low = Character.digit(text.charAt(i + 1), 16);
            if (high < 0 || low < 0 || text.charAt(i) > 'f' || text.charAt(i + 1) > 'f'
                || i < 15 && text.charAt(i + 2) != separator) {
                throw malformed(text);
            }
            bits = bits << 8 | high << 4 | low;
        }
        return new MacAddress(bits);
    }

    private static IllegalArgumentException malformed(CharSequence text) {
        return new IllegalArgumentException("no MAC address: '" + text + "': write it as 02:00:5e:10:00:01");
    }

    /**
     * Reads the six octets at an absolute index; the buffer's own indices stay.
     *
     * @throws IndexOutOfBoundsException if the buffer ends before the address does
     */
    public static MacAddress get(ByteBuf buf, int index) {
        return new MacAddress(bits(buf, index));
    }

    /**
     * The six octets at an absolute index as a number, without an object: what a forwarding table is keyed by.
     *
     * @throws IndexOutOfBoundsException if the buffer ends before the address does
     */
    public static long bits(ByteBuf buf, int index) {
        return (long) buf.getUnsignedShort(index) << 32 | buf.getUnsignedInt(index + 2);
    }

    /** A random unicast address from the locally administered space, as a kernel gives a new tap. */
    public static MacAddress random() {
        return new MacAddress(ThreadLocalRandom.current().nextLong() & MASK & ~GROUP | LOCAL);
    }

    /** The address as a number, the first octet highest. */
    public long bits() {
        return bits;
    }

    /** The six octets, in the order they go over the wire. */
    public byte[] toBytes() {
        byte[] octets = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            octets[i] = (byte) (bits >>> 8 * (LENGTH - 1 - i));
        }
        return octets;
    }

    /** Writes the six octets at an absolute index; the buffer's own indices stay. */
    public void set(ByteBuf buf, int index) {
        buf.setShort(index, (int) (bits >>> 32));
        buf.setInt(index + 2, (int) bits);
    }

    /** Appends the six octets at the buffer's writer index. */
    public void write(ByteBuf buf) {
        buf.writeShort((int) (bits >>> 32));
        buf.writeInt((int) bits);
    }

    /** Whether it names a group of stations: multicast, the broadcast address included. */
    public boolean isMulticast() {
        return isMulticast(bits);
    }

    /** The same of an address as {@link #bits(ByteBuf, int)} gives it. */
    public static boolean isMulticast(long bits) {
        return (bits & GROUP) != 0;
    }

    /** Whether it is {@link #BROADCAST}. */
    public boolean isBroadcast() {
        return bits == MASK;
    }

    /** Whether it was given locally, not by the maker of a network card. */
    public boolean isLocallyAdministered() {
        return (bits & LOCAL) != 0;
    }

    /**
     * Whether it lies in 01:80:C2:00:00:00 to 0F, which is for bridges and for the other end of a link (IEEE
     * 802.1Q-2018, table 8-1): spanning tree, pause frames, LACP, LLDP. A bridge passes none of them on, with one
     * exception: where it runs no spanning tree itself, it passes on BPDUs, to 00, as others find a loop through it by
     * them.
     *
     * @param bits an address as {@link #bits(ByteBuf, int)} gives it
     */
    public static boolean isBridgeReserved(long bits) {
        return (bits & ~0xfL) == 0x0180_c200_0000L;
    }

    @Override
    public int compareTo(MacAddress other) {
        return Long.compare(bits, other.bits);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof MacAddress other && bits == other.bits;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(bits);
    }

    @Override
    public String toString() {
        return toString(bits);
    }

    /** The text of an address as {@link #bits(ByteBuf, int)} gives it: lower case, colons between the octets. */
    public static String toString(long bits) {
        StringBuilder text = new StringBuilder(17);
        for (int shift = 44; shift >= 0; shift -= 4) {
            text.append(HEX.charAt((int) (bits >>> shift) & 0xf));
            if (shift % 8 == 0 && shift != 0) {
                text.append(':');
            }
        }
        return text.toString();
    }
}

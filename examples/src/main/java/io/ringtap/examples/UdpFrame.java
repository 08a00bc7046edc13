/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.EtherType;
import io.ringtap.ethernet.EthernetFrame;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.virtio.InternetChecksum;

import java.net.Inet4Address;

/** Ethernet frames that hold a UDP datagram over IPv4 without options (RFC 768, RFC 791). */
public final class UdpFrame {
    /** Where the IPv4 header begins. */
    public static final int IPV4 = EthernetFrame.HEADER_LENGTH;
    /** Where the UDP header begins. */
    public static final int UDP = IPV4 + 20;
    /** Where the payload begins: the length of all headers. */
    public static final int PAYLOAD = UDP + 8;

    private static final int PROTOCOL_UDP = 17;
    private static final int TIME_TO_LIVE = 64;

    /**
     * Who sends or receives.
     *
     * @param mac the station
     * @param address the host
     * @param port the UDP port
     */
    public record Endpoint(MacAddress mac, Inet4Address address, int port) {
    }

    /** Gives copies of one frame other addresses and ports: the checksums need no look at the payload. */
    public static final class Flow {
        private final int ipSum;
        private final int udpSum;

        /**
         * Sums up what the copies have in common.
         *
         * @param frame a complete frame
         * @param start where its Ethernet header begins
         */
        public Flow(ByteBuf frame, int start) {
            int source = frame.getInt(start + IPV4 + 12);
            int destination = frame.getInt(start + IPV4 + 16);
            int ports = frame.getInt(start + UDP);
            // Without a checksum and with zeros for what differs: then it is the sum of all else.
            ipSum = without(InternetChecksum.sum(frame, start + IPV4, UDP - IPV4),
                frame.getUnsignedShort(start + IPV4 + 10), source, destination);
            udpSum = without(udpSum(frame, start), frame.getUnsignedShort(start + UDP + 6), source, destination,
                ports);
        }

        /** Subtracts what is in a sum, in ones' complement. */
        private static int without(int sum, int... words) {
            int rest = sum;
            for (int word : words) {
                rest = InternetChecksum.add(rest, ~fold(word) & 0xffff);
            }
            return rest;
        }

        private static int fold(int word) {
            return InternetChecksum.add(word >>> 16, word & 0xffff);
        }

        /** Sets addresses, ports and checksums of a copy, whose Ethernet header begins at {@code start}. */
        public void set(ByteBuf frame, int start, int source, int sourcePort, int destination, int destinationPort) {
            int addresses = InternetChecksum.add(fold(source), fold(destination));
            int ports = InternetChecksum.add(sourcePort, destinationPort);
            frame.setInt(start + IPV4 + 12, source).setInt(start + IPV4 + 16, destination);
            frame.setShort(start + IPV4 + 10, ~InternetChecksum.add(ipSum, addresses));
            frame.setShort(start + UDP, sourcePort).setShort(start + UDP + 2, destinationPort);
            int checksum = ~InternetChecksum.add(udpSum, InternetChecksum.add(addresses, ports)) & 0xffff;
            // 0 would say that there is none.
            frame.setShort(start + UDP + 6, checksum == 0 ? 0xffff : checksum);
        }
    }

    private UdpFrame() {
    }

    /** Writes the headers, the checksum of the UDP header left to {@link #seal}. */
    public static void writeHeaders(ByteBuf frame, Endpoint from, Endpoint to, int payloadLength) {
        int start = frame.writerIndex();
        to.mac().write(frame);
        from.mac().write(frame);
        frame.writeShort(EtherType.IPV4);
        frame.writeShort(0x4500).writeShort(PAYLOAD - IPV4 + payloadLength);
        // Identification 0, and not to be fragmented (RFC 6864).
        frame.writeInt(0x4000).writeByte(TIME_TO_LIVE).writeByte(PROTOCOL_UDP).writeShort(0);
        frame.writeBytes(from.address().getAddress()).writeBytes(to.address().getAddress());
        frame.setShort(start + IPV4 + 10, InternetChecksum.checksum(frame, start + IPV4, UDP - IPV4));
        frame.writeShort(from.port()).writeShort(to.port()).writeShort(PAYLOAD - UDP + payloadLength).writeShort(0);
    }

    /** Sets the UDP checksum of a frame that is complete. */
    public static void seal(ByteBuf frame) {
        int start = frame.readerIndex();
        frame.setShort(start + UDP + 6, 0);
        int checksum = ~udpSum(frame, start) & 0xffff;
        // 0 would say that there is none.
        frame.setShort(start + UDP + 6, checksum == 0 ? 0xffff : checksum);
    }

    /** Whether it is such a frame, whole, with a right checksum of IPv4 and a right one of UDP or none. */
    public static boolean isValid(ByteBuf frame) {
        int start = frame.readerIndex();
        if (!isUdp(frame) || InternetChecksum.checksum(frame, start + IPV4, UDP - IPV4) != 0) {
            return false;
        }
        return frame.getShort(start + UDP + 6) == 0 || (short) udpSum(frame, start) == -1;
    }

    /** Whether it looks like such a frame and is as long as it says. */
    public static boolean isUdp(ByteBuf frame) {
        int start = frame.readerIndex();
        if (frame.readableBytes() < PAYLOAD || EthernetFrame.etherType(frame, start) != EtherType.IPV4
            || frame.getByte(start + IPV4) != 0x45 || frame.getByte(start + IPV4 + 9) != PROTOCOL_UDP
            || (frame.getShort(start + IPV4 + 6) & 0x3fff) != 0) {
            return false;
        }
        int total = frame.getUnsignedShort(start + IPV4 + 2);
        int length = frame.getUnsignedShort(start + UDP + 4);
        return total == UDP - IPV4 + length && length >= PAYLOAD - UDP && total <= frame.readableBytes() - IPV4;
    }

    /** How long the payload is, in a valid frame: there may be padding behind it. */
    public static int payloadLength(ByteBuf frame) {
        return frame.getUnsignedShort(frame.readerIndex() + UDP + 4) - (PAYLOAD - UDP);
    }

    /** The port it is for, in a valid frame. */
    public static int destinationPort(ByteBuf frame) {
        return frame.getUnsignedShort(frame.readerIndex() + UDP + 2);
    }

    /** Makes it go back to where it came from: swaps hosts and ports, which changes no checksum. */
    public static void turnRound(ByteBuf frame, MacAddress by) {
        int start = frame.readerIndex();
        frame.setBytes(start, frame, start + MacAddress.LENGTH, MacAddress.LENGTH);
        // What it was sent to may be a group, which is nobody's source.
        by.set(frame, start + MacAddress.LENGTH);
        int address = frame.getInt(start + IPV4 + 12);
        frame.setInt(start + IPV4 + 12, frame.getInt(start + IPV4 + 16)).setInt(start + IPV4 + 16, address);
        int port = frame.getShort(start + UDP);
        frame.setShort(start + UDP, frame.getShort(start + UDP + 2)).setShort(start + UDP + 2, port);
    }

    private static int udpSum(ByteBuf frame, int start) {
        int length = frame.getUnsignedShort(start + UDP + 4);
        return InternetChecksum.add(InternetChecksum.pseudoHeader4(frame, start + IPV4, PROTOCOL_UDP, length),
            InternetChecksum.sum(frame, start + UDP, length));
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * A simple and slow reader of Ethernet frames and IP packets, which verifies every length and checksum. It shares no
 * code with the code under test.
 */
public final class PacketCheck {
    /** Where the IP header begins. */
    public final int network;
    /** The offset of the header after the IP header and its extension headers. */
    public final int transport;
    /** The protocol of that header: 6 for TCP, 17 for UDP, -1 for an IPv4 fragment without such a header. */
    public final int protocol;
    /** The offset of the end of the packet. Padding may follow. */
    public final int end;
    private final byte[] frame;
    private final int version;
    private byte[] source;
    private byte[] destination;

    private PacketCheck(byte[] frame, int network, int version) {
        this.frame = frame;
        this.network = network;
        this.version = version;
        if (version == 4) {
            int header = (frame[network] & 15) * 4;
            require(ReferenceChecksum.sum(frame, network, header) == 0xffff, "IPv4 header checksum");
            end = network + u16(network + 2);
            transport = network + header;
            protocol = (u16(network + 6) & 0x1fff) == 0 ? frame[network + 9] & 255 : -1;
            source = Arrays.copyOfRange(frame, network + 12, network + 16);
            destination = Arrays.copyOfRange(frame, network + 16, network + 20);
        } else if (version == 6) {
            end = network + 40 + u16(network + 4);
            source = Arrays.copyOfRange(frame, network + 8, network + 24);
            destination = Arrays.copyOfRange(frame, network + 24, network + 40);
            int next = frame[network + 6] & 255;
            int where = network + 40;
            while (next == 0 || next == 43 || next == 60) {
                int words = frame[where + 1] & 255;
                if (next == 43 && frame[where + 3] != 0) {
                    int stop = frame[where + 2] == 4 ? 0 : words / 2 - 1;
                    destination = Arrays.copyOfRange(frame, where + 8 + 16 * stop, where + 24 + 16 * stop);
                }
                if (next == 60) {
                    findHomeAddress(where + 2, where + 8 + 8 * words);
                }
                next = frame[where] & 255;
                where += 8 + 8 * (frame[where + 1] & 255);
            }
            transport = where;
            protocol = next;
        } else {
            throw new AssertionError("no IP");
        }
        require(end <= frame.length, "IP length");
    }

    /** RFC 6275, section 6.3: the address of option 201 replaces the source in the pseudo-header. */
    private void findHomeAddress(int from, int to) {
        int option = from;
        while (option < to) {
            int type = frame[option] & 255;
            int length = type == 0 || option + 1 == to ? -1 : frame[option + 1] & 255;
            if (type != 0 && (length < 0 || option + 2 + length > to)) {
                return;
            }
            if (type == 201 && length == 16) {
                source = Arrays.copyOfRange(frame, option + 2, option + 18);
            }
            option += 2 + length;
        }
    }

    /** Reads a frame and verifies its IP header. */
    public static PacketCheck of(byte[] frame) {
        int at = 12;
        while (u16(frame, at) == 0x8100 || u16(frame, at) == 0x88a8) {
            at += 4;
        }
        int type = u16(frame, at);
        return new PacketCheck(frame, at + 2, type == 0x0800 ? 4 : type == 0x86dd ? 6 : 0);
    }

    /** Reads a packet that has no Ethernet header, and verifies its IP header. */
    public static PacketCheck ofRawIp(byte[] packet) {
        return new PacketCheck(packet, 0, packet[0] >>> 4 & 15);
    }

    /** Verifies the length and the checksum of the transport header. An IP fragment has none that can be verified. */
    public PacketCheck verifyTransport() {
        require(protocol == 6 || protocol == 17, "protocol");
        int length = end - transport;
        if (protocol == 17) {
            require(u16(transport + 4) == length, "UDP length");
            require(u16(transport + 6) != 0, "UDP checksum missing");
        }
        require(transportSum() == 0xffff, "transport checksum");
        return this;
    }

    /** Whether the checksum field has the sum of the pseudo-header, as NEEDS_CSUM requires. */
    public boolean isPartial() {
        return u16(transport + (protocol == 6 ? 16 : 6)) == pseudoSum();
    }

    private int transportSum() {
        return ReferenceChecksum.add(pseudoSum(), ReferenceChecksum.sum(frame, transport, end - transport));
    }

    private int pseudoSum() {
        ByteArrayOutputStream pseudo = new ByteArrayOutputStream();
        pseudo.writeBytes(source);
        pseudo.writeBytes(destination);
        int length = end - transport;
        pseudo.writeBytes(new byte[] {0, (byte) (length >>> 16), (byte) (length >>> 8), (byte) length});
        pseudo.writeBytes(new byte[] {0, (byte) protocol});
        return ReferenceChecksum.sum(pseudo.toByteArray());
    }

    /** Where the payload of a TCP or UDP packet begins. */
    public int payload() {
        return transport + (protocol == 6 ? (frame[transport + 12] >>> 4 & 15) * 4 : 8);
    }

    /** The payload of a TCP or UDP packet. */
    public byte[] payloadOctets() {
        return Arrays.copyOfRange(frame, payload(), end);
    }

    /** The 16 bits there, unsigned. */
    public int u16(int at) {
        return u16(frame, at);
    }

    private static int u16(byte[] frame, int at) {
        return (frame[at] & 255) << 8 | frame[at + 1] & 255;
    }

    /** The 32 bits there, unsigned. */
    public long u32(int at) {
        return (long) u16(at) << 16 | u16(at + 2);
    }

    private void require(boolean right, String what) {
        if (!right) {
            throw new AssertionError(what + " is wrong: " + hex());
        }
    }

    private String hex() {
        StringBuilder hex = new StringBuilder();
        for (int i = 0; i < Math.min(frame.length, 120); i++) {
            hex.append(String.format("%02x", frame[i]));
        }
        return hex.toString();
    }
}

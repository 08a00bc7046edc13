/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.udp;

import io.netty.buffer.ByteBuf;
import io.ringtap.internal.unix.IovecArray;
import io.ringtap.internal.unix.MessageArray;
import io.ringtap.internal.unix.NativeMemory;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * What sendmmsg(2) reads for a UDP socket: several messages, of which each is a datagram, or a row of datagrams that
 * the kernel cuts up (UDP_SEGMENT): all have the same length but for the last, which may be shorter. A row costs the
 * network stack little more than one datagram. On the event loop.
 */
public final class SentDatagrams {
    /** The most messages of one call. */
    public static final int MOST = 64;
    /** UDP_MAX_SEGMENTS of {@code linux/udp.h} until Linux 6.5. */
    public static final int FEWEST_SEGMENTS = 64;
    /** The same of later ones. */
    public static final int MOST_SEGMENTS = 128;

    private static final int SEGMENT = 24;
    private static final int CONTROL = SEGMENT + 24;

    private final MessageArray messages = new MessageArray(MOST);
    private final NativeMemory memory = NativeMemory.allocate(MOST * CONTROL);
    private final ByteBuffer words = memory.buffer();
    private final IovecArray parts;
    private final int prefix;
    private final int[] firstPart = new int[MOST];
    private int count;
    private int maxSegments = MOST_SEGMENTS;
    /** Of the message that was begun last. */
    private long name;
    private int trafficClass;
    private int size;
    private int bytes;
    private int segments;
    private boolean ended;

    /**
     * Makes room for messages.
     *
     * @param prefix what every datagram begins with; it stays the caller's
     */
    public SentDatagrams(NativeMemory prefix) {
        this.prefix = prefix.size();
        parts = new IovecArray(prefix);
    }

    /** Forgets all messages. */
    public void clear() {
        count = 0;
        parts.clear();
    }

    /** How many messages there are. */
    public int count() {
        return count;
    }

    /** How many struct iovec there are, for {@link #truncate}. */
    public int parts() {
        return parts.count();
    }

    /** How many datagrams a row may have. */
    public int maxSegments() {
        return maxSegments;
    }

    /** Makes rows no longer than every kernel takes that has rows at all. */
    public void limitSegments() {
        maxSegments = FEWEST_SEGMENTS;
    }

    /** Whether a message is a row. */
    public boolean isRow(int message) {
        int end = message + 1 < count ? firstPart[message + 1] : parts.count();
        return end > firstPart[message] && segmentsOf(message) > 1;
    }

    private int segmentsOf(int message) {
        return words.getInt(message * CONTROL + CONTROL - Integer.BYTES);
    }

    /** How many datagrams a message has. */
    public int datagrams(int message) {
        return segmentsOf(message);
    }

    /** Forgets the last messages; so many stay, and end. */
    public void truncate(int messages, int entries) {
        count = messages;
        parts.truncate(entries);
        ended = true;
    }

    /** Lets no further datagram join the last message. */
    public void endRow() {
        ended = true;
    }

    /**
     * Adds a datagram, to the row of the last message where it fits. The buffer stays alive and unchanged until {@link
     * #send} has returned.
     *
     * @param frame its payload behind the prefix
     * @param skipped how many readable bytes of the frame are left out
     * @param to the address of the struct sockaddr of the receiver, which is another for another receiver
     * @param toLength its bytes
     * @param ipv6 whether it is one of IPv6
     * @param traffic the traffic class
     * @param rows whether it may be in a row
     * @return whether there was room
     */
    public boolean add(ByteBuf frame, int skipped, long to, int toLength, boolean ipv6, int traffic, boolean rows) {
        int length = prefix + frame.readableBytes() - skipped;
        int before = parts.count();
        if (count > 0 && rows && !ended && name == to && trafficClass == traffic && length <= size
            && segments < maxSegments && bytes + length <= Udp.LONGEST_PAYLOAD) {
            if (!parts.append(frame, skipped)) {
                return false;
            }
            segments++;
            bytes += length;
            ended = length < size;
            finish(ipv6);
            return true;
        }
        if (count == MOST || !parts.append(frame, skipped)) {
            return false;
        }
        firstPart[count++] = before;
        name = to;
        trafficClass = traffic;
        size = length;
        bytes = length;
        segments = 1;
        ended = !rows;
        messages.setName(count - 1, to, toLength);
        finish(ipv6);
        return true;
    }

    private void finish(boolean ipv6) {
        int message = count - 1;
        int first = firstPart[message];
        messages.setParts(message, parts.address() + (long) first * MessageArray.IOVEC, parts.count() - first);
        int start = message * CONTROL;
        int at = start;
        if (segments > 1) {
            words.putLong(at + Udp.CMSG_LEN, Udp.CMSG_DATA + Short.BYTES).putInt(at + Udp.CMSG_LEVEL, Udp.SOL_UDP)
                .putInt(at + Udp.CMSG_TYPE, Udp.UDP_SEGMENT).putShort(at + Udp.CMSG_DATA, (short) size);
            at += SEGMENT;
        }
        if (trafficClass != 0) {
            words.putLong(at + Udp.CMSG_LEN, Udp.CMSG_DATA + Integer.BYTES)
                .putInt(at + Udp.CMSG_LEVEL, ipv6 ? Udp.IPPROTO_IPV6 : Udp.IPPROTO_IP)
                .putInt(at + Udp.CMSG_TYPE, ipv6 ? Udp.IPV6_TCLASS : Udp.IP_TOS)
                .putInt(at + Udp.CMSG_DATA, trafficClass);
            at += SEGMENT;
        }
        messages.setControl(message, at == start ? 0 : memory.address() + start, at - start);
        // Behind the control data, in what aligns it.
        words.putInt(start + CONTROL - Integer.BYTES, segments);
    }

    /**
     * Sends messages from one on, as many as there is room for.
     *
     * @return how many were sent, or a negative error number if none was
     */
    public int send(int fd, int first) {
        int sent = messages.send(fd, first, count - first);
        Reference.reachabilityFence(memory);
        Reference.reachabilityFence(parts);
        return sent;
    }

    /** Gives the memory back: nothing is sent any more. */
    public void free() {
        messages.free();
        memory.free();
        parts.free();
    }
}

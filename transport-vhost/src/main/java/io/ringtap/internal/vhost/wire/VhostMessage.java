/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.wire;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A request of a front end, or the reply of a back end, without its descriptors. Numbers are in the byte order of the
 * machine, as both sides share it. Immutable.
 *
 * @param request what is asked
 * @param isReply whether this is the answer
 * @param isReplyNeeded whether the sender of a request waits for an answer, with {@link ProtocolFeature#REPLY_ACK}
 * @param payload what is told
 */
public record VhostMessage(VhostRequest request, boolean isReply, boolean isReplyNeeded, VhostPayload payload) {
    /** The longest message in bytes that {@link #encode} makes. */
    public static final int MOST_BYTES = VhostHeader.BYTES + 8 + MemoryTable.MOST_REGIONS * 32;

    private static final int REGION = 32;

    /** Checks that nothing is missing. */
    public VhostMessage {
        Objects.requireNonNull(request, "request");
        Objects.requireNonNull(payload, "payload");
    }

    /** A request. */
    public static VhostMessage request(VhostRequest request, VhostPayload payload, boolean replyNeeded) {
        return new VhostMessage(request, false, replyNeeded, payload);
    }

    /** The answer to a request. */
    public static VhostMessage reply(VhostRequest request, VhostPayload payload) {
        return new VhostMessage(request, true, false, payload);
    }

    /** The answer to a request that was done, or refused, and has no other answer: {@code REPLY_ACK}. */
    public static VhostMessage acknowledgement(VhostRequest request, boolean done) {
        return reply(request, new Number64(done ? 0 : 1));
    }

    /**
     * Reads the payload of a request.
     *
     * @param from a buffer in the byte order of the machine
     * @param at of the first byte of the payload
     * @throws VhostProtocolException if it is none, or its payload is not of its form
     */
    public static VhostMessage decodeRequest(VhostHeader header, ByteBuffer from, int at)
        throws VhostProtocolException {
        VhostRequest request = VhostRequest.ofId(header.request());
        if (request == null) {
            throw new VhostProtocolException("there is no request " + header.nameOfRequest());
        }
        if (header.isReply()) {
            throw new VhostProtocolException("a reply to " + request + " came, that nobody has asked for");
        }
        return new VhostMessage(request, false, header.isReplyNeeded(),
            decode(request, request.payload(), header.size(), from, at));
    }

    /**
     * Reads the payload of a reply.
     *
     * @param to the request that waits for it
     * @param from a buffer in the byte order of the machine
     * @param at of the first byte of the payload
     * @throws VhostProtocolException if it is none, or not to that request, or its payload is not of its form
     */
    public static VhostMessage decodeReply(VhostRequest to, VhostHeader header, ByteBuffer from, int at)
        throws VhostProtocolException {
        if (header.request() != to.id() || !header.isReply()) {
            throw new VhostProtocolException("a " + (header.isReply() ? "reply to " : "request ")
                + header.nameOfRequest() + " came where a reply to " + to + " was due");
        }
        PayloadForm form = to.reply() == null ? PayloadForm.NUMBER : to.reply();
        return new VhostMessage(to, true, false, decode(to, form, header.size(), from, at));
    }

    private static VhostPayload decode(VhostRequest request, PayloadForm form, int size, ByteBuffer from, int at)
        throws VhostProtocolException {
        int expected = form.size();
        if (form == PayloadForm.MEMORY_TABLE) {
            return table(request, size, from, at);
        }
        if (expected >= 0 && size != expected) {
            throw wrongSize(request, size, "" + expected);
        }
        return switch (form) {
            case NONE -> new NoPayload();
            case NUMBER -> new Number64(from.getLong(at));
            case VRING_STATE -> new VringState(from.getInt(at), from.getInt(at + 4));
            case VRING_ADDRESS -> new VringAddress(from.getInt(at), from.getInt(at + 4), from.getLong(at + 8),
                from.getLong(at + 16), from.getLong(at + 24), from.getLong(at + 32));
            case VRING_DESCRIPTOR -> new VringDescriptor(from.getLong(at));
            case MEMORY_REGION -> region(from, at + 8);
            case LOG_AREA -> new LogArea(from.getLong(at), from.getLong(at + 8));
            default -> new OpaquePayload(size);
        };
    }

    private static VhostPayload table(VhostRequest request, int size, ByteBuffer from, int at)
        throws VhostProtocolException {
        int count = size < 8 ? -1 : from.getInt(at);
        if (count < 0 || count > MemoryTable.MOST_REGIONS) {
            throw new VhostProtocolException(request + (size < 8 ? " has " + size + " bytes"
                : " has " + Integer.toUnsignedString(count) + " regions") + " (expected: 0-" + MemoryTable.MOST_REGIONS
                + " regions)");
        }
        if (size != 8 + count * REGION) {
            throw wrongSize(request, size, 8 + count * REGION + " for " + count + " regions");
        }
        List<MemoryRegion> regions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            regions.add(region(from, at + 8 + i * REGION));
        }
        return new MemoryTable(regions);
    }

    private static MemoryRegion region(ByteBuffer from, int at) {
        return new MemoryRegion(from.getLong(at), from.getLong(at + 8), from.getLong(at + 16), from.getLong(at + 24));
    }

    private static VhostProtocolException wrongSize(VhostRequest request, int size, String expected) {
        return new VhostProtocolException(request + " has a payload of " + size + " bytes (expected: " + expected
            + ')');
    }

    /**
     * Writes the message with its header.
     *
     * @param into a buffer in the byte order of the machine
     * @param at of the first byte
     * @return its length in bytes
     */
    public int encode(ByteBuffer into, int at) {
        int body = at + VhostHeader.BYTES;
        int size = Math.max(0, payload.form().size());
        if (payload instanceof Number64 number) {
            into.putLong(body, number.value());
        } else if (payload instanceof VringDescriptor descriptor) {
            into.putLong(body, descriptor.value());
        } else if (payload instanceof VringState state) {
            into.putInt(body, state.ring()).putInt(body + 4, state.number());
        } else if (payload instanceof VringAddress address) {
            into.putInt(body, address.ring()).putInt(body + 4, address.flags())
                .putLong(body + 8, address.descriptors()).putLong(body + 16, address.used())
                .putLong(body + 24, address.available()).putLong(body + 32, address.log());
        } else if (payload instanceof LogArea log) {
            into.putLong(body, log.size()).putLong(body + 8, log.offset());
        } else if (payload instanceof MemoryRegion region) {
            into.putLong(body, 0);
            encode(region, into, body + 8);
        } else if (payload instanceof MemoryTable table) {
            into.putInt(body, table.regions().size()).putInt(body + 4, 0);
            size = 8;
            for (MemoryRegion region : table.regions()) {
                encode(region, into, body + size);
                size += REGION;
            }
        }
        // Nobody here sends an opaque payload but one that is empty, as a refusal.
        int flags = VhostHeader.VERSION | (isReply ? VhostHeader.REPLY : 0)
            | (isReplyNeeded ? VhostHeader.NEED_REPLY : 0);
        new VhostHeader(request.id(), flags, size).encode(into, at);
        return VhostHeader.BYTES + size;
    }

    private static void encode(MemoryRegion region, ByteBuffer into, int at) {
        into.putLong(at, region.guestAddress()).putLong(at + 8, region.size()).putLong(at + 16, region.userAddress())
            .putLong(at + 24, region.offset());
    }
}

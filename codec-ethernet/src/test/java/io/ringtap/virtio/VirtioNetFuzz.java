/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ringtap.ethernet.FrameDirection;
import io.ringtap.testkit.PacketCheck;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * The fuzz targets. Each passes any octets through handlers, and throws if a handler throws, reads outside of the
 * message, writes into it, leaks, or makes a frame with a wrong checksum. They use no fuzzing library. {@link
 * VirtioNetFuzzTest} runs them in every build, and so does the fuzzer of the {@code fuzz} profile.
 *
 * <p>The first octet of an input selects the header length (bits 0 to 1), and says whether the message comes in parts
 * (bit 2). The message follows, with its header in little-endian order.
 */
final class VirtioNetFuzz {
    private static final VnetHeaderLength[] LENGTHS =
        {VnetHeaderLength.LEGACY, VnetHeaderLength.MERGEABLE, VnetHeaderLength.HASH, VnetHeaderLength.TUNNEL};

    private final UnpooledByteBufAllocator alloc = new UnpooledByteBufAllocator(true, false);
    private final Map<VnetHeaderLength, EmbeddedChannel> finishing = new EnumMap<>(VnetHeaderLength.class);
    private final Map<VnetHeaderLength, EmbeddedChannel> partial = new EnumMap<>(VnetHeaderLength.class);
    private final Map<VnetHeaderLength, EmbeddedChannel> coalescing = new EnumMap<>(VnetHeaderLength.class);

    static VirtioNetHeader header(byte[] input) {
        return VirtioNetHeader.of(LENGTHS[input[0] & 3], ByteOrder.LITTLE_ENDIAN);
    }

    private EmbeddedChannel channel(Map<VnetHeaderLength, EmbeddedChannel> channels, VirtioNetHeader header,
                                    ChannelHandler... handlers) {
        return channels.computeIfAbsent(header.length(), length -> {
            EmbeddedChannel channel = new EmbeddedChannel(handlers);
            channel.config().setAllocator(alloc);
            return channel;
        });
    }

    /** Copies the message to memory of its own, so that an index outside of it is out of bounds. */
    private ByteBuf message(byte[] octets, boolean scattered) {
        ByteBuf message = alloc.directBuffer(octets.length, Math.max(1, octets.length)).writeBytes(octets);
        return scattered && octets.length > 0 ? SuperFrame.scattered(message, new Random(octets.length)) : message;
    }

    private void require(boolean right, String what, byte[] input) {
        if (!right) {
            throw new AssertionError(what + ": " + Arrays.toString(input));
        }
    }

    private static List<ByteBuf> read(EmbeddedChannel channel) {
        GsoSegmenter segmenter = channel.pipeline().get(GsoSegmenter.class);
        while (segmenter != null && segmenter.isBehind()) {
            channel.runPendingTasks();
        }
        channel.checkException();
        List<ByteBuf> out = new ArrayList<>();
        for (ByteBuf message = channel.readInbound(); message != null; message = channel.readInbound()) {
            out.add(message);
        }
        return out;
    }

    private static byte[] octets(ByteBuf message) {
        byte[] octets = new byte[message.readableBytes()];
        message.readBytes(octets);
        message.release();
        return octets;
    }

    /** Any header in front of any frame is finished in software, and the header is removed. */
    void finish(byte[] input) {
        if (input.length == 0) {
            return;
        }
        VirtioNetHeader header = header(input);
        byte[] octets = Arrays.copyOfRange(input, 1, input.length);
        ByteBuf message = message(octets, (input[0] & 4) != 0);
        EmbeddedChannel channel = channel(finishing, header,
            new GsoSegmenter(header, FrameDirection.INBOUND, VirtioNetOffloads.NONE),
            new ChecksumCompletion(header, FrameDirection.INBOUND),
            new VirtioNetHeaderHandler(header, VirtioNetHeader.of(VnetHeaderLength.NONE)));
        channel.writeInbound(message.retainedDuplicate());
        List<ByteBuf> frames = read(channel);
        checkCount(octets, frames.size(), input);
        for (ByteBuf frame : frames) {
            check(header, octets, octets(frame), input);
        }
        checkUntouched(message, octets, input);
    }

    /** The same, but the checksums of segments are left to the receiver. */
    void segmentPartially(byte[] input) {
        if (input.length == 0) {
            return;
        }
        VirtioNetHeader header = header(input);
        byte[] octets = Arrays.copyOfRange(input, 1, input.length);
        ByteBuf message = message(octets, (input[0] & 4) != 0);
        EmbeddedChannel channel = channel(partial, header,
            new GsoSegmenter(header, FrameDirection.INBOUND, VirtioNetOffloads.of(VirtioNetOffload.CSUM)));
        channel.writeInbound(message.retainedDuplicate());
        boolean gso = octets.length >= header.bytes() && octets[1] != 0;
        for (ByteBuf segment : read(channel)) {
            int index = segment.readerIndex();
            require(header.gsoType(segment, index) == VirtioNetHeader.GSO_NONE, "a super-frame passed", input);
            boolean needsCsum = (header.flags(segment, index) & VirtioNetHeader.NEEDS_CSUM) != 0;
            byte[] frame = SuperFrame.frame(header, segment);
            if (gso && needsCsum) {
                require(PacketCheck.of(frame).isPartial(), "no sum of the pseudo-header", input);
            } else if (gso) {
                checkFinished(frame);
            }
        }
        checkUntouched(message, octets, input);
    }

    /**
     * Checks that there are as many segments as Linux would make, or none, and no TCP segments with fewer than 8
     * octets.
     */
    private void checkCount(byte[] octets, int frames, byte[] input) {
        int type = octets.length < 10 ? 0 : octets[1] & 0x7f;
        int size = type == VirtioNetHeader.GSO_NONE ? 0 : u16le(octets, 4);
        boolean tcp = type == VirtioNetHeader.GSO_TCPV4 || type == VirtioNetHeader.GSO_TCPV6;
        require(frames == 0 || type == VirtioNetHeader.GSO_NONE || !tcp || size >= 8, "small segments", input);
        require(type != VirtioNetHeader.GSO_UDP_L4 || frames <= 128, "too many datagrams", input);
        require(frames <= 1 || (frames - 1) * (type == VirtioNetHeader.GSO_UDP ? size & ~7 : size) < octets.length,
            "too many segments", input);
    }

    private void check(VirtioNetHeader header, byte[] octets, byte[] frame, byte[] input) {
        byte[] before = Arrays.copyOfRange(octets, header.bytes(), octets.length);
        if (octets[1] != VirtioNetHeader.GSO_NONE) {
            checkFinished(frame);
        } else if ((octets[0] & VirtioNetHeader.NEEDS_CSUM) == 0) {
            require(Arrays.equals(frame, before), "a finished frame was changed", input);
        } else {
            int start = u16le(octets, 6);
            int field = start + u16le(octets, 8);
            byte[] expected = before.clone();
            expected[field] = frame[field];
            expected[field + 1] = frame[field + 1];
            require(Arrays.equals(frame, expected), "more than the checksum was changed", input);
            if (isCorrectRequest(before, start)) {
                PacketCheck.of(frame).verifyTransport();
            }
        }
    }

    /** Checks that every checksum of a whole packet is correct. Of a fragment, only the IP header can be verified. */
    private static void checkFinished(byte[] frame) {
        PacketCheck packet = PacketCheck.of(frame);
        boolean fragment = packet.protocol == 44 || packet.protocol < 0
            || frame[packet.network] >>> 4 == 4 && (packet.u16(packet.network + 6) & 0x3fff) != 0;
        if (!fragment) {
            packet.verifyTransport();
        }
    }

    /** Whether the request of the sender is valid: the checksum field has the sum of the pseudo-header. */
    private static boolean isCorrectRequest(byte[] frame, int start) {
        try {
            PacketCheck packet = PacketCheck.of(frame);
            boolean udp = packet.protocol == 17;
            return packet.transport == start && (packet.protocol == 6 || udp) && packet.isPartial()
                && (!udp || packet.u16(start + 4) == packet.end - packet.transport);
        } catch (AssertionError | IndexOutOfBoundsException notIp) {
            return false;
        }
    }

    private static int u16le(byte[] octets, int at) {
        return octets[at] & 0xff | (octets[at + 1] & 0xff) << 8;
    }

    private void checkUntouched(ByteBuf message, byte[] octets, byte[] input) {
        require(message.refCnt() == 1, "references left", input);
        require(message.equals(Unpooled.wrappedBuffer(octets)), "the message was written to", input);
        message.release();
        require(alloc.metric().usedDirectMemory() == 0 && alloc.metric().usedHeapMemory() == 0, "leaked", input);
    }

    /** Any header is converted to any other and back. */
    void convert(byte[] input) {
        if (input.length == 0) {
            return;
        }
        VirtioNetHeader from = header(input);
        VirtioNetHeader to = VirtioNetHeader.of(VnetHeaderLength.values()[(input[0] >>> 3 & 31) % 5]);
        byte[] octets = Arrays.copyOfRange(input, 1, input.length);
        ByteBuf message = message(octets, (input[0] & 4) != 0);
        EmbeddedChannel channel = new EmbeddedChannel(new VirtioNetHeaderHandler(from, to));
        channel.config().setAllocator(alloc);
        channel.writeInbound(message.retainedDuplicate());
        for (ByteBuf converted : read(channel)) {
            require(converted.slice(converted.readerIndex() + to.bytes(), converted.readableBytes() - to.bytes())
                .equals(Unpooled.wrappedBuffer(octets, from.bytes(), octets.length - from.bytes())), "frame", input);
            if (to.bytes() > 0) {
                require(to.flags(converted, converted.readerIndex()) == (octets[0] & 0xff), "flags", input);
                require(to.gsoSize(converted, converted.readerIndex()) == u16le(octets, 4), "gso_size", input);
            }
            converted.release();
        }
        channel.finishAndReleaseAll();
        checkUntouched(message, octets, input);
    }

    /** Several frames, each after two octets with its length, are coalesced and segmented again. */
    void coalesce(byte[] input) {
        if (input.length == 0) {
            return;
        }
        VirtioNetHeader header = header(input);
        EmbeddedChannel channel = channel(coalescing, header,
            new GroCoalescer(header, VirtioNetOffloads.ALL, 3, 16),
            new GsoSegmenter(header, FrameDirection.INBOUND, VirtioNetOffloads.NONE));
        List<byte[]> frames = new ArrayList<>();
        for (int at = 1; at + 2 <= input.length;) {
            int length = Math.min(u16le(input, at), input.length - at - 2);
            byte[] frame = Arrays.copyOfRange(input, at + 2, at + 2 + length);
            at += 2 + length;
            if (length >= LinkLayer.ETHERNET.shortest()) {
                frames.add(frame);
                byte[] octets = new byte[header.bytes() + length];
                System.arraycopy(frame, 0, octets, header.bytes(), length);
                channel.writeOneInbound(message(octets, (input[0] & 4) != 0));
            }
        }
        channel.flushInbound();
        List<byte[]> out = new ArrayList<>();
        read(channel).forEach(message -> out.add(SuperFrame.frame(header, message)));
        require(normalized(out).equals(normalized(frames)), "frames lost or changed", input);
        require(alloc.metric().usedDirectMemory() == 0 && alloc.metric().usedHeapMemory() == 0, "leaked", input);
    }

    /** The frames in sorted order, without padding, IPv4 identification and IPv4 checksum. */
    private static List<String> normalized(List<byte[]> frames) {
        return frames.stream().map(frame -> {
            byte[] copy = frame;
            try {
                PacketCheck packet = PacketCheck.of(frame);
                copy = Arrays.copyOf(frame, packet.end);
                if (copy[packet.network] >>> 4 == 4) {
                    Arrays.fill(copy, packet.network + 4, packet.network + 6, (byte) 0);
                    Arrays.fill(copy, packet.network + 10, packet.network + 12, (byte) 0);
                }
            } catch (AssertionError | IndexOutOfBoundsException notIp) {
                return Arrays.toString(copy);
            }
            return Arrays.toString(copy);
        }).sorted().collect(Collectors.toList());
    }
}

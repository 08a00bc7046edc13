/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.wire;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class VhostMessageTest {
    private static final MemoryRegion LOW = new MemoryRegion(0, 0xa0000, 0x7f00_0000_0000L, 0);
    private static final MemoryRegion HIGH = new MemoryRegion(1L << 32, 60L << 30, 0x7f10_0000_0000L, 1L << 32);

    private final ByteBuffer buffer = ByteBuffer.allocate(8192).order(ByteOrder.nativeOrder());

    /** A payload of the form of a request, {@code null} where nobody here sends one. */
    static VhostPayload payloadOf(PayloadForm form) {
        return switch (form) {
            case NONE -> new NoPayload();
            case NUMBER -> new Number64(0x8877_6655_4433_2211L);
            case VRING_STATE -> new VringState(1, 256);
            case VRING_ADDRESS -> new VringAddress(3, VringAddress.LOG, 0x1000, 0x3000, 0x2000, 0x5000);
            case VRING_DESCRIPTOR -> VringDescriptor.of(255, true);
            case MEMORY_TABLE -> new MemoryTable(List.of(LOW, HIGH));
            case MEMORY_REGION -> HIGH;
            case LOG_AREA -> new LogArea(0x10000, 0x4000);
            default -> null;
        };
    }

    private VhostMessage sentAndDecoded(VhostMessage message) throws VhostProtocolException {
        int length = message.encode(buffer, 0);
        VhostHeader header = VhostHeader.decode(buffer, 0);
        assertThat(length).isEqualTo(VhostHeader.BYTES + header.size()).isLessThanOrEqualTo(VhostMessage.MOST_BYTES);
        return message.isReply() ? VhostMessage.decodeReply(message.request(), header, buffer, VhostHeader.BYTES)
            : VhostMessage.decodeRequest(header, buffer, VhostHeader.BYTES);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsEncodedIsDecoded(VhostRequest request) throws Exception {
        VhostPayload payload = payloadOf(request.payload());
        if (payload != null) {
            for (boolean replyNeeded : new boolean[] {false, true}) {
                VhostMessage message = VhostMessage.request(request, payload, replyNeeded);
                assertThat(sentAndDecoded(message)).isEqualTo(message);
            }
        }
        PayloadForm form = request.reply() == null ? PayloadForm.NUMBER : request.reply();
        VhostPayload answer = payloadOf(form);
        if (answer != null) {
            VhostMessage reply = VhostMessage.reply(request, answer);
            assertThat(sentAndDecoded(reply)).isEqualTo(reply);
        }
        assertThat(VhostRequest.ofId(request.id())).isSameAs(request);
    }

    /** Against the layout of the structs in QEMU's {@code hw/virtio/vhost-user.c}, octet by octet. */
    @ParameterizedTest
    @MethodSource
    void octetsAreThoseOfTheProtocol(VhostMessage message, String expected) {
        ByteBuffer little = ByteBuffer.allocate(VhostMessage.MOST_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        byte[] octets = new byte[message.encode(little, 0)];
        little.get(0, octets);
        StringBuilder hex = new StringBuilder();
        for (byte octet : octets) {
            hex.append(String.format("%02x", octet));
        }
        assertThat(hex.toString()).isEqualTo(expected.replace(" ", ""));
    }

    static Stream<Arguments> octetsAreThoseOfTheProtocol() {
        return Stream.of(
            Arguments.of(VhostMessage.request(VhostRequest.GET_FEATURES, new NoPayload(), false),
                "01000000 01000000 00000000"),
            Arguments.of(VhostMessage.reply(VhostRequest.GET_FEATURES, new Number64(1L << 32 | 1 << 30)),
                "01000000 05000000 08000000 0000004001000000"),
            Arguments.of(VhostMessage.request(VhostRequest.SET_VRING_NUM, new VringState(1, 256), true),
                "08000000 09000000 08000000 01000000 00010000"),
            Arguments.of(VhostMessage.request(VhostRequest.SET_VRING_KICK, VringDescriptor.of(2, true), false),
                "0c000000 01000000 08000000 0201000000000000"),
            Arguments.of(VhostMessage.request(VhostRequest.SET_VRING_ADDR, new VringAddress(1, 0, 2, 3, 4, 5), false),
                "09000000 01000000 28000000 01000000 00000000 0200000000000000 0300000000000000 0400000000000000"
                    + "0500000000000000"),
            Arguments.of(VhostMessage.request(VhostRequest.SET_MEM_TABLE,
                new MemoryTable(List.of(new MemoryRegion(1, 2, 3, 4))), false),
                "05000000 01000000 28000000 01000000 00000000 0100000000000000 0200000000000000 0300000000000000"
                    + "0400000000000000"),
            Arguments.of(VhostMessage.request(VhostRequest.ADD_MEM_REG, new MemoryRegion(1, 2, 3, 4), true),
                "25000000 09000000 28000000 0000000000000000 0100000000000000 0200000000000000 0300000000000000"
                    + "0400000000000000"),
            Arguments.of(VhostMessage.request(VhostRequest.SET_LOG_BASE, new LogArea(1, 2), false),
                "06000000 01000000 10000000 0100000000000000 0200000000000000"),
            Arguments.of(VhostMessage.acknowledgement(VhostRequest.NET_SET_MTU, false),
                "14000000 05000000 08000000 0100000000000000"),
            Arguments.of(VhostMessage.reply(VhostRequest.GET_CONFIG, new OpaquePayload(0)),
                "18000000 05000000 00000000"));
    }

    @ParameterizedTest
    @EnumSource
    void aPayloadOfAnotherSizeIsRefused(VhostRequest request) {
        int right = request.payload().size();
        for (int size = 0; right >= 0 && size <= 64; size++) {
            VhostHeader header = new VhostHeader(request.id(), VhostHeader.VERSION, size);
            if (size != right) {
                assertThatThrownBy(() -> VhostMessage.decodeRequest(header, buffer, VhostHeader.BYTES))
                    .isInstanceOf(VhostProtocolException.class)
                    .hasMessage(request + " has a payload of " + size + " bytes (expected: " + right + ")");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0, false", "1, 2, false", "-1, 1, false", "9, 8, false", "8, 8, true", "0, 1, false"})
    void aMemoryTableHasTheRegionsThatItSays(int said, int present, boolean good) throws Exception {
        buffer.putInt(VhostHeader.BYTES, said);
        VhostHeader header = new VhostHeader(VhostRequest.SET_MEM_TABLE.id(), VhostHeader.VERSION, 8 + 32 * present);
        if (good || said == present) {
            assertThat(VhostMessage.decodeRequest(header, buffer, VhostHeader.BYTES).payload())
                .isEqualTo(new MemoryTable(Collections.nCopies(said, new MemoryRegion(0, 0, 0, 0))));
        } else {
            assertThatThrownBy(() -> VhostMessage.decodeRequest(header, buffer, VhostHeader.BYTES))
                .isInstanceOf(VhostProtocolException.class).hasMessageContaining("SET_MEM_TABLE");
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0, version 0", "2, 0, version 2", "3, 0, version 3", "1, -1, 4294967295 bytes follow",
        "1, 4097, 4097 bytes follow"})
    void aHeaderOfAnotherProtocolIsRefused(int flags, int size, String cause) {
        new VhostHeader(VhostRequest.GET_FEATURES.id(), flags, size).encode(buffer, 0);
        assertThatThrownBy(() -> VhostHeader.decode(buffer, 0)).isInstanceOf(VhostProtocolException.class)
            .hasMessageContaining(cause);
    }

    @Test
    void whatIsNoRequestIsRefused() {
        assertThatThrownBy(() -> VhostMessage.decodeRequest(new VhostHeader(0, 1, 0), buffer, 12))
            .hasMessage("there is no request 0");
        assertThatThrownBy(() -> VhostMessage.decodeRequest(new VhostHeader(-1, 1, 0), buffer, 12))
            .hasMessage("there is no request 4294967295");
        assertThatThrownBy(() -> VhostMessage.decodeRequest(new VhostHeader(1, 5, 0), buffer, 12))
            .hasMessage("a reply to GET_FEATURES came, that nobody has asked for");
        assertThatThrownBy(() -> VhostMessage.decodeReply(VhostRequest.GET_FEATURES, new VhostHeader(15, 5, 8),
            buffer, 12)).hasMessage("a reply to GET_PROTOCOL_FEATURES came where a reply to GET_FEATURES was due");
        assertThatThrownBy(() -> VhostMessage.decodeReply(VhostRequest.GET_FEATURES, new VhostHeader(1, 1, 8),
            buffer, 12)).hasMessage("a request GET_FEATURES came where a reply to GET_FEATURES was due");
    }

    @ParameterizedTest
    @CsvSource({"SET_LOG_BASE, 1, 1", "SET_LOG_FD, 1, 1", "ADD_MEM_REG, 1, 1", "REM_MEM_REG, 0, 1",
        "GET_FEATURES, 0, 0", "SET_MEM_TABLE, 2, 2", "SET_VRING_KICK, 0, 0"})
    void descriptorsComeAsTheRequestHasThem(VhostRequest request, int fewest, int most) throws Exception {
        VhostPayload payload = payloadOf(request.payload());
        for (int count = 0; count <= 10; count++) {
            int came = count;
            if (count >= fewest && count <= most) {
                request.requireDescriptors(payload, count);
            } else {
                assertThatThrownBy(() -> request.requireDescriptors(payload, came))
                    .hasMessageStartingWith(request + " came with " + came + " descriptors (expected: " + fewest);
            }
        }
    }

    @Test
    void aRingWithADescriptorNeedsOne() throws Exception {
        VringDescriptor present = VringDescriptor.of(1, false);
        assertThat(present.isMissing()).isFalse();
        assertThat(present.ring()).isEqualTo(1);
        VhostRequest.SET_VRING_CALL.requireDescriptors(present, 1);
        assertThatThrownBy(() -> VhostRequest.SET_VRING_CALL.requireDescriptors(present, 0))
            .hasMessage("SET_VRING_CALL came with 0 descriptors (expected: 1)");
        assertThatThrownBy(() -> VhostRequest.SET_VRING_CALL.requireDescriptors(present, 2))
            .hasMessage("SET_VRING_CALL came with 2 descriptors (expected: 1)");
    }

    @Test
    void anyOctetsAreAMessageOrRefused() {
        VhostMessageFuzz fuzz = new VhostMessageFuzz();
        for (byte[] seed : VhostMessageFuzz.seeds().toList()) {
            assertThat(fuzz.read(seed)).as("seed").isTrue();
        }
        SplittableRandom random = new SplittableRandom(1);
        int good = 0;
        for (int i = 0; i < 20_000; i++) {
            List<byte[]> seeds = VhostMessageFuzz.seeds().toList();
            byte[] octets = seeds.get(random.nextInt(seeds.size())).clone();
            for (int change = random.nextInt(3); change >= 0; change--) {
                octets[random.nextInt(octets.length)] = (byte) random.nextInt();
            }
            good += fuzz.read(octets) ? 1 : 0;
        }
        assertThat(good).isBetween(1000, 19_000);
    }
}

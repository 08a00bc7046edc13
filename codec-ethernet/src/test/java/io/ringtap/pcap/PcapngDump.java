/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Parses a pcapng file strictly by the specification, for tests to compare with. It shares no code with the code under
 * test, and reads little-endian files only.
 */
final class PcapngDump {
    final List<Block> blocks = new ArrayList<>();

    record Block(int type, ByteBuffer body) {
        int u16(int at) {
            return body.getShort(at) & 0xffff;
        }

        int i32(int at) {
            return body.getInt(at);
        }

        long time(int at) {
            return (long) body.getInt(at) << 32 | body.getInt(at + 4) & 0xffffffffL;
        }

        /** Of an enhanced packet block. */
        byte[] data() {
            byte[] data = new byte[i32(12)];
            body.get(20, data);
            return data;
        }

        /** The options of a packet begin after the padded data. */
        Map<Integer, byte[]> packetOptions() {
            return options(20 + (i32(12) + 3) / 4 * 4);
        }

        Map<Integer, byte[]> options(int at) {
            Map<Integer, byte[]> options = new HashMap<>();
            while (u16(at) != 0) {
                byte[] value = new byte[u16(at + 2)];
                body.get(at + 4, value);
                options.put(u16(at), value);
                at += 4 + (value.length + 3) / 4 * 4;
            }
            if (u16(at + 2) != 0 || at + 4 != body.limit()) {
                throw new AssertionError("options do not end where the block does");
            }
            return options;
        }

        String text(int at, int option) {
            return new String(options(at).get(option), StandardCharsets.UTF_8);
        }

        long u64(int at, int option) {
            return ByteBuffer.wrap(options(at).get(option)).order(ByteOrder.LITTLE_ENDIAN).getLong();
        }
    }

    PcapngDump(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            int start = bytes.position();
            int type = bytes.getInt();
            int length = bytes.getInt();
            if (length % 4 != 0 || bytes.getInt(start + length - 4) != length) {
                throw new AssertionError("block at " + start + " of length " + length);
            }
            blocks.add(new Block(type, bytes.slice(start + 8, length - 12).order(ByteOrder.LITTLE_ENDIAN)));
            bytes.position(start + length);
        }
    }

    List<Block> ofType(int type) {
        return blocks.stream().filter(block -> block.type() == type).toList();
    }

    List<Block> packets() {
        return ofType(6);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

import io.netty.buffer.ByteBufUtil;
import io.ringtap.examples.ExampleCommand;
import io.ringtap.pcap.CapturedPacket;
import io.ringtap.pcap.PcapLinkType;
import io.ringtap.pcap.PcapReader;

import java.io.IOException;
import java.nio.file.Path;

/** A capture file that holds the frame to send. */
final class PacketFile {
    private PacketFile() {
    }

    /**
     * The first packet of a file, without its frame check sequence.
     *
     * @throws IOException if the file cannot be read or has no packet, or the packet is no Ethernet frame
     */
    static byte[] first(Path file) throws IOException {
        CapturedPacket packet;
        try (PcapReader reader = PcapReader.open(file)) {
            packet = reader.next();
        } catch (IOException e) {
            String message = ExampleCommand.message(e);
            throw new IOException(message.startsWith(file.toString()) ? message : file + " cannot be read: " + message,
                e);
        }
        if (packet == null) {
            throw new IOException(file + " has no packet");
        }
        try {
            if (packet.linkType() != PcapLinkType.ETHERNET) {
                throw new IOException(file + ": the first packet is no Ethernet frame, but of link type "
                    + packet.linkType());
            }
            return ByteBufUtil.getBytes(packet.data(), packet.data().readerIndex(), packet.frameLength());
        } finally {
            packet.data().release();
        }
    }
}

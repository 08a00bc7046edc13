/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.testkit.PacketBuilder;

import java.util.Random;

/** Frames with a virtio-net header, as a device delivers them or an application writes them. */
final class SuperFrame {
    private SuperFrame() {
    }

    /** A frame to be segmented, whose checksum has to be completed. */
    static ByteBuf of(VirtioNetHeader header, PacketBuilder packet, int gsoType, int gsoSize) {
        ByteBuf message = partial(header, packet);
        header.setGsoType(message, 0, gsoType);
        header.setGsoSize(message, 0, gsoSize);
        header.setHdrLen(message, 0, packet.payloadOffset());
        return message;
    }

    /** A frame whose checksum has to be completed. */
    static ByteBuf partial(VirtioNetHeader header, PacketBuilder packet) {
        ByteBuf message = packet.partial().build(header.bytes());
        header.setFlags(message, 0, VirtioNetHeader.NEEDS_CSUM);
        header.setCsumStart(message, 0, packet.transportOffset());
        header.setCsumOffset(message, 0, packet.checksumOffset());
        if (header.hasNumBuffers()) {
            header.setNumBuffers(message, 0, 1);
        }
        return message;
    }

    /** The same message in parts of random sizes. */
    static ByteBuf scattered(ByteBuf message, Random random) {
        CompositeByteBuf composite = Unpooled.compositeBuffer(Integer.MAX_VALUE);
        while (message.isReadable()) {
            int size = Math.min(message.readableBytes(), 1 + random.nextInt(composite.numComponents() < 20 ? 9 : 900));
            composite.addComponent(true, message.readBytes(size));
        }
        message.release();
        return composite;
    }

    /** Returns the frame after the header, and releases the message. */
    static byte[] frame(VirtioNetHeader header, ByteBuf message) {
        byte[] frame = new byte[message.readableBytes() - header.bytes()];
        message.getBytes(message.readerIndex() + header.bytes(), frame);
        message.release();
        return frame;
    }
}

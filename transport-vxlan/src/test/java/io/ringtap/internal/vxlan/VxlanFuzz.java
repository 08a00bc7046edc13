/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.ringtap.ethernet.EthernetFrame;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetHeaderValidator;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VirtioNetVerdict;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;

/** What holds for any datagram that a tunnel receives, and any frame that it sends. */
final class VxlanFuzz {
    private static final int VNI = 42;
    private static final int CHOICES = 3;
    private static final int[] MTUS = {68, 576, 1450, 9000};

    /**
     * A datagram is dropped, or becomes a frame within it, whose vnet header a validator accepts.
     *
     * @param message the choice of a header, of an MTU and of a traffic class, and a datagram
     */
    void receive(byte[] message) {
        if (message.length < CHOICES) {
            return;
        }
        VnetHeaderLength[] lengths = VnetHeaderLength.values();
        VirtioNetHeader layout = VirtioNetHeader.of(lengths[(message[0] & 0xff) % lengths.length]);
        Decapsulation decapsulation = new Decapsulation(VNI, layout);
        int offset = decapsulation.header().bytes() - VxlanHeader.LENGTH;
        byte[] payload = Arrays.copyOfRange(message, CHOICES, message.length);
        ByteBuf buf = Unpooled.buffer(offset + payload.length).writeZero(offset).writeBytes(payload);
        int mtu = MTUS[(message[1] & 0xff) % MTUS.length];
        if (decapsulation.decapsulate(buf, offset, payload.length, mtu, message[2] & 0xff) != null) {
            return;
        }
        int header = layout.bytes() > 0 || decapsulation.isToBeSegmented() ? decapsulation.header().bytes() : 0;
        assertThat(buf.readableBytes()).isEqualTo(header + payload.length - VxlanHeader.LENGTH);
        if (header > 0) {
            assertThat(new VirtioNetHeaderValidator(decapsulation.header(), VirtioNetOffloads.ALL).validate(buf))
                .isEqualTo(VirtioNetVerdict.VALID);
        }
    }

    /** Nothing is read beyond a frame that is sent, and an answer to it is a whole packet that needs no answer. */
    void send(byte[] frame) {
        if (frame.length < EthernetFrame.HEADER_LENGTH) {
            return;
        }
        byte[] before = frame.clone();
        ByteBuf buf = Unpooled.wrappedBuffer(frame);
        InnerPacket packet = new InnerPacket();
        packet.wrap(buf, 0, frame.length);
        packet.flow();
        assertThat(packet.trafficClass()).isBetween(0, 255);
        assertThat(packet.end()).isBetween(packet.ip(), frame.length);
        if (packet.forbidsFragments() && packet.allowsErrors()) {
            ByteBuf answer = TooBig.answer(ByteBufAllocator.DEFAULT, buf, 0, packet, 1450, 0);
            InnerPacket answered = new InnerPacket();
            answered.wrap(answer, 0, answer.readableBytes());
            assertThat(answered.version()).isEqualTo(packet.version());
            assertThat(answered.end()).isEqualTo(answer.writerIndex());
            assertThat(answered.allowsErrors()).as("an answer is answered").isFalse();
            answer.release();
        }
        assertThat(frame).isEqualTo(before);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ringtap.ethernet.FrameHandler;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.PacketCheck;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetFeature;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

/** A front end in a channel without a device, which is given the description of its port. */
abstract class FrontEndWithoutDevice {
    static final VirtioNetHeader LONG = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
    static final VirtioNetHeader NONE = VirtioNetHeader.of(VnetHeaderLength.NONE);
    static final VirtioNetOffloads TCP =
        VirtioNetOffloads.of(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4, VirtioNetOffload.TSO6);
    static final Set<VirtioNetFeature> TCP_FEATURES = EnumSet.of(VirtioNetFeature.CSUM,
        VirtioNetFeature.HOST_TSO4, VirtioNetFeature.HOST_TSO6, VirtioNetFeature.GUEST_CSUM,
        VirtioNetFeature.GUEST_TSO4, VirtioNetFeature.GUEST_TSO6);
    static final int SEGMENT = 1000;

    final List<FrameFrontEnd.Negotiated> events = new ArrayList<>();
    final Random random = new Random(5);
    LinkLayer link = LinkLayer.ETHERNET;
    EmbeddedChannel channel;

    static VirtioNetBackend backend(VirtioNetHeader header, VirtioNetOffloads takes, VirtioNetOffloads gives) {
        return new VirtioNetBackend(EnumSet.of(header.length()), takes, gives, true);
    }

    FrameFrontEnd open(FrameFrontEnd frontEnd, VirtioNetHeader header, VirtioNetOffloads takes,
                               VirtioNetOffloads gives) {
        frontEnd.over(link, header, backend(header, takes, gives));
        channel = new EmbeddedChannel(frontEnd, new ChannelInboundHandlerAdapter() {
            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                if (event instanceof FrameFrontEnd.Negotiated negotiated) {
                    events.add(negotiated);
                }
            }
        });
        return frontEnd;
    }

    static FrameFrontEnd plain() {
        return new FrameFrontEnd(VnetHeaderLength.NONE, Set.of());
    }

    @AfterEach
    void close() {
        if (channel != null) {
            channel.finishAndReleaseAll();
        }
    }

    /** The handlers that change frames, in order from the device. */
    List<String> handlers() {
        List<String> names = new ArrayList<>();
        for (Map.Entry<String, ChannelHandler> entry : channel.pipeline()) {
            if (entry.getValue() instanceof FrameHandler) {
                names.add(entry.getValue().getClass().getSimpleName());
            }
        }
        return names;
    }

    PacketBuilder packet(int payload) {
        PacketBuilder packet = PacketBuilder.tcp(4).randomPayload(random, payload);
        return link == LinkLayer.RAW_IP ? packet.rawIp() : packet;
    }

    ByteBuf superFrame(VirtioNetHeader header, PacketBuilder packet) {
        ByteBuf message = packet.partial().build(header.bytes());
        header.setFlags(message, 0, VirtioNetHeader.NEEDS_CSUM);
        header.setGsoType(message, 0, VirtioNetHeader.GSO_TCPV4);
        header.setGsoSize(message, 0, SEGMENT);
        header.setHdrLen(message, 0, packet.payloadOffset());
        header.setCsumStart(message, 0, packet.transportOffset());
        header.setCsumOffset(message, 0, packet.checksumOffset());
        if (header.hasNumBuffers()) {
            header.setNumBuffers(message, 0, 1);
        }
        return message;
    }

    void assertWhole(ByteBuf frame, int payload) {
        byte[] octets = ByteBufUtil.getBytes(frame);
        frame.release();
        PacketCheck check = link == LinkLayer.ETHERNET ? PacketCheck.of(octets) : PacketCheck.ofRawIp(octets);
        assertThat(check.verifyTransport().payloadOctets()).hasSize(payload);
    }
}

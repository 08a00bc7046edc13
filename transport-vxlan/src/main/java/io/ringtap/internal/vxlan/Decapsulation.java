/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VnetHeaderLength;

/**
 * Makes the frame that a channel hands on of the payload of one datagram, in place. Pure; on one thread.
 *
 * <p>What the sender has left unfinished is recognized by the packet alone, as nothing tells of it: a checksum of TCP
 * or UDP that is only that of the pseudo-header, and a packet of TCP that is longer than the tunnel takes, which is a
 * super-frame.
 */
public final class Decapsulation {
    private final int vni;
    private final boolean plain;
    private final VirtioNetHeader header;
    private final InnerPacket packet = new InnerPacket();
    private boolean superFrame;
    private long source;

    /**
     * For the frames of one network.
     *
     * @param layout the vnet header of the channel
     */
    public Decapsulation(int vni, VirtioNetHeader layout) {
        this.vni = vni;
        plain = layout.length() == VnetHeaderLength.NONE;
        header = plain ? VirtioNetHeader.of(VnetHeaderLength.LEGACY) : layout;
    }

    /** The vnet header that says what is left undone: that of the channel, or of one without it, the shortest. */
    public VirtioNetHeader header() {
        return header;
    }

    /**
     * Takes a frame out of a datagram. Its buffer then begins with the frame, or, where the channel has one and in
     * front of a super-frame, with a vnet header.
     *
     * @param buf holds the payload of the datagram, and before it so many bytes that a vnet header has room
     * @param at where the payload begins
     * @param length its bytes
     * @param innerMtu the longest packet that the tunnel takes
     * @param trafficClass of the datagram
     * @return why the frame is dropped, or {@code null}
     */
    public DropReason decapsulate(ByteBuf buf, int at, int length, int innerMtu, int trafficClass) {
        superFrame = false;
        DropReason reason = VxlanHeader.check(buf, at, length, vni);
        if (reason != null) {
            return reason;
        }
        int frame = at + VxlanHeader.LENGTH;
        int end = at + length;
        source = MacAddress.bits(buf, frame + MacAddress.LENGTH);
        packet.wrap(buf, frame, end - frame);
        if (TrafficClass.isCongested(trafficClass) && packet.version() != 0) {
            if (!TrafficClass.takesMarks(packet.trafficClass())) {
                return DropReason.CONGESTED;
            }
            packet.markCongestion();
        }
        finish(buf, frame, end, innerMtu);
        return null;
    }

    private void finish(ByteBuf buf, int frame, int end, int innerMtu) {
        int front = frame - header.bytes();
        boolean partial = packet.isPartial();
        if (partial && plain && !isSuperFrame(innerMtu)) {
            packet.completeChecksum();
        } else if (partial || !plain) {
            header.clear(buf, front);
        }
        if (partial && isSuperFrame(innerMtu)) {
            superFrame = true;
            int headers = packet.transport() - packet.ip();
            header.setGsoType(buf, front,
                packet.version() == 4 ? VirtioNetHeader.GSO_TCPV4 : VirtioNetHeader.GSO_TCPV6);
            header.setGsoSize(buf, front, innerMtu - headers);
            header.setHdrLen(buf, front, packet.transport() - frame);
        }
        if (partial && (superFrame || !plain)) {
            header.setFlags(buf, front, VirtioNetHeader.NEEDS_CSUM);
            header.setCsumStart(buf, front, packet.checksumStart());
            header.setCsumOffset(buf, front, packet.checksumOffset());
        }
        buf.setIndex(plain && !superFrame ? frame : front, end);
    }

    private boolean isSuperFrame(int innerMtu) {
        return packet.isTcp() && packet.end() - packet.ip() > innerMtu
            && innerMtu > packet.transport() - packet.ip();
    }

    /** Whether the frame is a super-frame that has to be segmented, as its channel has no vnet header. */
    public boolean isToBeSegmented() {
        return plain && superFrame;
    }

    /** The station that has sent the frame, as {@link MacAddress#bits()} gives it. */
    public long source() {
        return source;
    }
}

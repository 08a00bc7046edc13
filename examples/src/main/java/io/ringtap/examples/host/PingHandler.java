/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.host;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.ringtap.ethernet.EtherType;
import io.ringtap.ethernet.EthernetFrame;
import io.ringtap.ethernet.MacAddress;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Pings other hosts: finds their station by ARP or neighbour discovery, and sends echo requests. Answers that are right
 * to the last octet count; frames that are no answers go on to the next handler.
 */
final class PingHandler extends ChannelInboundHandlerAdapter {
    private final MacAddress mac;
    private final byte[] ipv4;
    private final byte[] ipv6;
    private final Map<InetAddress, MacAddress> neighbours = new HashMap<>();
    private ChannelHandlerContext ctx;
    private InetAddress target;
    private CompletableFuture<MacAddress> found;
    private CompletableFuture<Void> answered;
    private int sequence;

    PingHandler(MacAddress mac, byte[] ipv4, byte[] ipv6) {
        this.mac = mac;
        this.ipv4 = ipv4;
        this.ipv6 = ipv6;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        ctx = context;
    }

    /** Asks for the station of a host, unless it is known. One at a time; on the event loop. */
    CompletableFuture<MacAddress> resolve(InetAddress host) {
        MacAddress known = neighbours.get(host);
        if (known != null) {
            return CompletableFuture.completedFuture(known);
        }
        target = host;
        found = new CompletableFuture<>();
        byte[] address = host.getAddress();
        ByteBuf request = ctx.alloc().directBuffer(PingMessages.MAX_LENGTH);
        if (address.length == ipv4.length) {
            PingMessages.writeArpRequest(request, mac, ipv4, address);
        } else {
            PingMessages.writeSolicitation(request, mac, ipv6, address);
        }
        ctx.writeAndFlush(request, ctx.voidPromise());
        return found;
    }

    /** Sends an echo request; the future is done when its answer has come. One at a time; on the event loop. */
    CompletableFuture<Void> ping(InetAddress host, MacAddress station) {
        target = host;
        answered = new CompletableFuture<>();
        sequence = sequence + 1 & 0xffff;
        byte[] address = host.getAddress();
        ByteBuf request = ctx.alloc().directBuffer(PingMessages.MAX_LENGTH);
        if (address.length == ipv4.length) {
            PingMessages.writeEcho4(request, mac, station, ipv4, address, sequence);
        } else {
            PingMessages.writeEcho6(request, mac, station, ipv6, address, sequence);
        }
        ctx.writeAndFlush(request, ctx.voidPromise());
        return answered;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf frame = (ByteBuf) message;
        // Answers are for this station alone.
        if (EthernetFrame.isValid(frame, frame.readerIndex()) && target != null
            && EthernetFrame.destinationBits(frame, frame.readerIndex()) == mac.bits() && isAnswer(frame)) {
            frame.release();
        } else {
            context.fireChannelRead(frame);
        }
    }

    private boolean isAnswer(ByteBuf frame) {
        byte[] address = target.getAddress();
        switch (EthernetFrame.etherType(frame, frame.readerIndex())) {
            case EtherType.ARP:
                return found(PingMessages.readArpReply(frame, address, ipv4));
            case EtherType.IPV4:
                return answered(Arrays.equals(PingMessages.readEchoReply4(frame, ipv4, sequence), address));
            case EtherType.IPV6:
                MacAddress advertised = PingMessages.readAdvertisement(frame, address);
                return advertised != null ? found(advertised)
                    : answered(Arrays.equals(PingMessages.readEchoReply6(frame, ipv6, sequence), address));
            default:
                return false;
        }
    }

    private boolean found(MacAddress station) {
        if (station == null || found == null) {
            return false;
        }
        neighbours.put(target, station);
        found.complete(station);
        return true;
    }

    private boolean answered(boolean right) {
        if (!right || answered == null) {
            return false;
        }
        answered.complete(null);
        return true;
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench.soak;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FramePorts;
import io.ringtap.examples.bridge.BridgeMain;
import io.ringtap.microbench.Frames;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The bridge that {@link HostileGuestSoak} attacks. The guest is in the same JVM, as the port between them belongs to
 * the embedded netmap, where a guest can put any bytes in front of a frame. It reads the name of the next {@link
 * GuestAttack} from its standard input, and ends when that ends.
 */
final class HostileGuestBridge {
    /** The bridge's end of the switch; the guest's is {@link #GUEST}. */
    static final String PORT = "vale9:bridge,driver=embedded,vnet=12,offloads=all";
    private static final String GUEST = "vale9:guest,driver=embedded";
    /** How often the guest sends, in milliseconds. */
    private static final int TICK = 20;
    /** The length of a payload with which the IP packet is almost as long as possible. */
    private static final int LONGEST = 65480;
    private static final int USUAL = 1400;

    private final Channel guest;
    private final VirtioNetHeader header = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
    private final Random random = new Random(12);
    private final ByteBuf longest = toEveryStation(LONGEST);
    private final ByteBuf usual = toEveryStation(USUAL);
    private GuestAttack attack = GuestAttack.QUIET;
    private ScheduledFuture<?> timer;

    private HostileGuestBridge(Channel guest) {
        this.guest = guest;
    }

    /** Runs the bridge with the arguments of the example bridge. */
    public static void main(String[] arguments) throws Exception {
        HostileGuestBridge bridge = new HostileGuestBridge(open());
        Thread commands = new Thread(bridge::obey, "commands");
        commands.setDaemon(true);
        commands.start();
        BridgeMain.main(arguments);
    }

    private static Channel open() throws InterruptedException {
        Bootstrap bootstrap = FramePorts.load().parse(GUEST, Set.of())
            .bootstrap(new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()))
            .option(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE)
            .handler(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    ReferenceCountUtil.release(message);
                }
            });
        return bootstrap.bind().sync().channel();
    }

    private void obey() {
        try (BufferedReader in =
                 new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                GuestAttack next = GuestAttack.valueOf(line);
                guest.eventLoop().submit(() -> begin(next)).sync();
                System.out.println("guest: " + next);
            }
        } catch (Exception e) {
            System.err.println("guest: the attack cannot be made: " + e);
            System.exit(1);
        }
        System.exit(0);
    }

    private void begin(GuestAttack next) {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
        attack = next;
        if (next.framesPerSecond() > 0) {
            timer = guest.eventLoop().scheduleAtFixedRate(this::send, 0, TICK, TimeUnit.MILLISECONDS);
        }
    }

    private void send() {
        for (int i = 0; i < attack.framesPerSecond() * TICK / 1000; i++) {
            ByteBuf message = attack.isOfAllLengths() && random.nextBoolean() ? usual : longest;
            attack.write(header, message, random);
            // The frame goes into the ring at once, so that the next header can overwrite this one.
            guest.writeAndFlush(message.retainedDuplicate(), guest.voidPromise());
        }
    }

    private ByteBuf toEveryStation(int payload) {
        ByteBuf message = Frames.tcpSuperFrame(header, 1, payload);
        message.setLong(header.bytes(), -1L << 16 | message.getUnsignedShort(header.bytes() + 6));
        return message;
    }
}

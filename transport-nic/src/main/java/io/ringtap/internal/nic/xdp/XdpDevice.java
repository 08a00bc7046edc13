/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.nic.link.NicDevice;
import io.ringtap.internal.nic.link.NicLink;
import io.ringtap.internal.nic.link.PacketOptions;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.function.Function;

/**
 * A bound AF_XDP socket. A packet socket that receives nothing stands beside it: it makes the interface promiscuous,
 * and tells when the interface is gone.
 */
public final class XdpDevice extends NicDevice {
    static final int ETHERNET_HEADER = 14;
    /** An Ethernet header, two VLAN tags and the longest IP packet. */
    static final int LONGEST_FRAME = 65535 + 22;

    private final XdpSocket socket;
    private final XdpReceiver receiver;
    private final XdpSender sender;
    private final XdpProgram program;
    private final int queue;
    private final int watcherFd;
    private final PacketOptions watcher;
    private final int chunkSize;
    private final int longest;

    XdpDevice(XdpSocket socket, XdpProgram program, int queue, int watcherFd, PacketOptions watcher, NicLink link,
              Function<String, ? extends SocketAddress> addresses) {
        super(link, addresses);
        this.socket = socket;
        this.program = program;
        this.queue = queue;
        this.watcherFd = watcherFd;
        this.watcher = watcher;
        receiver = new XdpReceiver(socket);
        sender = new XdpSender(socket);
        UmemKind kind = socket.pool().umem().kind();
        chunkSize = kind.chunkSize();
        longest = kind.inParts() ? LONGEST_FRAME : chunkSize;
    }

    /** Whether the program runs in the network stack, and not in the driver. */
    public boolean isGeneric() {
        return program.isGeneric();
    }

    /** The socket. */
    public XdpSocket socket() {
        return socket;
    }

    @Override
    public int descriptor() {
        return socket.descriptor();
    }

    @Override
    public int vnetHeaderLength() {
        return 0;
    }

    @Override
    protected void servedBy(EventLoop loop) {
        socket.pool().servedBy(loop);
    }

    @Override
    public void read(FrameSink sink) throws IOException {
        receiver.read(sink);
    }

    @Override
    public int write(ByteBuf frame) throws IOException {
        int length = frame.readableBytes();
        if (!isUp()) {
            throw refusal(DropReason.DOWN);
        }
        if (length < ETHERNET_HEADER) {
            throw refusal(DropReason.REFUSED);
        }
        if (length > longest) {
            throw refusal(DropReason.TOO_LONG);
        }
        int parts = (length + chunkSize - 1) / chunkSize;
        if (!sender.hasRoom(parts)) {
            return FULL;
        }
        sender.write(frame, parts);
        return WRITTEN;
    }

    @Override
    public int writeHandles(FrameBatch frames, int max) throws IOException {
        return isUp() ? sender.write(frames, max) : 0;
    }

    @Override
    public void endOfFlush() throws IOException {
        sender.flush();
    }

    @Override
    protected String whyRefused(DropReason reason) {
        return reason == DropReason.TOO_LONG ? " refused a frame: the longest has " + longest + " bytes"
            : " refused a frame: it is no Ethernet frame";
    }

    @Override
    public IOException failure() {
        return gone();
    }

    @Override
    public DeviceDrops drops() {
        try {
            return new DeviceDrops(socket.drops(), -1);
        } catch (IOException notKnown) {
            return DeviceDrops.UNKNOWN;
        }
    }

    @Override
    public void close() {
        unwatch();
        program.close(queue);
        socket.close();
        super.close();
        watcher.close();
        SystemCalls.close(watcherFd);
    }
}

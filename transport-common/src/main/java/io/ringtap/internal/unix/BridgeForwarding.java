/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The forwarding database of a vxlan device of Linux by rtnetlink(7), in the network namespace of the thread that opens
 * this: RTM_GETNEIGH of AF_BRIDGE, struct ndmsg of {@code linux/neighbour.h}. It hears of changes: wait on {@link
 * #descriptor()}, then {@link #takeNews}. Safe for any thread.
 */
public final class BridgeForwarding implements Closeable {
    private static final int RTM_NEWNEIGH = 28;
    private static final int RTM_GETNEIGH = 30;
    private static final int RTMGRP_NEIGH = 4;
    private static final int AF_BRIDGE = 7;
    /** struct ndmsg. */
    private static final int NDMSG = 12;
    private static final int NDM_IFINDEX = 4;
    private static final int NDA_DST = 1;
    private static final int NDA_LLADDR = 2;
    private static final int MAC = 6;
    private static final int MOST_AT_ONCE = 256;
    private static final int TRIES = 8;

    private final String device;
    private final RouteSocket requests;
    private final RouteSocket news;
    private int sequence;

    /** Takes the entries that name an end. */
    @FunctionalInterface
    public interface Entries {
        /**
         * One entry.
         *
         * @param mac the address of a station, the first octet in bits 40 to 47; 0 for frames to all
         * @param end the tunnel end point
         */
        void entry(long mac, InetAddress end);
    }

    private BridgeForwarding(String device, RouteSocket requests, RouteSocket news) {
        this.device = device;
        this.requests = requests;
        this.news = news;
    }

    /**
     * Opens sockets for a device, which may be made anew later.
     *
     * @throws IOException if there is no device of that name
     */
    public static BridgeForwarding open(String device) throws IOException {
        index(device);
        RouteSocket requests = new RouteSocket(0, 0);
        try {
            return new BridgeForwarding(device, requests, new RouteSocket(RouteSocket.SOCK_NONBLOCK, RTMGRP_NEIGH));
        } catch (Throwable e) {
            requests.close();
            throw e;
        }
    }

    private static int index(String device) throws IOException {
        try (RouteNetlink netlink = RouteNetlink.open()) {
            return netlink.link(device).index();
        }
    }

    /** The name of the device. */
    public String device() {
        return device;
    }

    /** The socket that hears of changes, to wait on. */
    public int descriptor() {
        return news.descriptor();
    }

    /**
     * Throws away what was heard; returns whether any of it was of entries of a vxlan device. The neighbours of the
     * host itself (ARP), and the stations of its bridges, come by the same socket.
     */
    public synchronized boolean takeNews() {
        boolean any = false;
        for (int messages = 0; !news.isClosed() && messages < MOST_AT_ONCE; messages++) {
            long received = SystemCalls.recv(news.descriptor(), news.memory(), 0);
            if (Errno.EAGAIN.is(received)) {
                break;
            }
            // ENOBUFS: there was more than the socket holds.
            any |= received < 0 || hasEntries(news.memory().buffer(), (int) received);
        }
        return any;
    }

    /** The index is not compared: a device that is made anew has another one. */
    private static boolean hasEntries(ByteBuffer message, int received) {
        for (int at = 0; at + RouteMessage.NLMSG_HEADER + NDMSG <= received
            && message.getInt(at) >= RouteMessage.NLMSG_HEADER; at += RouteMessage.align(message.getInt(at))) {
            int body = at + RouteMessage.NLMSG_HEADER;
            int end = Math.min(received, at + message.getInt(at));
            if (message.get(body) == AF_BRIDGE && RouteMessage.find(message, body + NDMSG, end, NDA_DST) >= 0) {
                return true;
            }
        }
        return false;
    }

    /** Lists the entries as they are now. */
    public synchronized void list(Entries entries) throws IOException {
        requests.ensureOpen();
        int index = requestIndex();
        for (int attempt = 1; ; attempt++) {
            List<Long> macs = new ArrayList<>();
            List<InetAddress> ends = new ArrayList<>();
            if (dump(index, macs, ends)) {
                for (int i = 0; i < macs.size(); i++) {
                    entries.entry(macs.get(i), ends.get(i));
                }
                return;
            }
            if (attempt == TRIES) {
                throw new IOException("the FDB of " + device + " changes faster than it can be asked for");
            }
        }
    }

    /** By the socket, as the calling thread may be in another network namespace. */
    private int requestIndex() throws IOException {
        ByteBuffer message = begin(RouteMessage.RTM_GETLINK, 0);
        message.putLong(0).putLong(0);
        byte[] name = new byte[device.length() + 1];
        for (int i = 0; i < device.length(); i++) {
            name[i] = (byte) device.charAt(i);
        }
        RouteMessage.attribute(message, RouteMessage.IFLA_IFNAME, name);
        String call = "RTM_GETLINK of interface " + device;
        requests.send(call);
        requests.receive(call);
        ByteBuffer answer = requests.memory().buffer();
        if (answer.getShort(RouteMessage.TYPE) == RouteMessage.NLMSG_ERROR) {
            SystemCalls.check(call, answer.getInt(RouteMessage.NLMSG_HEADER));
        }
        return answer.getInt(RouteMessage.NLMSG_HEADER + 4);
    }

    private ByteBuffer begin(int type, int flags) {
        ByteBuffer message = requests.memory().buffer();
        message.clear();
        return message.putInt(0).putShort((short) type).putShort((short) (flags | RouteMessage.NLM_F_REQUEST))
            .putInt(++sequence).putInt(0);
    }

    /** Returns whether the list is consistent. */
    private boolean dump(int index, List<Long> macs, List<InetAddress> ends) throws IOException {
        String call = "RTM_GETNEIGH of interface " + device;
        begin(RTM_GETNEIGH, RouteMessage.NLM_F_DUMP).putInt(AF_BRIDGE).putInt(index).putInt(0);
        requests.send(call);
        boolean consistent = true;
        while (true) {
            int received = requests.receive(call);
            ByteBuffer message = requests.memory().buffer();
            for (int at = 0; at + RouteMessage.NLMSG_HEADER <= received
                && message.getInt(at) >= RouteMessage.NLMSG_HEADER; at += RouteMessage.align(message.getInt(at))) {
                if (message.getInt(at + RouteMessage.SEQUENCE) != sequence) {
                    continue;
                }
                consistent &= (message.getShort(at + RouteMessage.FLAGS) & RouteMessage.NLM_F_DUMP_INTR) == 0;
                switch (message.getShort(at + RouteMessage.TYPE)) {
                    case RouteMessage.NLMSG_DONE -> {
                        return consistent;
                    }
                    case RouteMessage.NLMSG_ERROR ->
                        SystemCalls.check(call, message.getInt(at + RouteMessage.NLMSG_HEADER));
                    case RTM_NEWNEIGH -> add(message, at, index, macs, ends);
                    default -> { }
                }
            }
        }
    }

    private static void add(ByteBuffer message, int at, int index, List<Long> macs, List<InetAddress> ends)
        throws IOException {
        int body = at + RouteMessage.NLMSG_HEADER;
        int end = at + message.getInt(at);
        if (message.getInt(body + NDM_IFINDEX) != index) {
            return;
        }
        int mac = RouteMessage.find(message, body + NDMSG, end, NDA_LLADDR);
        int destination = RouteMessage.find(message, body + NDMSG, end, NDA_DST);
        if (mac < 0 || destination < 0) {
            return;
        }
        byte[] octets = new byte[(message.getShort(destination - 4) & 0xffff) - 4];
        for (int i = 0; i < octets.length; i++) {
            octets[i] = message.get(destination + i);
        }
        long bits = 0;
        for (int i = 0; i < MAC; i++) {
            bits = bits << 8 | message.get(mac + i) & 0xff;
        }
        if (octets.length == 4 || octets.length == 16) {
            macs.add(bits);
            ends.add(InetAddress.getByAddress(octets));
        }
    }

    @Override
    public synchronized void close() {
        requests.close();
        news.close();
    }
}

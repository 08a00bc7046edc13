/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.vpn;

import io.netty.channel.DefaultChannelId;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramChannel;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.examples.DemoHost;
import io.ringtap.examples.DemoTraffic;
import io.ringtap.examples.ShortNumber;
import io.ringtap.examples.StopSignal;
import io.ringtap.loop.FrameLoop;
import io.ringtap.tap.Tap;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Set;

/**
 * Two hosts, each a network namespace, with a virtual Ethernet cable between them and a tunnel through it: they ping
 * each other through the tunnel, and one sends the other data whose digest is compared. Both ends' devices and sockets
 * are on one event loop. Everything it makes ends with this process.
 */
final class VpnDemo {
    private static final int PINGS = 5;
    private static final int PORT = 4789;

    private final EventLoop loop;
    private final FrameLoop kind;
    private final PrintStream out;
    private final StopSignal stop;

    /** A host, its address on the cable, and those of its end of the tunnel. */
    private record Side(DemoHost host, String wire, String outer, String ipv4, String ipv6) {
        InetSocketAddress socket() {
            return new InetSocketAddress(outer, PORT);
        }

        void configureWire() throws IOException, InterruptedException {
            host.ip("link set dev lo up");
            host.ip("address add " + outer + "/24 dev " + wire);
            host.ip("link set dev " + wire + " up");
        }

        void configureTunnel() throws IOException, InterruptedException {
            host.ip("address add " + ipv4 + "/24 dev vpn0");
            host.ip("address add " + ipv6 + "/64 dev vpn0 nodad");
        }
    }

    VpnDemo(EventLoop loop, FrameLoop kind, PrintStream out, StopSignal stop) {
        this.loop = loop;
        this.kind = kind;
        this.out = out;
        this.stop = stop;
    }

    /** Runs the demo; returns the exit code of the process. */
    int run() throws Exception {
        Throwable missing = Tap.unavailabilityCause();
        if (missing != null) {
            throw new IOException("the demo needs TUN devices: " + missing.getMessage()
                + "; './run-example.sh doctor tun' tells more");
        }
        // Netty names channels after this machine, which a host without interfaces is a poor place to look at.
        DefaultChannelId.newInstance();
        // Addresses that are set aside for documentation: RFC 5737 and RFC 3849.
        try (DemoHost left = new DemoHost("left"); DemoHost right = new DemoHost("right")) {
            Side leftSide = new Side(left, "wire-left", "198.51.100.1", "192.0.2.1", "2001:db8::1");
            Side rightSide = new Side(right, "wire-right", "198.51.100.2", "192.0.2.2", "2001:db8::2");
            left.ip("link add wire-left type veth peer name wire-right netns " + right.namespace());
            leftSide.configureWire();
            rightSide.configureWire();
            try (VpnEnd leftEnd = open(leftSide, rightSide); VpnEnd rightEnd = open(rightSide, leftSide)) {
                leftSide.configureTunnel();
                rightSide.configureTunnel();
                return talk(leftSide, leftEnd, rightSide, rightEnd);
            }
        } catch (IOException e) {
            if (!stop.requested().isDone()) {
                throw e;
            }
            return interrupted();
        }
    }

    /** It has neither passed nor failed, and whoever asked for its verdict must not take the end for one. */
    private int interrupted() {
        out.println("demo interrupted");
        return 1;
    }

    private VpnEnd open(Side here, Side there) throws IOException, InterruptedException {
        FramePort port = FramePorts.load().parse("tun:vpn0,up=on,netns=" + here.host().namespace(), Set.of());
        // A socket belongs to the namespace of the thread that opens it, whichever loop serves it then.
        DatagramChannel socket =
            here.host().call(() -> TunnelSockets.open(kind, InetAddress.getByName(here.outer())));
        VpnEnd end = new VpnEnd(there.socket(), out::println);
        end.open(loop, port, () -> socket, here.socket());
        return end;
    }

    private int talk(Side left, VpnEnd leftEnd, Side right, VpnEnd rightEnd) throws Exception {
        out.println("hosts left (" + left.ipv4() + ", " + left.ipv6() + ") and right (" + right.ipv4() + ", "
            + right.ipv6() + ") are joined by a tunnel from " + left.outer() + " to " + right.outer()
            + ", both ends on one " + kind + " loop");
        int pings = ping(left, right.ipv4()) + ping(right, left.ipv4())
            + ping(left, right.ipv6()) + ping(right, left.ipv6());
        if (stop.requested().isDone()) {
            return interrupted();
        }
        boolean pinged = pings == 4 * PINGS;
        long packetsBefore = packets(leftEnd, rightEnd);
        DemoTraffic.Transfer transfer = DemoTraffic.transfer(left.host(), right.host(), right.ipv4(), stop);
        long packets = packets(leftEnd, rightEnd) - packetsBefore;
        out.println("left  " + leftEnd.counters());
        out.println("right " + rightEnd.counters());
        if (stop.requested().isDone()) {
            return interrupted();
        }
        boolean passed = pinged && transfer.equal();
        double seconds = transfer.seconds();
        out.println(String.format(Locale.ROOT, "demo %s: %d of %d pings answered; %d MiB sent with %s digests in %.1f"
            + " s: %sbit/s through the tunnel, in %s packets/s of up to 64 KiB", passed ? "passed" : "FAILED", pings,
            4 * PINGS, transfer.bytes() >> 20, transfer.equal() ? "equal" : "DIFFERENT", seconds,
            ShortNumber.of(transfer.bytes() * 8 / seconds), ShortNumber.of(packets / seconds)));
        return passed ? 0 : 1;
    }

    private static long packets(VpnEnd left, VpnEnd right) {
        return left.tun().stats().rxFrames() + right.tun().stats().rxFrames();
    }

    private int ping(Side from, String to) throws IOException, InterruptedException {
        int answered = DemoTraffic.ping(from.host(), to, PINGS, stop);
        out.println(from.host().name() + " pings " + to + ": " + answered + " of " + PINGS + " answered");
        return answered;
    }
}

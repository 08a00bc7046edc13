/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.vpn;

import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortSyntaxException;
import io.ringtap.examples.ExampleCommand;
import io.ringtap.examples.LoopOption;
import io.ringtap.examples.PortCommand;
import io.ringtap.examples.StopSignal;
import io.ringtap.loop.FrameLoop;
import io.ringtap.tap.TunAddress;
import io.ringtap.virtio.LinkLayer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The command line of the tunnel. */
@Command(name = "vpn", mixinStandardHelpOptions = true, versionProvider = ExampleCommand.Version.class,
    sortOptions = false, description = {"Carries the IP packets of a TUN device in UDP datagrams to a peer.", "",
        "THERE IS NO CRYPTOGRAPHY: packets travel in the clear, and whoever can send datagrams with the peer's address"
            + " can send packets into this host. Use it on networks you trust.", "",
        "A PORT is tun:NAME[,key=value]..., such as tun:vpn0,up=on. Its MTU is " + VpnEnd.DEFAULT_MTU
            + " unless mtu= says otherwise, and with --loop epoll it has a vnet header, so that the host hands over and"
            + " takes packets in super-frames, unless vnet=0 is given. Give the device its address with 'ip address"
            + " add'. The tunnel runs until it is stopped."})
public final class VpnMain implements PortCommand {
    @Parameters(paramLabel = "PORT", arity = "0..1", description = "The TUN device.")
    private String port;

    @Option(names = "--listen", paramLabel = "ADDRESS:PORT", description = "Where this end receives datagrams.")
    private String listen;

    @Option(names = "--peer", paramLabel = "ADDRESS:PORT", description = "Where the other end listens. Datagrams from"
        + " any other address or port are dropped and counted.")
    private String peer;

    @Mixin
    private LoopOption loop;

    @Option(names = "--stats", paramLabel = "SECONDS", defaultValue = "10",
        description = "How often to show the counters, 0 for never. Default: ${DEFAULT-VALUE}.")
    private int stats;

    @Option(names = "--demo", description = "Makes two hosts, each in a network namespace of its own, joins them by a"
        + " tunnel, pings and sends data through it, and ends.")
    private boolean demo;

    @Spec
    private CommandSpec spec;

    /** Made by {@link #main} and by tests. */
    public VpnMain() {
    }

    /** Runs the tunnel; exits with 0 when stopped, 1 on a failure, 2 on wrong arguments. */
    public static void main(String[] arguments) {
        System.exit(ExampleCommand.run(new VpnMain(), arguments));
    }

    @Override
    public Optional<LinkLayer> linkLayer() {
        return Optional.of(LinkLayer.RAW_IP);
    }

    @Override
    public Integer call() throws Exception {
        FrameLoop kind = loop.kind();
        require(TunnelSockets.areOn(kind), "--loop " + kind + " carries no sockets, and a tunnel needs one on the loop"
            + " of its device: choose another");
        require(stats >= 0, "--stats " + stats + ": a number of seconds, or 0 for never");
        if (demo) {
            require(port == null && listen == null && peer == null, "--demo makes its own ends: give none");
        } else {
            require(port != null, "a PORT is missing, such as tun:vpn0");
            require(listen != null, "--listen is missing, where datagrams of the peer arrive");
            require(peer != null, "--peer is missing, where datagrams are sent");
        }
        FramePort tun = demo ? null : parsePort();
        InetSocketAddress here = demo ? null : address("--listen", listen, 0);
        InetSocketAddress there = demo ? null : address("--peer", peer, 1);
        require(demo || here.getAddress().getClass() == there.getAddress().getClass(),
            "--listen and --peer are of two address families: " + listen + ", " + peer);
        require(demo || !here.equals(there), "--listen and --peer are the same address, " + listen
            + ": the peer is another program");
        try (StopSignal stop = new StopSignal()) {
            EventLoopGroup group = loop.newGroup(1);
            try {
                return demo ? new VpnDemo(group.next(), kind, System.out, stop).run()
                    : tunnel(group, kind, tun, here, there, stop);
            } finally {
                group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
            }
        }
    }

    private int tunnel(EventLoopGroup group, FrameLoop kind, FramePort tun, InetSocketAddress here,
                       InetSocketAddress there, StopSignal stop) throws Exception {
        try (VpnEnd end = new VpnEnd(there, System.out::println)) {
            end.open(group.next(), tun, () -> TunnelSockets.open(kind, here.getAddress()), here);
            System.out.println(end.tun().localAddress() + " is tunnelled to " + peer + ", not encrypted");
            CompletableFuture<Object> over = CompletableFuture.anyOf(stop.requested(), end.closed());
            while (!isDone(over)) {
                System.out.println(end.counters());
            }
            System.out.println(end.counters());
        }
        if (!stop.requested().isDone()) {
            throw new IOException("the tunnel is gone");
        }
        return CommandLine.ExitCode.OK;
    }

    /** Waits until the next report is due, or until the end. */
    private boolean isDone(CompletableFuture<Object> over) throws InterruptedException, ExecutionException {
        try {
            over.get(stats == 0 ? Long.MAX_VALUE : stats, TimeUnit.SECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }

    private FramePort parsePort() {
        FramePort parsed;
        try {
            parsed = FramePorts.load().parse(port, Set.of());
        } catch (PortSyntaxException e) {
            throw new CommandLine.ParameterException(spec.commandLine(), e.getMessage());
        }
        require(parsed.address() instanceof TunAddress, port + " is no TUN device: a tunnel carries packets, from"
            + " tun:NAME");
        return parsed;
    }

    private InetSocketAddress address(String option, String text, int leastPort) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        require(!host.isEmpty() && text.substring(colon + 1).matches("\\d{1,5}"),
            option + " " + text + ": expected ADDRESS:PORT, such as 192.0.2.1:4789 or [2001:db8::1]:4789");
        int number = Integer.parseInt(text.substring(colon + 1));
        require(number >= leastPort && number <= 65535, option + " " + text + ": the port is " + leastPort
            + " to 65535");
        try {
            return new InetSocketAddress(InetAddress.getByName(host), number);
        } catch (UnknownHostException e) {
            throw new CommandLine.ParameterException(spec.commandLine(),
                option + " " + text + ": no address is known for " + host);
        }
    }

    private void require(boolean condition, String problem) {
        if (!condition) {
            throw new CommandLine.ParameterException(spec.commandLine(), problem);
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortSyntaxException;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.examples.EthernetPort;
import io.ringtap.examples.ExampleCommand;
import io.ringtap.examples.LoopOption;
import io.ringtap.examples.PortCommand;
import io.ringtap.examples.StopSignal;
import io.ringtap.virtio.VnetHeaderLength;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The command line of pktgen. */
@Command(name = "pktgen", mixinStandardHelpOptions = true, versionProvider = ExampleCommand.Version.class,
    sortOptions = false, description = {"Sends, counts or returns frames at a port, as netmap's pkt-gen does.", "",
        "For example: pktgen -i vale0:a -f tx -i vale0:b -f rx -n 1000000", "",
        "The n-th -f is for the n-th -i. The embedded netmap is one process's own, so that the two ends of a VALE"
            + " switch have to be named in one command; with netmap in the kernel, or a tap, one is enough.", "",
        "A line for each port tells the rate; totals come at the end, which is when all that send have sent COUNT, or"
            + " where none sends all have seen COUNT, or at SIGINT."})
public final class PktgenMain implements PortCommand {
    private static final int MIN_LENGTH = 60;
    private static final int MAX_LENGTH = 65535;
    private static final int MAX_FRAGMENTS = 63;
    private static final int CARD_SECONDS = 2;
    /** What only frames that are made here have. */
    private static final List<String> OPTIONS_OF_FRAMES = List.of("-l", "-s", "-d", "-S", "-D", "-z", "-Z");

    @Option(names = "-i", paramLabel = "PORT", required = true,
        description = "BACKEND:NAME[,key=value]..., such as vale0:a or tap:t0,up=on. May be given again.")
    private List<String> ports = new ArrayList<>();

    @Option(names = "-f", paramLabel = "FUNCTION", completionCandidates = PktgenFunction.Names.class,
        description = "tx, rx, ping or pong, one for each -i. A single -i without it is rx.")
    private List<String> functions = new ArrayList<>();

    @Option(names = "-n", paramLabel = "COUNT", defaultValue = "0",
        description = "How many frames, 0 for no end. Default: ${DEFAULT-VALUE}.")
    private long count;

    @Option(names = "-l", paramLabel = "LENGTH", defaultValue = "60", description = "Bytes of a frame, without the"
        + " frame check sequence: 60 to 65535. Default: ${DEFAULT-VALUE}.")
    private int length;

    @Option(names = "-b", paramLabel = "BURST", defaultValue = "512",
        description = "Frames that are flushed together. Default: ${DEFAULT-VALUE}.")
    private int burst;

    @Option(names = "-R", paramLabel = "RATE", defaultValue = "0",
        description = "Frames a second, 0 for as many as go. Default: ${DEFAULT-VALUE}.")
    private long rate;

    @Option(names = "-T", paramLabel = "MS", defaultValue = "1000",
        description = "Milliseconds between two rate lines, 0 for none. Default: ${DEFAULT-VALUE}.")
    private int interval;

    @Option(names = "-s", paramLabel = "IPV4[:PORT[-IPV4[:PORT]]]", defaultValue = "10.0.0.1:1234",
        description = "Who frames come from, or a range: each frame has the next port, behind the last port the next"
            + " address, and behind the last address the next of -d. Default: ${DEFAULT-VALUE}.")
    private String source;

    @Option(names = "-d", paramLabel = "IPV4[:PORT[-IPV4[:PORT]]]", defaultValue = "10.1.0.1:1234",
        description = "Who they are for, or a range. Default: ${DEFAULT-VALUE}.")
    private String destination;

    @Option(names = "-z", description = "Frames come from a random address and port each.")
    private boolean randomSource;

    @Option(names = "-Z", description = "Frames are for a random address and port each.")
    private boolean randomDestination;

    @Option(names = "-S", paramLabel = "MAC", description = "The station they come from. Default: a random one.")
    private String sourceMac;

    @Option(names = "-D", paramLabel = "MAC", defaultValue = "ff:ff:ff:ff:ff:ff",
        description = "The station they are for. Default: ${DEFAULT-VALUE}.")
    private String destinationMac;

    @Option(names = "-P", paramLabel = "FILE", description = "With tx: sends the first packet of a pcap or pcapng"
        + " file as it is, instead of a frame that is made here.")
    private Path packetFile;

    @Option(names = "-F", paramLabel = "FRAGMENTS", defaultValue = "1", description = "With tx: hands a frame over in"
        + " so many buffers, 1 to " + MAX_FRAGMENTS + ": a tap writes them with one system call, a netmap port copies"
        + " them into the slots of one frame. Default: ${DEFAULT-VALUE}.")
    private int fragments;

    @Option(names = "-H", paramLabel = "LENGTH", defaultValue = "0", description = "Opens the ports with a virtio-net"
        + " header of so many bytes, 0, 10, 12, 20 or 24, where vnet= does not say otherwise, and sends one of zeros"
        + " in front of each frame. Default: ${DEFAULT-VALUE}.")
    private int header;

    @Option(names = "-w", paramLabel = "SECONDS", description = "How long to wait for the link before the first frame."
        + " Default: " + CARD_SECONDS + " where a port is a network card, netmap:NAME; 0 elsewhere.")
    private Integer wait;

    @Option(names = "-p", paramLabel = "THREADS", defaultValue = "0",
        description = "Event loops. Default: one for each port.")
    private int threads;

    @Option(names = "-a", paramLabel = "CPU", description = "Runs the first event loop on this processor, counted from"
        + " 0, and the others on those that follow. Needs Linux and taskset.")
    private Integer processor;

    @Mixin
    private LoopOption loop;

    @Spec
    private CommandSpec spec;

    /** Made by {@link #main} and by tests. */
    public PktgenMain() {
    }

    /** Runs pktgen; exits with 0 at the end or when stopped, 1 on a failure, 2 on wrong arguments. */
    public static void main(String[] arguments) {
        System.exit(ExampleCommand.run(new PktgenMain(), arguments));
    }

    @Override
    public Integer call() throws Exception {
        List<PktgenPort> parsed = parsePorts(options());
        PinnedThreads pinned = processor == null ? null
            : new PinnedThreads(processor, Runtime.getRuntime().availableProcessors());
        try (StopSignal stop = new StopSignal()) {
            EventLoopGroup group = loop.newGroup(threads == 0 ? parsed.size() : threads, pinned);
            try {
                new PktgenRun(parsed, System.out, interval, waitSeconds()).run(group, () -> requirePinned(pinned),
                    stop);
            } finally {
                group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
            }
        }
        return 0;
    }

    private static void requirePinned(PinnedThreads pinned) throws IOException {
        if (pinned != null) {
            pinned.requirePinned();
        }
    }

    private int waitSeconds() {
        return wait != null ? wait : ports.stream().anyMatch(port -> port.startsWith("netmap:")) ? CARD_SECONDS : 0;
    }

    private PktgenOptions options() throws IOException {
        require(count >= 0, "-n " + count + ": 0 or more");
        require(length >= MIN_LENGTH && length <= MAX_LENGTH,
            "-l " + length + ": " + MIN_LENGTH + " to " + MAX_LENGTH);
        require(burst >= 1 && burst <= 65536, "-b " + burst + ": 1 to 65536");
        require(rate >= 0, "-R " + rate + ": 0 or more");
        require(interval >= 0, "-T " + interval + ": 0 or more");
        require(threads >= 0 && threads <= 1024, "-p " + threads + ": 0 to 1024");
        require(fragments >= 1 && fragments <= MAX_FRAGMENTS, "-F " + fragments + ": 1 to " + MAX_FRAGMENTS);
        require(wait == null || wait >= 0, "-w " + wait + ": 0 or more");
        require(processor == null || processor >= 0, "-a " + processor + ": 0 or more");
        MacAddress from = sourceMac == null ? MacAddress.random() : mac("-S", sourceMac);
        return new PktgenOptions(count, length, burst, rate, endpoints("-s", source, from, randomSource),
            endpoints("-d", destination, mac("-D", destinationMac), randomDestination), packet(), fragments,
            header());
    }

    private VnetHeaderLength header() {
        try {
            return VnetHeaderLength.ofBytes(header);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "-H " + header + ": 0, 10, 12, 20 or 24");
        }
    }

    /** The first packet of the file that {@code -P} names, {@code null} without it. */
    private byte[] packet() throws IOException {
        if (packetFile == null) {
            return null;
        }
        for (String other : OPTIONS_OF_FRAMES) {
            require(!spec.commandLine().getParseResult().hasMatchedOption(other),
                "-P sends a packet as it is: " + other + " does not go with it");
        }
        require(functions.stream().noneMatch(PktgenFunction.PING.toString()::equalsIgnoreCase), "-P goes with -f tx");
        return PacketFile.first(packetFile);
    }

    private List<PktgenPort> parsePorts(PktgenOptions options) {
        require(functions.size() == ports.size() || functions.isEmpty() && ports.size() == 1,
            functions.size() + " -f for " + ports.size() + " -i: one for each");
        FramePorts known = FramePorts.load();
        List<PktgenPort> parsed = new ArrayList<>();
        for (int i = 0; i < ports.size(); i++) {
            try {
                FramePort port = EthernetPort.require(known.parse(ports.get(i), Set.of()));
                parsed.add(new PktgenPort(port, functions.isEmpty() ? PktgenFunction.RX : function(functions.get(i)),
                    options));
            } catch (PortSyntaxException e) {
                throw new ParameterException(spec.commandLine(), e.getMessage());
            }
        }
        return parsed;
    }

    private PktgenFunction function(String text) {
        for (PktgenFunction function : PktgenFunction.values()) {
            if (function.toString().equals(text.toLowerCase(Locale.ROOT))) {
                return function;
            }
        }
        throw new ParameterException(spec.commandLine(), "-f " + text + ": tx, rx, ping or pong");
    }

    private MacAddress mac(String option, String text) {
        try {
            return MacAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), option + " " + text + ": " + e.getMessage());
        }
    }

    private EndpointRange endpoints(String option, String text, MacAddress station, boolean random) {
        try {
            return EndpointRange.parse(text, station, random);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), option + " " + text + ": an IPv4 address and a port, such"
                + " as 10.0.0.1:1234, or a range, such as 10.0.0.1:1234-10.0.0.9:1300");
        }
    }

    private void require(boolean condition, String problem) {
        if (!condition) {
            throw new ParameterException(spec.commandLine(), problem);
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.netty.channel.EventLoopGroup;
import io.ringtap.bridge.Bridge;
import io.ringtap.bridge.BridgeBuilder;
import io.ringtap.bridge.GroupForwarding;
import io.ringtap.bridge.PortOptions;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortSyntaxException;
import io.ringtap.ethernet.MacTable;
import io.ringtap.examples.ExampleCommand;
import io.ringtap.examples.LogOption;
import io.ringtap.examples.LoopOption;
import io.ringtap.examples.PortCommand;
import io.ringtap.examples.StopSignal;
import io.ringtap.examples.Terminal;
import io.ringtap.examples.bridge.operation.Operation;
import io.ringtap.examples.bridge.operation.OperationOptions;
import io.ringtap.examples.bridge.service.ServiceOptions;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The command line of the bridge. */
@Command(name = "bridge", mixinStandardHelpOptions = true, versionProvider = ExampleCommand.Version.class,
    sortOptions = false, description = {"Joins ports to one Ethernet segment, as a learning bridge does.", "",
        "A PORT is BACKEND:NAME[,key=value]..., such as tap:t0,mtu=9000. The bridge runs until it is stopped.", "",
        "Keys of the bridge, at any port:",
        "  gro=on|off               whether segments from this port are joined to",
        "                           super-frames for ports that take them. Default: off.",
        "  queues=N                 so many queues of a tap, each on an event loop of its",
        "                           own; the kernel spreads the flows over them.",
        "                           Default: 1.",
        "A port with a virtio-net header (vnet=) may leave everything undone unless offloads= says otherwise."
            + " Ports with different headers and offloads can be joined: what one leaves undone and the other does not"
            + " do is done in between.", "",
        "Two more keys, at any port; '+' stands between their parts:",
        "  fault=drop=0.01+corrupt=0.001+duplicate=0.01+reorder=0.05+seed=42",
        "  fault=delay=5ms@0.5+limit=1000+direction=in",
        "  rate=10mbit+5000pps+burst=64k+queue=1000+direction=both",
        "Every part may be left out; a rate limits what the port sends unless direction says otherwise.", "",
        "A key that a port does not know is answered with all that it knows."})
public final class BridgeMain implements PortCommand {
    private static final int PLAIN_INTERVAL = 10;
    private static final String TABLE = "table";
    private static final String JSON = "json";

    /** What {@code --stats-format} may be given. */
    static final class Formats extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        /** Called by picocli. */
        Formats() {
            super(List.of(JSON, TABLE));
        }
    }

    @Parameters(paramLabel = "PORT", arity = "0..*", description = "Two ports or more.")
    private List<String> ports = new ArrayList<>();

    @Mixin
    private LoopOption loop;

    @Option(names = "--threads", paramLabel = "N",
        description = "Event loops; ports, and the queues of each, are spread over them. Default: 1, or as many as a"
            + " port has queues.")
    private Integer threads;

    @Option(names = "--age", paramLabel = "SECONDS", defaultValue = "" + MacTable.DEFAULT_AGEING_SECONDS,
        description = "How long a silent station is remembered. Default: ${DEFAULT-VALUE}.")
    private int age;

    @Option(names = "--max-addresses", paramLabel = "N", defaultValue = "8192",
        description = "How many stations are remembered. Default: ${DEFAULT-VALUE}.")
    private int maxAddresses;

    @Option(names = "--group-fwd", paramLabel = "MASK", defaultValue = "0",
        description = "Which of the reserved group addresses 01:80:C2:00:00:00 to 0F are passed on: a bit for each, as"
            + " in group_fwd_mask of a Linux bridge, such as 0x4000 for LLDP. BPDUs (00) are passed on always, as this"
            + " bridge runs no spanning tree; bits 0 to 2 cannot be set. Default: ${DEFAULT-VALUE}.")
    private String groupForwarding;

    @Option(names = "--tunnel-mtu",
        description = "Set the MTU of taps to what the tunnels of the bridge have room for, where it is more. Without"
            + " this option a warning tells of it.")
    private boolean tunnelMtu;

    @Option(names = "--stats", paramLabel = "SECONDS",
        description = "How often to show the counters, 0 for never. Default: 1 on a terminal and with"
            + " --demo, " + PLAIN_INTERVAL + " elsewhere.")
    private Integer stats;

    @Option(names = "--stats-format", paramLabel = "FORMAT", defaultValue = TABLE, completionCandidates = Formats.class,
        description = "How to show the counters and what happens: ${COMPLETION-CANDIDATES}; json is an object in each"
            + " line. Default: ${DEFAULT-VALUE}.")
    private String format;

    @Mixin
    private OperationOptions operation;

    @Mixin
    private LogOption log;

    @Mixin
    private ServiceOptions service;

    @Option(names = "--demo", description = "Makes two hosts, each in a network namespace of its own with a tap in it,"
        + " joins them, pings and sends data across, and ends. Where there are no taps, the hosts are made of handlers"
        + " on the embedded netmap.")
    private boolean demo;

    @Option(names = "--embedded", description = "With --demo: on the embedded netmap even where there are taps.")
    private boolean embedded;

    @Spec
    private CommandSpec spec;

    /** Made by {@link #main} and by tests. */
    public BridgeMain() {
    }

    /** Runs the bridge; exits with 0 when stopped, 1 on a failure, 2 on wrong arguments. */
    public static void main(String[] arguments) {
        System.exit(ExampleCommand.run(new BridgeMain(), arguments));
    }

    @Override
    public Integer call() throws Exception {
        log.apply();
        require(threads == null || threads >= 1 && threads <= 1024, "--threads " + threads + ": 1 to 1024");
        operation.check();
        require(!demo || !operation.isWanted(), "--http and --control are not for --demo, which soon ends");
        boolean json = format.equals(JSON);
        require(json || format.equals(TABLE), "--stats-format " + format + ": json or table");
        require(!demo || !json, "--stats-format json is not for --demo");
        require(!demo || !service.isForService(), "--user, --umask and --retry are not for --demo, which soon ends");
        require(demo || !embedded, "--embedded is for --demo; for a port it is written vale0:1,driver=embedded");
        BridgeBuilder builder = settings();
        int interval = interval();
        List<FramePort> parsed = parsePorts();
        for (FramePort port : parsed) {
            check("", () -> builder.port(port, PortOptions.DEFAULT));
        }
        try (StopSignal stop = new StopSignal();
            Report report = json ? new JsonReport(System.out)
                : new BridgeReport(System.out, Terminal.isInteractive(), !demo)) {
            stop.beforeHalt(report::close);
            if (demo) {
                return demo(builder, stats == null ? 1 : stats, (BridgeReport) report, stop);
            }
            int queues = parsed.stream().mapToInt(port -> PortOptions.of(port).queues()).max().orElse(1);
            EventLoopGroup group = loop.newGroup(threads == null ? queues : threads);
            try {
                return bridge(group, builder, report, interval, stop);
            } finally {
                shutDown(group);
            }
        }
    }

    private int demo(BridgeBuilder builder, int interval, BridgeReport report, StopSignal stop) throws Exception {
        try (DemoHosts hosts = demoHosts(report)) {
            EventLoopGroup group = hosts.newGroup(loop, threads == null ? 1 : threads);
            try {
                return new BridgeDemo(hosts, builder, report, interval, stop).run(group);
            } finally {
                shutDown(group);
            }
        }
    }

    private DemoHosts demoHosts(BridgeReport report) throws InterruptedException {
        if (!embedded) {
            try {
                return new TapHosts();
            } catch (IOException e) {
                report.say("running on the embedded netmap, as there are no taps here: " + e.getMessage()
                    + "; './run-example.sh doctor tap' tells more");
            }
        } else {
            report.say("running on the embedded netmap, as --embedded asks for");
        }
        return new EmbeddedHosts();
    }

    private static void shutDown(EventLoopGroup group) {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }

    private int bridge(EventLoopGroup group, BridgeBuilder builder, Report report, int interval,
                       StopSignal stop) throws Exception {
        BridgeEvents events = new BridgeEvents(report);
        service.prepare(builder, report::say);
        Bridge bridge = builder.listener(events).build();
        try (bridge; ReportClock clock = new ReportClock(report, bridge)) {
            bridge.open(group).sync();
            report.begin(bridge);
            clock.every(interval);
            Operation begun = operation.begin(bridge, group, report::say);
            try (begun) {
                CompletableFuture<?> end = operation.isControlled() || service.isRetrying() ? stop.requested()
                    : CompletableFuture.anyOf(stop.requested(), events.allGone());
                end.get();
            }
            report.showTotals(bridge);
        }
        if (!stop.requested().isDone()) {
            throw new IOException("every port is gone");
        }
        return CommandLine.ExitCode.OK;
    }

    private BridgeBuilder settings() {
        BridgeBuilder builder = Bridge.builder();
        check("--max-addresses " + maxAddresses + ": ", () -> builder.maxStations(maxAddresses));
        check("--age " + age + ": ", () -> builder.ageingSeconds(age));
        check("--group-fwd " + groupForwarding + ": ",
            () -> builder.groupForwarding(GroupForwarding.parse(groupForwarding)));
        builder.mtuOfTunnels(tunnelMtu);
        service.applyTo(builder);
        return builder;
    }

    /** Makes a setting whose exception is a wrong argument: the message begins with what was given. */
    private void check(String given, Runnable setting) {
        try {
            setting.run();
        } catch (IllegalArgumentException e) {
            throw new CommandLine.ParameterException(spec.commandLine(), given + e.getMessage());
        }
    }

    private List<FramePort> parsePorts() {
        if (demo) {
            require(ports.isEmpty(), "--demo makes its own ports: give none");
            return List.of();
        }
        // Those that can be read have been replaced by what they hold.
        ports.stream().filter(port -> port.startsWith("@")).findFirst().ifPresent(file ->
            require(false, "no arguments can be read from the file " + file.substring(1)));
        require(ports.size() >= 2 || operation.isControlled(), "a bridge joins two ports or more: " + ports.size()
            + " given, and no --control to add more");
        FramePorts known = FramePorts.load();
        List<FramePort> parsed = new ArrayList<>();
        for (String port : ports) {
            try {
                parsed.add(known.parse(port, PortOptions.KEYS));
            } catch (PortSyntaxException e) {
                throw new CommandLine.ParameterException(spec.commandLine(), e.getMessage());
            }
        }
        return parsed;
    }

    private int interval() {
        if (stats == null) {
            return Terminal.isInteractive() ? 1 : PLAIN_INTERVAL;
        }
        require(stats >= 0, "--stats " + stats + ": a number of seconds, or 0 for never");
        return stats;
    }

    private void require(boolean condition, String problem) {
        if (!condition) {
            throw new CommandLine.ParameterException(spec.commandLine(), problem);
        }
    }
}

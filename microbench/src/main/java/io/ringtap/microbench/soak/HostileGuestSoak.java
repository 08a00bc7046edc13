/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench.soak;

import io.ringtap.examples.DemoHost;
import io.ringtap.loop.FrameLoop;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * A bridge with three ports in a JVM of its own. Two ports are taps in network namespaces, whose hosts exchange
 * datagrams. A hostile guest is at the third port. Shows how much each {@link GuestAttack} slows the two hosts down.
 */
@Command(name = "guest", mixinStandardHelpOptions = true, sortOptions = false,
    description = "Shows what a hostile guest at one port of a bridge costs the hosts at two others.")
public final class HostileGuestSoak implements Callable<Integer> {
    private static final String ROW = "%-9s %-50s %6s %9s %9s %9s %9s%n";
    private static final int PORT = 7000;

    @Option(names = "--loops", split = ",", defaultValue = "epoll,io_uring,poll", paramLabel = "KIND",
        description = "The event loops, one after the other. Default: ${DEFAULT-VALUE}.")
    private List<String> loops;

    @Option(names = "--seconds", defaultValue = "10", paramLabel = "N",
        description = "How long each attack lasts. Default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(names = "--keys", defaultValue = "", paramLabel = "KEYS",
        description = "Keys of the innocent ports, such as vnet=12. Default: none.")
    private String keys;

    @Option(names = "--attacks", split = ",", paramLabel = "NAME",
        description = "Which: ${COMPLETION-CANDIDATES}. Default: all.")
    private List<GuestAttack> attacks = List.of(GuestAttack.values());

    @Option(names = "--class-path", paramLabel = "PATH",
        description = "The jars of another build, to compare with: they come before those of this one.")
    private String otherBuild;

    @Option(names = "--verbose", description = "Shows what the bridge prints.")
    private boolean verbose;

    @Option(names = "--worst", defaultValue = "5", paramLabel = "PERCENT",
        description = "Fails if more of the datagrams are lost. Default: ${DEFAULT-VALUE}.")
    private double worst;

    @Spec
    private CommandSpec spec;

    /** Made by picocli. */
    HostileGuestSoak() {
    }

    @Override
    public Integer call() throws Exception {
        for (String loop : loops) {
            try {
                FrameLoop.named(loop);
            } catch (IllegalArgumentException e) {
                throw new ParameterException(spec.commandLine(), "--loops " + loop + ": " + e.getMessage());
            }
        }
        System.out.printf(ROW, "loop", "the guest sends", "lost %", "p50 ms", "p90 ms", "p99 ms", "max ms");
        boolean good = true;
        for (String loop : loops) {
            good &= run(loop);
        }
        return good ? 0 : 1;
    }

    private boolean run(String loop) throws Exception {
        boolean good = true;
        try (DemoHost left = new DemoHost("left"); DemoHost right = new DemoHost("right")) {
            Process bridge = start(loop, left, right);
            try {
                awaitPorts(bridge);
                for (DemoHost host : List.of(left, right)) {
                    // Only the measured figures.
                    host.ip("address add " + address(host, left) + "/24 dev " + host.name() + "0");
                }
                try (EchoedDatagrams echo = new EchoedDatagrams(
                    left.call(() -> EchoedDatagrams.socket(address(left, left), PORT)),
                    right.call(() -> EchoedDatagrams.socket(address(right, left), PORT)))) {
                    echo.run(2);
                    for (GuestAttack attack : attacks) {
                        good &= measure(loop, bridge, echo, attack);
                    }
                }
            } finally {
                end(bridge);
            }
        }
        return good;
    }

    private boolean measure(String loop, Process bridge, EchoedDatagrams echo, GuestAttack attack)
        throws IOException, InterruptedException {
        command(bridge, attack);
        EchoedDatagrams.Result result = echo.run(seconds);
        command(bridge, GuestAttack.QUIET);
        TimeUnit.SECONDS.sleep(2);
        System.out.printf(ROW, loop, attack.description(), format(result.lostPercent()), format(result.millis(0.5)),
            format(result.millis(0.9)), format(result.millis(0.99)), format(result.millis(1)));
        return result.lostPercent() <= worst;
    }

    private static String format(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private static String address(DemoHost host, DemoHost left) {
        return host == left ? "192.0.2.1" : "192.0.2.2";
    }

    private Process start(String loop, DemoHost left, DemoHost right) throws IOException {
        List<String> command = new ArrayList<>(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+IgnoreUnrecognizedVMOptions",
            "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
            "-Dio.netty.leakDetection.level=disabled", "-cp", classPath(),
            HostileGuestBridge.class.getName(), "--loop", loop, "--stats", "10"));
        for (DemoHost host : List.of(left, right)) {
            command.add("tap:" + host.name() + "0,netns=" + host.namespace() + ",up=on"
                + (keys.isEmpty() ? "" : "," + keys));
        }
        command.add(HostileGuestBridge.PORT);
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private String classPath() {
        String own = System.getProperty("java.class.path");
        return otherBuild == null ? own : otherBuild + File.pathSeparator + own;
    }

    private void awaitPorts(Process bridge) throws IOException {
        BufferedReader out =
            new BufferedReader(new InputStreamReader(bridge.getInputStream(), StandardCharsets.UTF_8));
        StringBuilder text = new StringBuilder();
        for (String line = out.readLine(); line == null || !line.startsWith("port 2"); line = out.readLine()) {
            if (line == null) {
                throw new IOException("the bridge did not start: " + text);
            }
            text.append(line).append('\n');
        }
        Thread drain = new Thread(() -> drain(out), "drain");
        drain.setDaemon(true);
        drain.start();
    }

    private void drain(BufferedReader out) {
        try (out) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (verbose) {
                    System.out.println(line);
                }
            }
        } catch (IOException ended) {
            // The stream that it was read from has ended, too.
        }
    }

    private static void command(Process bridge, GuestAttack attack) throws IOException {
        Writer in = bridge.outputWriter();
        in.write(attack.name() + '\n');
        in.flush();
    }

    private static void end(Process bridge) throws InterruptedException {
        bridge.destroy();
        if (!bridge.waitFor(10, TimeUnit.SECONDS)) {
            bridge.destroyForcibly().waitFor();
        }
    }
}

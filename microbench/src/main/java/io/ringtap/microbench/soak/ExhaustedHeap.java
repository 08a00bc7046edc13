/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench.soak;

import io.ringtap.examples.DemoHost;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Runs the example bridge with a small heap. A port with a long delay keeps every frame of a flood. The process has to
 * end: it must not survive without its event loops, when even SIGTERM would not end it.
 */
final class ExhaustedHeap {
    private static final long FLOOD_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long PATIENCE_SECONDS = 6;

    private final Path home;

    ExhaustedHeap(Path home) {
        this.home = home;
    }

    boolean run() throws IOException, InterruptedException {
        try (DemoHost host = new DemoHost("heap")) {
            host.ip("link set lo up");
            ProcessBuilder builder = new ProcessBuilder(home.resolve("run-example.sh").toAbsolutePath().toString(),
                "bridge", "--stats", "0", "tap:heap0,up=on,fault=delay=1000s+limit=1000000", "tap:heap1,up=on")
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
            builder.environment().put("RINGTAP_JAVA_OPTS", "-Xmx16m -XX:MaxDirectMemorySize=4g");
            // On the thread of the host, as a process is in the namespace of the thread that starts it.
            Process bridge = host.call(builder::start);
            try {
                flood(host, bridge);
                return ends(bridge);
            } finally {
                bridge.destroyForcibly().waitFor();
            }
        }
    }

    private static void flood(DemoHost host, Process bridge) throws IOException, InterruptedException {
        for (int attempt = 0; !prepared(host); attempt++) {
            if (attempt == 100 || !bridge.isAlive()) {
                throw new IOException("the bridge does not start");
            }
            TimeUnit.MILLISECONDS.sleep(200);
        }
        ByteBuffer data = ByteBuffer.allocateDirect(18);
        InetSocketAddress to = new InetSocketAddress("10.9.9.2", 9);
        try (DatagramChannel socket = host.call(DatagramChannel::open)) {
            long end = System.nanoTime() + FLOOD_NANOS;
            while (bridge.isAlive() && System.nanoTime() - end < 0) {
                try {
                    socket.send(data.clear(), to);
                } catch (IOException gone) {
                    // The tap is gone, and soon its process is too.
                    TimeUnit.MILLISECONDS.sleep(20);
                }
            }
        }
    }

    private static boolean prepared(DemoHost host) throws InterruptedException {
        try {
            host.ip("address replace 10.9.9.1/24 dev heap0");
            host.ip("neigh replace 10.9.9.2 lladdr 02:00:00:00:00:02 dev heap0");
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private static boolean ends(Process bridge) throws InterruptedException {
        if (bridge.waitFor(1, TimeUnit.SECONDS)) {
            System.out.println("  ended by itself with exit code " + bridge.exitValue());
            return bridge.exitValue() != 0;
        }
        bridge.destroy();
        if (bridge.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            System.out.println("  ended by SIGTERM with exit code " + bridge.exitValue());
            return true;
        }
        System.out.println("  alive " + PATIENCE_SECONDS + " s after SIGTERM");
        return false;
    }
}

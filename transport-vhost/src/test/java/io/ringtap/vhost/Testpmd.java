/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * DPDK's {@code testpmd} as another implementation of both ends of a virtqueue: of Debian's packages dpdk-dev,
 * librte-net-vhost23, librte-net-virtio23 and librte-mempool-ring23. It needs neither huge pages nor root, and keeps
 * processors busy until it is closed.
 */
final class Testpmd implements AutoCloseable {
    private static final Path PROGRAM = Path.of("/usr/bin/dpdk-testpmd");
    private static final Path DRIVERS = Path.of("/usr/lib/x86_64-linux-gnu/dpdk/pmds-23.0");

    private final Process process;
    private final Path output;

    /**
     * Starts it, with ports that send back what they receive.
     *
     * @param folder for what it writes
     * @param devices such as {@code net_vhost0,iface=/run/sw0.sock}
     */
    Testpmd(Path folder, List<String> devices) throws IOException {
        output = folder.resolve("testpmd.log");
        List<String> command = new ArrayList<>(List.of(PROGRAM.toString(), "-l", "0,1", "--no-huge", "-m", "256",
            "--no-pci", "--no-telemetry", "--file-prefix=" + folder.getFileName()));
        for (String device : devices) {
            command.add("--vdev=" + device);
        }
        command.addAll(List.of("--", "--port-topology=loop", "--forward-mode=io", "--auto-start", "--no-mlockall",
            "--total-num-mbufs=16384"));
        process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    }

    /** What is missing to run it; {@code null} if nothing is. */
    static String missing() {
        for (Path part : List.of(PROGRAM, DRIVERS.resolve("librte_net_vhost.so"),
            DRIVERS.resolve("librte_net_virtio.so"))) {
            if (!Files.isExecutable(part) && !Files.isReadable(part)) {
                return "there is no " + part + ": apt-get install dpdk-dev librte-net-vhost23 librte-net-virtio23"
                    + " librte-mempool-ring23";
            }
        }
        return null;
    }

    /** What it has written. */
    String output() throws IOException {
        return Files.readString(output);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Files.deleteIfExists(output);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

import io.netty.channel.EventLoopGroup;
import io.ringtap.examples.StopSignal;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs what was asked for at all ports, and tells of it while it runs and at the end. */
final class PktgenRun {
    private static final long QUIET_MILLIS = 200;

    /** Looks whether all is as it was asked for once the ports are open. */
    interface Opened {
        void check() throws IOException;
    }

    private final List<PktgenPort> ports;
    private final PrintStream out;
    private final long intervalMillis;
    private final int waitSeconds;

    /**
     * A run.
     *
     * @param intervalMillis between two rate lines, 0 for none
     * @param waitSeconds between the opening of the ports and the first frame
     */
    PktgenRun(List<PktgenPort> ports, PrintStream out, long intervalMillis, int waitSeconds) {
        this.waitSeconds = waitSeconds;
        this.ports = ports;
        this.out = out;
        this.intervalMillis = intervalMillis;
    }

    /**
     * Runs to the end, or until it is stopped.
     *
     * @param opened called when all ports are open, before the first frame
     * @throws IOException if a port cannot be opened or is gone, or has not sent what it was to send
     */
    void run(EventLoopGroup group, Opened opened, StopSignal stop) throws IOException, InterruptedException {
        try {
            for (PktgenPort port : ports) {
                port.open(group);
                out.println(port.function() + " " + port.name());
            }
            opened.check();
            try {
                awaitLink(stop);
                ports.forEach(PktgenPort::start);
                report(CompletableFuture.anyOf(stop.requested(), end()));
                if (!stop.requested().isDone()) {
                    awaitQuiet();
                }
            } finally {
                ports.forEach(port -> out.println(port.totalLine()));
                out.flush();
            }
            for (PktgenPort port : ports) {
                String shortfall = port.shortfall();
                if (shortfall != null) {
                    throw new IOException(shortfall);
                }
            }
        } finally {
            ports.forEach(PktgenPort::close);
        }
    }

    /** A network card may need a moment until its link is up again. */
    private void awaitLink(StopSignal stop) throws InterruptedException {
        if (waitSeconds == 0) {
            return;
        }
        out.println("waiting " + waitSeconds + " s for the link");
        out.flush();
        try {
            stop.requested().get(waitSeconds, TimeUnit.SECONDS);
        } catch (TimeoutException waited) {
            // As long as was asked for.
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Done when those that send have, or where none does all others; failed with the first port that fails. */
    private CompletableFuture<Void> end() {
        boolean senders = ports.stream().anyMatch(port -> port.function().sends());
        CompletableFuture<Void> all = CompletableFuture.allOf(ports.stream()
            .filter(port -> port.function().sends() == senders)
            .map(port -> port.handler().done()).toArray(CompletableFuture[]::new));
        CompletableFuture<Void> end = new CompletableFuture<>();
        all.thenRun(() -> end.complete(null));
        for (PktgenPort port : ports) {
            port.handler().done().exceptionally(cause -> {
                end.completeExceptionally(new IOException("port " + port.name() + " is gone: " + cause.getMessage(),
                    cause));
                return null;
            });
        }
        return end;
    }

    private void report(CompletableFuture<?> end) throws IOException, InterruptedException {
        long last = System.nanoTime();
        while (true) {
            try {
                if (intervalMillis == 0) {
                    end.get();
                } else {
                    end.get(intervalMillis, TimeUnit.MILLISECONDS);
                }
                return;
            } catch (TimeoutException running) {
                long now = System.nanoTime();
                double seconds = (now - last) / 1e9;
                last = now;
                ports.forEach(port -> out.println(port.rateLine(seconds)));
                out.flush();
            } catch (ExecutionException e) {
                throw (IOException) e.getCause();
            }
        }
    }

    /** What was sent last is still on its way to those that receive in this process. */
    private void awaitQuiet() throws InterruptedException {
        long before;
        long now = frames();
        do {
            before = now;
            Thread.sleep(QUIET_MILLIS);
            now = frames();
        } while (ports.size() > 1 && now != before);
    }

    private long frames() {
        return ports.stream().mapToLong(PktgenPort::frames).sum();
    }
}

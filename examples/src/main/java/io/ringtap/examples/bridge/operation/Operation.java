/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.operation;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.ringtap.bridge.Bridge;
import io.ringtap.bridge.metrics.BridgeMetrics;
import io.ringtap.channel.metrics.EventLoopMetrics;
import io.ringtap.examples.bridge.control.ControlServer;
import io.ringtap.examples.bridge.http.HttpServer;
import io.ringtap.examples.bridge.view.BridgeView;
import io.ringtap.examples.bridge.view.EventLog;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/** Lets an operator see and change a bridge while it runs, on an event loop of its own. */
public final class Operation implements AutoCloseable {
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private HttpServer http;

    private Operation() {
    }

    /**
     * Begins.
     *
     * @param options what is offered, and where
     * @param loops the event loops of the bridge's ports
     * @param log gets a line for each change that somebody makes, and where a page is to be seen
     * @throws IOException if it cannot listen where it should
     */
    static Operation begin(OperationOptions options, Bridge bridge, EventLoopGroup loops, Consumer<String> log)
        throws IOException, InterruptedException {
        Operation operation = new Operation();
        if (!options.isWanted()) {
            return operation;
        }
        try {
            operation.start(options, bridge, loops, log);
        } catch (IOException | InterruptedException | RuntimeException e) {
            operation.close();
            throw e;
        }
        return operation;
    }

    private void start(OperationOptions options, Bridge bridge, EventLoopGroup loops, Consumer<String> log)
        throws IOException, InterruptedException {
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("operation", true),
            NioIoHandler.newFactory());
        open.push(() -> loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS));
        BridgeView view = new BridgeView(bridge);
        bridge.addListener(view);
        open.push(() -> bridge.removeListener(view));
        if (options.http() != null) {
            startHttp(options, bridge, loops, loop, view, log);
            log.accept("http: listening on http://" + text(http.address()) + "/");
        }
        if (options.control() != null) {
            open.push(new ControlServer(options.control(), bridge, loops, view, log));
            log.accept("control: listening on " + options.control());
        }
    }

    private void startHttp(OperationOptions options, Bridge bridge, EventLoopGroup loops, EventLoopGroup loop,
                           BridgeView view, Consumer<String> log) throws IOException, InterruptedException {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        open.push(registry::close);
        JvmGcMetrics collections = new JvmGcMetrics();
        open.push(collections);
        collections.bindTo(registry);
        List.of(new JvmMemoryMetrics(), new JvmThreadMetrics(), new FileDescriptorMetrics(),
            new UptimeMetrics()).forEach(binder -> binder.bindTo(registry));
        EventLoopMetrics lag = new EventLoopMetrics(loops, List.of());
        open.push(lag);
        lag.bindTo(registry);
        BridgeMetrics metrics = new BridgeMetrics(bridge);
        open.push(metrics);
        metrics.bindTo(registry);
        EventLog events = new EventLog();
        bridge.addListener(events);
        open.push(() -> bridge.removeListener(events));
        http = new HttpServer(loop, options.http(), options.hosts(), view, events, registry::scrape, log);
        open.push(http);
        bindTo(registry, http);
    }

    private static void bindTo(MeterRegistry registry, HttpServer http) {
        Gauge.builder("ringtap.http.connections", http, HttpServer::connections)
            .description("Connections to the HTTP server that are open").register(registry);
        closed(registry, http, "full", HttpServer::closedAsFull);
        closed(registry, http, "silent", HttpServer::closedAsSilent);
        closed(registry, http, "stalled", HttpServer::closedAsStalled);
    }

    private static void closed(MeterRegistry registry, HttpServer http, String reason,
                               ToDoubleFunction<HttpServer> count) {
        FunctionCounter.builder("ringtap.http.closed.connections", http, count).tag("reason", reason)
            .description("Connections to the HTTP server that it has closed: for others, or as no request came, or as"
                + " nobody read").register(registry);
    }

    private static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /** Where it listens for HTTP; {@code null} if it does not. */
    public InetSocketAddress http() {
        return http == null ? null : http.address();
    }

    /** Ends what was begun, the last first. */
    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (AutoCloseable each : open) {
            try {
                each.close();
            } catch (Exception e) {
                failure = failure == null ? new IOException(e.getMessage(), e) : failure;
            }
        }
        open.clear();
        if (failure != null) {
            throw failure;
        }
    }
}

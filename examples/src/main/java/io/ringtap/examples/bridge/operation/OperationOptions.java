/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.operation;

import io.netty.channel.EventLoopGroup;
import io.netty.util.NetUtil;
import io.ringtap.bridge.Bridge;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The options {@code --http}, {@code --http-host} and {@code --control}. */
public final class OperationOptions {
    private static final Pattern ADDRESS = Pattern.compile("(?:(\\[[^\\]]+]|[^:]*):)?(\\d{1,5})");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--http", paramLabel = "ADDRESS:PORT",
        description = "Shows the bridge over HTTP: a page at /, metrics for Prometheus at /metrics, and /ports,"
            + " /addresses, /events and /health as JSON. It changes nothing, asks nobody for a password, and is for"
            + " an address that only those reach who may see it: 127.0.0.1:9090.")
    private String http;

    @Option(names = "--http-host", paramLabel = "NAME",
        description = "A name by which clients reach --http, beside localhost and IP addresses. May be given again.")
    private List<String> hosts = new ArrayList<>();

    @Option(names = "--control", paramLabel = "SOCKET",
        description = "A Unix socket over which bridgectl changes the bridge while it runs; its owner and group may."
            + " The bridge then may begin with any number of ports, and goes on when none is left.")
    private Path control;

    /** Made by picocli. */
    public OperationOptions() {
    }

    /**
     * Checks what was given.
     *
     * @throws ParameterException if it is no address
     */
    public void check() {
        http();
    }

    /** Whether ports may come later. */
    public boolean isControlled() {
        return control != null;
    }

    /**
     * Begins with what was asked for, if anything.
     *
     * @param loops the event loops of the bridge's ports
     * @param log gets a line for what an operator should know
     * @throws IOException if it cannot listen where it should
     */
    public Operation begin(Bridge bridge, EventLoopGroup loops, Consumer<String> log)
        throws IOException, InterruptedException {
        return Operation.begin(this, bridge, loops, log);
    }

    /** Whether anything was asked for. */
    public boolean isWanted() {
        return http != null || control != null;
    }

    /** Where to listen; {@code null} for nowhere. */
    InetSocketAddress http() {
        if (http == null) {
            return null;
        }
        Matcher parts = ADDRESS.matcher(http);
        if (!parts.matches() || Integer.parseInt(parts.group(2)) > 65535) {
            throw wrong("an address and a port, such as 127.0.0.1:9090 or [::1]:9090");
        }
        String host = parts.group(1) == null || parts.group(1).isEmpty() ? "127.0.0.1"
            : parts.group(1).replaceAll("^\\[|]$", "");
        byte[] address = NetUtil.createByteArrayFromIpAddressString(host.equals("localhost") ? "127.0.0.1" : host);
        if (address == null) {
            throw wrong("'" + host + "' is no IP address");
        }
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address), Integer.parseInt(parts.group(2)));
        } catch (UnknownHostException e) {
            throw wrong(e.getMessage());
        }
    }

    private ParameterException wrong(String what) {
        return new ParameterException(command.commandLine(), "--http " + http + ": " + what);
    }

    List<String> hosts() {
        return hosts;
    }

    Path control() {
        return control;
    }
}

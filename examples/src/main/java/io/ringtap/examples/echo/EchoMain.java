/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.echo;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.util.internal.logging.InternalLogLevel;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortSyntaxException;
import io.ringtap.ethernet.FrameLoggingHandler;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.examples.EthernetPort;
import io.ringtap.examples.ExampleCommand;
import io.ringtap.examples.LoopOption;
import io.ringtap.examples.PortCommand;
import io.ringtap.examples.PortErrors;
import io.ringtap.examples.StopSignal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A host that answers ping, at the far end of a port. */
@Command(name = "echo", mixinStandardHelpOptions = true, versionProvider = ExampleCommand.Version.class,
    sortOptions = false, description = {"A host made of Netty handlers, which answers ping over IPv4 and IPv6.", "",
        "For example: echo tap:echo0,up=on; then, in another shell:",
        "  ip address add 192.0.2.1/24 dev echo0; ping 192.0.2.9"})
public final class EchoMain implements PortCommand {
    /** How the JDK's logging makes a line; of itself it makes two. */
    private static final String LOG_FORMAT = "java.util.logging.SimpleFormatter.format";

    @Parameters(paramLabel = "PORT", description = "BACKEND:NAME[,key=value]..., such as tap:echo0,up=on.")
    private String port;

    @Option(names = "--ipv4", paramLabel = "ADDRESS", defaultValue = "192.0.2.9",
        description = "The host's IPv4 address. Default: ${DEFAULT-VALUE}.")
    private String ipv4;

    @Option(names = "--ipv6", paramLabel = "ADDRESS", defaultValue = "2001:db8::9",
        description = "The host's IPv6 address. Default: ${DEFAULT-VALUE}.")
    private String ipv6;

    @Mixin
    private LoopOption loop;

    @Option(names = "--log", description = "Prints a line for every frame, on the standard error.")
    private boolean log;

    private PortErrors errors;

    @Spec
    private CommandSpec spec;

    /** Made by {@link #main} and by tests. */
    public EchoMain() {
    }

    /** Runs the host; exits with 0 when stopped, 1 on a failure, 2 on wrong arguments. */
    public static void main(String[] arguments) {
        System.exit(ExampleCommand.run(new EchoMain(), arguments));
    }

    @Override
    public Integer call() throws Exception {
        Inet4Address four = address(Inet4Address.class, "--ipv4", ipv4);
        Inet6Address six = address(Inet6Address.class, "--ipv6", ipv6);
        FramePort where = parse();
        errors = new PortErrors(port);
        if (log && System.getProperty(LOG_FORMAT) == null) {
            System.setProperty(LOG_FORMAT, "%1$tT.%1$tL %5$s%6$s%n");
        }
        try (StopSignal stop = new StopSignal()) {
            EventLoopGroup group = loop.newGroup(1);
            try {
                return answer(open(where, group, new EchoHandler(MacAddress.random(), four, six)), stop);
            } finally {
                group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
            }
        }
    }

    private FrameChannel open(FramePort where, EventLoopGroup group, EchoHandler echo) throws Exception {
        ChannelFuture bound = where.bootstrap(group).handler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                if (log) {
                    channel.pipeline().addLast(new FrameLoggingHandler(InternalLogLevel.INFO, 0));
                }
                channel.pipeline().addLast(echo, errors);
            }
        }).bind().await();
        if (!bound.isSuccess()) {
            throw new IOException("port " + where + " cannot be opened: " + ExampleCommand.message(bound.cause()),
                bound.cause());
        }
        FrameChannel channel = (FrameChannel) bound.channel();
        if (channel.vnetHeaderLength() != 0) {
            throw new IOException("port " + where + ": frames of echo have no vnet header: open it without one");
        }
        return channel;
    }

    private int answer(FrameChannel channel, StopSignal stop) throws Exception {
        System.out.println(channel.localAddress() + ": answering for " + ipv4 + " and " + ipv6);
        CompletableFuture<Void> gone = new CompletableFuture<>();
        channel.closeFuture().addListener(closed -> gone.complete(null));
        CompletableFuture.anyOf(stop.requested(), gone).get();
        System.out.println(channel.stats());
        if (!stop.requested().isDone()) {
            throw errors.gone();
        }
        return 0;
    }

    private FramePort parse() {
        try {
            return EthernetPort.require(FramePorts.parse(port));
        } catch (PortSyntaxException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
    }

    private <T extends InetAddress> T address(Class<T> type, String option, String text) {
        try {
            // Only a literal: a name could be looked up for long.
            if (text.matches("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")) {
                InetAddress address = InetAddress.getByName(text);
                if (type.isInstance(address)) {
                    return type.cast(address);
                }
            }
        } catch (UnknownHostException e) {
            // The same answer as below.
        }
        throw new ParameterException(spec.commandLine(), option + " " + text + " is no such address");
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.host;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.FramePort;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.examples.DemoTraffic;
import io.ringtap.examples.EthernetPort;
import io.ringtap.examples.ExampleCommand;
import io.ringtap.examples.UdpFrame;
import io.ringtap.examples.echo.EchoHandler;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A host made of handlers on a port of any kind: it answers pings, and can ping and send data itself. */
public final class HandlerHost implements AutoCloseable {
    private static final int UDP_PORT = 7000;
    private static final int TRANSFER_PATIENCE_MILLIS = 3000;

    private final String name;
    private final MacAddress mac = MacAddress.random();
    private final Inet4Address ipv4;
    private final Inet6Address ipv6;
    private final PingHandler pings;
    private final Channel channel;

    /**
     * Opens a host.
     *
     * @throws IOException if its port cannot be opened
     * @throws IllegalArgumentException if its port carries no Ethernet frames
     */
    public HandlerHost(String name, FramePort port, EventLoopGroup group, Inet4Address ipv4, Inet6Address ipv6)
        throws IOException, InterruptedException {
        this.name = name;
        this.ipv4 = ipv4;
        this.ipv6 = ipv6;
        pings = new PingHandler(mac, ipv4.getAddress(), ipv6.getAddress());
        ChannelFuture bound = EthernetPort.require(port).bootstrap(group).handler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel opened) {
                opened.pipeline().addLast(pings, new EchoHandler(mac, ipv4, ipv6));
            }
        }).bind().await();
        if (!bound.isSuccess()) {
            throw new IOException("port " + port + " of host " + name + " cannot be opened: "
                + ExampleCommand.message(bound.cause()), bound.cause());
        }
        channel = bound.channel();
    }

    /**
     * Pings another host once. Not on the event loop.
     *
     * @return whether the answer came in time
     */
    public boolean ping(InetAddress host, int timeoutMillis) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        try {
            MacAddress station = await(onLoop(() -> pings.resolve(host)).get(), deadline);
            await(onLoop(() -> pings.ping(host, station)).get(), deadline);
            return true;
        } catch (TimeoutException late) {
            return false;
        } catch (ExecutionException e) {
            throw new IOException("the ping from " + name + " failed: " + e.getCause(), e);
        }
    }

    private static <T> T await(CompletableFuture<T> future, long deadline)
        throws InterruptedException, ExecutionException, TimeoutException {
        return future.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    /**
     * Sends data to another host and waits until it has all of it. Not on the event loop.
     *
     * @param bytes how many, rounded down to whole frames
     * @param millis how long to send; what is under way then is still delivered
     * @param stop when done, ends it before its time
     * @throws IOException if it does not end, or is ended before its time
     */
    public DemoTraffic.Transfer transfer(HandlerHost to, long bytes, int millis, CompletableFuture<?> stop)
        throws IOException, InterruptedException {
        UdpFrame.Endpoint source = new UdpFrame.Endpoint(mac, ipv4, UDP_PORT);
        UdpFrame.Endpoint sink = new UdpFrame.Endpoint(to.mac, to.ipv4, UDP_PORT);
        long begin = System.nanoTime();
        TransferReceiver receiver = new TransferReceiver(sink, source);
        TransferSender sender = new TransferSender(source, sink, bytes / TransferContent.BLOCK,
            TimeUnit.MILLISECONDS.toNanos(millis));
        try {
            to.add(receiver);
            add(sender);
            CompletableFuture.anyOf(sender.done(), stop)
                .get(millis + TRANSFER_PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            if (!sender.done().isDone()) {
                throw new IOException("the transfer from " + name + " to " + to.name + " was interrupted");
            }
            TransferSender.Sent sent = sender.done().get();
            byte[] received = to.onLoop(receiver::digest).get();
            return new DemoTraffic.Transfer(sent.blocks() * TransferContent.BLOCK,
                Arrays.equals(sent.digest(), received), (System.nanoTime() - begin) / 1e9);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the transfer from " + name + " to " + to.name + " failed: " + e, e);
        } finally {
            remove(sender);
            to.remove(receiver);
        }
    }

    private <T> CompletableFuture<T> onLoop(Callable<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        channel.eventLoop().execute(() -> {
            try {
                result.complete(work.call());
            } catch (Exception e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private void add(ChannelHandler handler) throws InterruptedException, ExecutionException {
        onLoop(() -> channel.pipeline().addFirst(handler)).get();
    }

    private void remove(ChannelHandler handler) {
        channel.eventLoop().execute(() -> {
            if (channel.pipeline().context(handler) != null) {
                channel.pipeline().remove(handler);
            }
        });
    }

    @Override
    public void close() {
        channel.close().awaitUninterruptibly();
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.PortAvailability;
import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortIdentity;

import java.net.SocketAddress;
import java.util.List;
import java.util.Map;

/**
 * One kind of port that {@link FramePorts} can open by name; found through {@link java.util.ServiceLoader}. A
 * transport's jar names its implementation in {@code META-INF/services/io.ringtap.channel.spi.FrameTransport}.
 */
public interface FrameTransport {
    /** How the names of such ports are written, for messages: {@code tap:NAME}. */
    String syntax();

    /** What such a port is, in one line that begins with a small letter and has no full stop; for help texts. */
    String description();

    /** Whether a name, such as {@code tap:t0}, {@code tap0} or {@code vale0:1}, is for this transport. */
    boolean claims(String name);

    /**
     * The address that a claimed name stands for.
     *
     * @throws IllegalArgumentException if there is none, saying what is wrong with it; a {@link
     *     io.ringtap.channel.PortSyntaxException} also says at which character of the name
     */
    SocketAddress address(String name);

    /** A new channel, to be bound to the address. */
    FrameChannel newChannel();

    /** The keys that may follow the name, each with its documentation. */
    List<PortKey<?>> keys();

    /**
     * Whether ports can be opened here by this process, for each kind of port that this transport has. It asks the
     * operating system, makes nothing that others see, and looks again with each call. A transport that depends on
     * nothing beyond this JVM need not override it. Any thread.
     */
    default List<PortAvailability> availability() {
        return List.of(PortAvailability.of(syntax().substring(0, syntax().indexOf(':')), null));
    }

    /**
     * Whether a part that follows a claimed name behind a comma belongs to that name: in {@code
     * netmap:em0@conf:rings=2,slots=512} the part {@code slots=512} does. If it could be a key of the port as well, the
     * user is asked to write brackets. Names hold no commas unless this is overridden.
     *
     * @param name the name so far, which may have been continued already
     * @param part what stands between the next two commas
     */
    default boolean continuesName(String name, String part) {
        return false;
    }

    /**
     * What a port is, as far as its address and its options tell before it is open, for those who must not open a
     * device twice. A transport whose devices have more than one name says so here. Any thread.
     *
     * @param options the options of the port, with their values
     */
    default PortIdentity identity(SocketAddress address, Map<ChannelOption<?>, Object> options) {
        return PortIdentity.of(address);
    }

    /** How many queues a port of this kind can be opened with at most: 1 where there are none to choose from. */
    default int maxQueues() {
        return 1;
    }

    /**
     * Opens a port with several queues, each a channel of its own. All queues are opened, or none. The system decides
     * by which queue a received frame comes; every queue may send any frame.
     *
     * @param bootstrap the options and the handler of each channel; its channel type is this transport's
     * @param address what the channels are bound to
     * @param loops the event loop of each queue, in the order of the queues; one may stand there more than once
     * @return the channels in the order of their queues, once all are open; or the first failure, once those that were
     *     open are closed
     * @throws IllegalArgumentException if these are no queues, or more than {@link #maxQueues()}
     */
    default Future<List<FrameChannel>> bindQueues(Bootstrap bootstrap, SocketAddress address,
                                                  List<? extends EventLoopGroup> loops) {
        throw new IllegalArgumentException(address + " cannot be opened with " + loops.size() + " queues: a port "
            + syntax() + " has none to choose from");
    }
}

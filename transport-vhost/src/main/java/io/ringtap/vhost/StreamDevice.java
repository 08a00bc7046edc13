/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.loop.Readiness;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;

/** Frames over the connections of a stream socket, one connection after the other. */
final class StreamDevice implements SocketDevice {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(StreamDevice.class);
    private static final int ETHERNET_HEADER = 14;

    private final FrameStreamAddress address;
    private final FrameSocketSettings settings;
    private final StreamSource source;
    private final Map<DropReason, FrameRefusedException> refusals = new EnumMap<>(DropReason.class);
    private Consumer<Object> events = event -> { };
    /** {@code null} while no event loop serves the device. */
    private StreamReadiness readiness;
    private StreamConnection connection;
    private volatile boolean up;

    private StreamDevice(FrameStreamAddress address, FrameSocketSettings settings) throws IOException {
        this.address = address;
        this.settings = settings;
        source = settings.server() ? StreamListener.open(address, address, settings.mode(), () -> connection != null)
            : new StreamConnector(address, address, settings.reconnectMillis());
    }

    /** Opens the socket that listens, if one does. */
    static StreamDevice open(FrameStreamAddress address, FrameSocketSettings settings) throws IOException {
        try {
            return new StreamDevice(address, settings);
        } catch (SystemCallException failed) {
            throw new SystemCallException(address.toString(), failed, null);
        }
    }

    @Override
    public FrameStreamAddress localAddress() {
        return address;
    }

    /** There are several, one after the other. */
    @Override
    public int descriptor() {
        return -1;
    }

    @Override
    public Readiness readiness(EventLoop loop, DescriptorWaiter waiter, Readiness.Listener listener)
        throws IOException {
        StreamReadiness made = new StreamReadiness(this, source, (IoEventLoop) loop, waiter, listener);
        readiness = made;
        StreamConnection kept = connection;
        try {
            source.attach((IoEventLoop) loop, waiter, listener, this::connected, kept == null);
            if (kept != null && !kept.isHungUp()) {
                made.waitOn(kept.descriptor());
            }
        } catch (Throwable e) {
            made.cancel();
            throw e;
        }
        return made;
    }

    @Override
    public boolean isUp() {
        return up;
    }

    @Override
    public void watch(IoEventLoop loop, Consumer<Object> listener) {
        events = listener;
    }

    @Override
    public void unwatch() {
        events = event -> { };
    }

    private void connected(int fd) {
        StreamConnection made = null;
        try {
            settings.applyTo(fd);
            if (address.isTcp()) {
                StreamSocket.prepareTcp(fd);
            }
            made = new StreamConnection(fd, settings.maxFrame());
            readiness.waitOn(fd);
        } catch (Throwable e) {
            LOGGER.warn("{} could not take a connection", address, e);
            if (made == null) {
                SystemCalls.close(fd);
            } else {
                made.close();
            }
            source.connectAgain();
            return;
        }
        connection = made;
        up = true;
        LOGGER.debug("{} is connected", address);
        events.accept(new DeviceEvent.LinkUp());
    }

    /** Whether there is something to read that came with what was read before. */
    boolean hasNext() {
        return connection != null && connection.hasNext();
    }

    /** The socket of the connection is in error, or the other side has hung up and nothing is wanted to be read. */
    void connectionFailed() {
        int error = source.takeError(connection.descriptor());
        if (error != 0) {
            lost(new SystemCallException("the connection", error, null));
        } else if (readiness.isReadWanted()) {
            lost(new IOException("the other side has closed the connection"));
        } else {
            // What it has sent before is read when somebody wants it. Until then the event loop would report this
            // again and again.
            readiness.waitOnNone();
            connection.hangUp();
            down();
        }
    }

    private void lost(IOException cause) {
        StreamConnection ended = connection;
        connection = null;
        readiness.waitOnNone();
        ended.close();
        LOGGER.debug("{} has lost its connection: {}", address, cause.getMessage());
        events.accept(new PeerLost(cause));
        down();
        source.connectAgain();
    }

    private void down() {
        if (up) {
            up = false;
            events.accept(new DeviceEvent.LinkDown());
        }
    }

    @Override
    public int vnetHeaderLength() {
        return 0;
    }

    @Override
    public void read(FrameSink sink) {
        StreamConnection open = connection;
        if (open == null) {
            return;
        }
        try {
            open.read(sink);
        } catch (IOException ended) {
            if (open == connection) {
                lost(ended);
            }
        }
    }

    @Override
    public int write(ByteBuf frame) throws IOException {
        int length = frame.readableBytes();
        if (length < ETHERNET_HEADER) {
            throw refusal(DropReason.REFUSED);
        }
        if (length > settings.maxFrame()) {
            throw refusal(DropReason.TOO_LONG);
        }
        if (!up) {
            throw refusal(DropReason.DOWN);
        }
        int result;
        try {
            result = connection.write(frame);
        } catch (IOException ended) {
            lost(ended);
            throw refusal(DropReason.DOWN);
        }
        if (result < 0) {
            throw refusal(DropReason.NO_BUFFERS);
        }
        return result;
    }

    private FrameRefusedException refusal(DropReason reason) {
        return refusals.computeIfAbsent(reason,
            r -> new FrameRefusedException(r, address + " refused a frame: " + whyRefused(r)));
    }

    private String whyRefused(DropReason reason) {
        return switch (reason) {
            case DOWN -> "nobody is at the other end";
            case NO_BUFFERS -> "the kernel has no memory for it";
            case TOO_LONG -> "it is longer than " + settings.maxFrame() + " bytes";
            default -> "it is shorter than an Ethernet header";
        };
    }

    @Override
    public void endOfFlush() {
        // Each frame has gone out with its own call.
    }

    /** The device has no descriptor of its own that could be in error. */
    @Override
    public IOException failure() {
        return new IOException(address + " has failed");
    }

    /** A sender waits for room: nothing is ever dropped by the kernel. */
    @Override
    public DeviceDrops drops() {
        return new DeviceDrops(0, 0);
    }

    @Override
    public void close() {
        up = false;
        if (connection != null) {
            connection.close();
            connection = null;
        }
        source.close();
    }
}

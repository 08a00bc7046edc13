/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.internal.vhost.control.ControlSocket;
import io.ringtap.internal.vhost.control.DeviceFeatures;
import io.ringtap.internal.vhost.control.QueuePairs;
import io.ringtap.internal.vhost.control.ServedRing;
import io.ringtap.internal.vhost.control.VhostSession;
import io.ringtap.internal.vhost.memory.SharedMemory;
import io.ringtap.internal.vhost.memory.SharedRegion;
import io.ringtap.loop.Readiness;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;

/**
 * A port for a guest: the socket, the connection of a front end, one after the other, and the pairs of queues, each of
 * which belongs to a channel. The control connection is served by the event loop of the first channel, on which all
 * methods are called unless they say otherwise.
 */
final class VhostPort implements QueuePairs {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(VhostPort.class);
    private static final int DEFAULT_MTU = 1500;
    /** Descriptors in flight, or an event loop that ends: the number of a socket that is none. */
    private static final int NONE = -1;

    private final VhostAddress address;
    private final VhostSettings settings;
    private final StreamSource source;
    private final VhostDevice[] devices;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private IoEventLoop loop;
    private DescriptorWaiter waiter;
    private Readiness.Listener channel;
    /** {@code null} while there is none. */
    private VhostConnection connection;
    private int next = NONE;
    private int mtu = DEFAULT_MTU;
    private boolean closed;

    private VhostPort(VhostAddress address, VhostSettings settings, int pairs, ByteBufAllocator allocator)
        throws IOException {
        this.address = address;
        this.settings = settings;
        FrameStreamAddress socket = new FrameStreamAddress(address.socketName());
        source = settings.server() ? StreamListener.open(socket, address, settings.mode(), this::isBusy)
            : new StreamConnector(socket, address, settings.reconnectMillis());
        devices = new VhostDevice[pairs];
        try {
            for (int i = 0; i < pairs; i++) {
                devices[i] = new VhostDevice(this, i, settings, allocator);
            }
        } catch (OutOfMemoryError e) {
            source.close();
            throw e;
        }
    }

    /** Opens the socket that listens, if one does. */
    static VhostPort open(VhostAddress address, VhostSettings settings, int pairs, ByteBufAllocator allocator)
        throws IOException {
        try {
            return new VhostPort(address, settings, pairs, allocator);
        } catch (SystemCallException failed) {
            throw new SystemCallException(address.toString(), failed, null);
        }
    }

    VhostAddress address() {
        return address;
    }

    VhostDevice device(int pair) {
        return devices[pair];
    }

    /** Whether a front end is connected that has not ended its connection. */
    private boolean isBusy() {
        return connection != null && !connection.isEnded();
    }

    /** The first channel has come to an event loop. */
    void attach(IoEventLoop on, DescriptorWaiter descriptors, Readiness.Listener listener) throws IOException {
        waiter = descriptors;
        channel = listener;
        synchronized (waiting) {
            loop = on;
            waiting.forEach(on::execute);
            waiting.clear();
        }
        // One that is made meanwhile is attached then.
        VhostConnection kept = connection;
        source.attach(on, descriptors, listener, this::connected, kept == null);
        if (kept != null) {
            kept.attach(descriptors, listener);
        }
    }

    /** The first channel leaves its event loop. */
    void detach() {
        synchronized (waiting) {
            loop = null;
        }
        source.detach();
        if (connection != null) {
            connection.detach();
        }
    }

    /**
     * Runs a task on the event loop of the control connection, at once if that is this one; when there is one again, if
     * there is none. Any thread.
     */
    void execute(Runnable task) {
        synchronized (waiting) {
            if (loop == null && !closed) {
                waiting.add(task);
                return;
            }
            if (loop != null && !loop.inEventLoop()) {
                try {
                    loop.execute(task);
                    return;
                } catch (RejectedExecutionException ended) {
                    LOGGER.debug("{}: the event loop has ended", address);
                }
            }
        }
        task.run();
    }

    private void connected(int fd) {
        if (connection != null) {
            // The former one has ended, and this one begins when all of it is given back.
            closeNext();
            next = fd;
            connection.end(new IOException("the other side has closed the connection"));
            return;
        }
        VhostSession session = new VhostSession(address.toString(),
            DeviceFeatures.offered(settings.gives(), settings.takes(), devices.length), this, devices.length);
        VhostConnection made;
        try {
            made = new VhostConnection(this, new ControlSocket(fd), session);
        } catch (OutOfMemoryError e) {
            LOGGER.warn("{} could not take a connection", address, e);
            SystemCalls.close(fd);
            source.connectAgain();
            return;
        }
        connection = made;
        LOGGER.debug("{} is connected", address);
        try {
            made.attach(waiter, channel);
        } catch (IOException | RuntimeException e) {
            made.end(new IOException("the event loop does not wait for its messages", e));
        }
    }

    private void closeNext() {
        if (next != NONE) {
            SystemCalls.close(next);
            next = NONE;
        }
    }

    /** A connection has ended, and everything of it is given back. */
    void ended(IOException cause) {
        connection = null;
        if (!closed) {
            LOGGER.info("{}: the guest has gone: {}", address, cause.getMessage());
        }
        for (VhostDevice device : devices) {
            device.tell(new PeerLost(cause));
            device.down();
        }
        if (closed) {
            closeNext();
        } else if (next != NONE) {
            int fd = next;
            next = NONE;
            connected(fd);
        } else {
            source.connectAgain();
        }
    }

    /** Memory of the guest was not there when it was used. */
    void memoryLost(InternalError fault) {
        if (connection == null) {
            return;
        }
        SharedRegion region = connection.session().memory().truncated();
        connection.end(new IOException(region == null
            ? "memory of the guest could not be used: " + fault.getMessage()
            : "the file of the guest's memory of " + region + " was shortened", fault));
    }

    @Override
    public void suspend(int pair, Runnable suspended) {
        devices[pair].suspend(suspended);
    }

    @Override
    public void serve(int pair, ServedRing transmit, ServedRing receive, long features, SharedMemory memory) {
        devices[pair].serve(transmit, receive, features, memory);
        if (transmit == null && receive == null) {
            devices[pair].down();
        }
    }

    @Override
    public void mtu(int now) {
        int before = mtu;
        mtu = now;
        if (before != now) {
            for (VhostDevice device : devices) {
                device.tell(new DeviceEvent.MtuChanged(before, now));
            }
        }
    }

    @Override
    public void announce(long macAddress) {
        devices[0].announce(macAddress);
    }

    /** The channel of a queue pair closes. The port goes with that of the first. */
    void close(VhostDevice device) {
        if (device != devices[0] || closed) {
            return;
        }
        synchronized (waiting) {
            closed = true;
            waiting.forEach(Runnable::run);
            waiting.clear();
        }
        source.close();
        closeNext();
        if (connection != null) {
            connection.end(new IOException("the channel was closed"));
        }
    }
}

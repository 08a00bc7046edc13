/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.IoEventLoop;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.loop.Readiness;
import io.ringtap.loop.ReadinessForm;
import io.ringtap.unix.Errno;
import io.ringtap.unix.LinkState;
import io.ringtap.unix.NativeMemory;
import io.ringtap.unix.NetworkNamespace;
import io.ringtap.unix.RouteNetlink;
import io.ringtap.unix.SystemCallException;
import io.ringtap.unix.SystemCalls;

import java.io.Closeable;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/**
 * The network interface behind a tun descriptor: its name, its state and the news of it. An interface may be renamed,
 * and moved to another network namespace, while the descriptor stays and works; so the descriptor is asked for the
 * name each time, and the netlink sockets follow into the namespace that it tells. It owns the descriptor, so that no
 * ioctl of another thread meets a number that was closed and given out again.
 */
final class LinuxTunLink implements Closeable {
    private final int fd;
    private final NativeMemory request = NativeMemory.allocate(LinuxTun.IFREQ_SIZE);
    private RouteNetlink control;
    private int index;
    private boolean closed;
    private Watch watch;

    /** Takes over an attached descriptor. Opens its sockets in the namespace of the calling thread. */
    LinuxTunLink(int fd) throws IOException {
        this.fd = fd;
        control = RouteNetlink.open();
    }

    int descriptor() {
        return fd;
    }

    /** An ioctl on the tun descriptor, while it is open. */
    synchronized int ioctl(long number, long argument) throws IOException {
        ensureOpen();
        return SystemCalls.ioctl(fd, number, argument);
    }

    /** An ioctl whose argument is the address of an int. */
    synchronized int ioctlInt(long number, int value) throws IOException {
        request.buffer().putInt(0, value);
        return ioctl(number, request.address());
    }

    /** An ioctl that writes an int. */
    synchronized int readInt(long number) throws IOException {
        SystemCalls.check("ioctl of " + LinuxTun.DEVICE_NODE, ioctl(number, request.address()));
        return request.buffer().getInt(0);
    }

    /** Sets the interface's address through the descriptor, for which its owner needs no privilege. */
    synchronized int setMac(byte[] mac) throws IOException {
        request.clear().buffer().putShort(LinuxTun.IFREQ_HWADDR_FAMILY, LinuxTun.ARPHRD_ETHER);
        request.buffer().put(LinuxTun.IFREQ_HWADDR_DATA, mac);
        return ioctl(LinuxTun.SIOCSIFHWADDR, request.address());
    }

    /**
     * The name that the interface has now.
     *
     * @throws SystemCallException EBADFD if it was deleted
     */
    synchronized String name() throws IOException {
        SystemCalls.check("ioctl(TUNGETIFF)", ioctl(LinuxTun.TUNGETIFF, request.clear().address()));
        return request.getCString(0, InterfaceAddress.MAX_LENGTH + 1);
    }

    /** The flags the device was made with, IFF_TAP and others. */
    synchronized int flags() throws IOException {
        name();
        return request.buffer().getShort(LinuxTun.IFREQ_FLAGS) & 0xffff;
    }

    /** What the kernel says of the interface now, wherever it is. */
    synchronized LinkState state() throws IOException {
        ensureOpen();
        String name = name();
        try {
            LinkState state = index == 0 ? control.link(name) : control.link(index);
            if (state.name().equals(name)) {
                index = state.index();
                return state;
            }
        } catch (SystemCallException e) {
            if (!e.is(Errno.ENODEV)) {
                throw e;
            }
        }
        follow();
        LinkState state = control.link(name);
        index = state.index();
        return state;
    }

    synchronized void setUp(boolean up) throws IOException {
        control.setUp(state().index(), up);
    }

    synchronized void setMtu(int mtu) throws IOException {
        control.setMtu(state().index(), mtu);
    }

    /** Opens the sockets anew where the interface has gone. */
    private void follow() throws IOException {
        RouteNetlink moved = inItsNamespace(RouteNetlink::open);
        control.close();
        control = moved;
    }

    private <T> T inItsNamespace(Callable<T> work) throws IOException {
        int namespace = ioctl(LinuxTun.TUNGETDEVNETNS, 0);
        if (namespace < 0) {
            throw new SystemCallException("ioctl(TUNGETDEVNETNS)", -namespace, Errno.EPERM.is(namespace)
                ? name() + " is in another network namespace, and asking for it there needs CAP_NET_ADMIN" : null);
        }
        try {
            return NetworkNamespace.call(namespace, name(), work);
        } finally {
            SystemCalls.close(namespace);
        }
    }

    /** Starts to tell what happens to the interface. On the event loop. */
    void watch(IoEventLoop loop, ReadinessForm form, Consumer<DeviceEvent> events, Consumer<IOException> gone)
        throws IOException {
        LinkState now = state();
        watch = new Watch(loop, form, events, gone, now);
        watch.start(here(now));
        // Again: what changed before the subscription was there, nobody told.
        watch.last = state();
    }

    /** A subscription in the namespace where the interface is, which this thread need not be in. */
    private RouteNetlink here(LinkState expected) throws IOException {
        RouteNetlink news = RouteNetlink.subscribe();
        try (RouteNetlink probe = RouteNetlink.open()) {
            LinkState seen = probe.link(expected.index());
            if (seen.name().equals(expected.name()) && Objects.equals(expected.mac(), seen.mac())) {
                return news;
            }
        } catch (SystemCallException e) {
            if (!e.is(Errno.ENODEV)) {
                news.close();
                throw e;
            }
        }
        news.close();
        return inItsNamespace(RouteNetlink::subscribe);
    }

    /** Ends {@link #watch}. On the event loop. */
    void unwatch() {
        if (watch != null) {
            watch.stop();
            watch = null;
        }
    }

    private void ensureOpen() throws IOException {
        if (closed) {
            throw new IOException("the device is closed");
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            letGo();
            SystemCalls.close(fd);
        }
    }

    /** Closes all but the descriptor, which goes back to who gave it. */
    synchronized void letGo() {
        closed = true;
        control.close();
    }

    /** One subscription after the other, as the interface moves. On the event loop. */
    private final class Watch implements Readiness.Listener, RouteNetlink.Listener {
        private final IoEventLoop loop;
        private final ReadinessForm form;
        private final Consumer<DeviceEvent> events;
        private final Consumer<IOException> gone;
        private LinkState last;
        private RouteNetlink news;
        private Readiness readiness;

        Watch(IoEventLoop loop, ReadinessForm form, Consumer<DeviceEvent> events, Consumer<IOException> gone,
              LinkState now) {
            this.loop = loop;
            this.form = form;
            this.events = events;
            this.gone = gone;
            last = now;
        }

        void start(RouteNetlink subscription) throws IOException {
            news = subscription;
            try {
                readiness = form.register(loop, subscription.descriptor(), this);
            } catch (IOException e) {
                subscription.close();
                throw e;
            }
            readiness.want(true, false);
        }

        void stop() {
            if (readiness != null) {
                readiness.cancel();
                readiness = null;
                news.close();
            }
        }

        @Override
        public void readable() {
            try {
                news.read(this);
            } catch (IOException e) {
                failed();
            }
        }

        @Override
        public void linkChanged(LinkState state) {
            if (state.index() != last.index()) {
                return;
            }
            LinkState before = last;
            last = state;
            if (state.mtu() != before.mtu()) {
                events.accept(new DeviceEvent.MtuChanged(before.mtu(), state.mtu()));
            }
            if (state.isRunning() != before.isRunning()) {
                events.accept(state.isRunning() ? new DeviceEvent.LinkUp() : new DeviceEvent.LinkDown());
            }
        }

        @Override
        public void linkRemoved(int removed) {
            if (removed == last.index()) {
                moved();
            }
        }

        @Override
        public void newsLost() {
            moved();
        }

        /** The interface is no longer where it was heard of last, or may not be. */
        private void moved() {
            stop();
            try {
                // In this order: what changes after the subscription is told, and what changed before it is read.
                start(here(state()));
                LinkState now = state();
                last = new LinkState(now.index(), last.name(), last.flags(), last.mtu(), last.mac(),
                    last.rxDropped(), last.txDropped());
                linkChanged(now);
            } catch (IOException e) {
                gone.accept(e);
            }
        }

        @Override
        public void writable() {
            // Never asked for.
        }

        @Override
        public void failed() {
            moved();
        }

        @Override
        public void loopClosing() {
            stop();
        }
    }
}

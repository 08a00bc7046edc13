/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;

import java.io.IOException;

/** A descriptor on Netty's epoll loop, level-triggered: epoll_ctl is called only when what is wanted changes. */
final class EpollReadiness implements Readiness, EpollIoHandle {
    static final ReadinessForm FORM = new ReadinessForm() {
        @Override
        public String name() {
            return "epoll";
        }

        @Override
        public Readiness register(IoEventLoop loop, int descriptor, Listener listener) throws IOException {
            EpollReadiness readiness = new EpollReadiness(descriptor, listener);
            readiness.registration = Registrations.now(loop, readiness);
            readiness.want(false, false);
            return readiness;
        }
    };

    private final FileDescriptor descriptor;
    private final Listener listener;
    private IoRegistration registration;
    private EpollIoOps wanted = EpollIoOps.NONE;
    private boolean cancelled;

    private EpollReadiness(int descriptor, Listener listener) {
        this.descriptor = new FileDescriptor(descriptor);
        this.listener = listener;
    }

    static boolean fits(IoEventLoop loop) {
        return loop.isCompatible(EpollIoHandle.class);
    }

    @Override
    public FileDescriptor fd() {
        return descriptor;
    }

    @Override
    public void want(boolean read, boolean write) {
        // EPOLLERR comes without asking; it is named because Netty takes a descriptor that wants nothing out of epoll,
        // and then the end of the device would go unseen.
        EpollIoOps ops = EpollIoOps.EPOLLERR;
        if (read) {
            ops = ops.with(EpollIoOps.EPOLLIN);
        }
        if (write) {
            ops = ops.with(EpollIoOps.EPOLLOUT);
        }
        if (!cancelled && !ops.equals(wanted)) {
            wanted = ops;
            registration.submit(ops);
        }
    }

    @Override
    public void cancel() {
        if (!cancelled) {
            cancelled = true;
            registration.cancel();
        }
    }

    @Override
    public void handle(IoRegistration raw, IoEvent event) {
        EpollIoOps ready = ((EpollIoEvent) event).ops();
        if (!cancelled && ready.contains(EpollIoOps.EPOLLERR)) {
            listener.failed();
        }
        if (!cancelled && ready.contains(EpollIoOps.EPOLLOUT)) {
            listener.writable();
        }
        if (!cancelled && ready.contains(EpollIoOps.EPOLLIN)) {
            listener.readable();
        }
    }

    @Override
    public void close() {
        listener.loopClosing();
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.loop;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.ringtap.loop.Readiness;

import java.io.IOException;

/** A descriptor on Netty's epoll loop, level-triggered: epoll_ctl is called only when what is wanted changes. */
final class EpollReadiness extends DescriptorReadiness implements EpollIoHandle {
    static final LoopAdapter ADAPTER = new LoopAdapter() {
        @Override
        public String name() {
            return "epoll";
        }

        @Override
        public Readiness register(IoEventLoop loop, int descriptor, Listener listener) throws IOException {
            return new EpollReadiness(descriptor, listener).registerWith(loop);
        }
    };

    private final FileDescriptor descriptor;

    private EpollReadiness(int descriptor, Listener listener) {
        super(descriptor, listener);
        this.descriptor = new FileDescriptor(descriptor);
    }

    static boolean fits(IoEventLoop loop) {
        return loop.isCompatible(EpollIoHandle.class);
    }

    @Override
    public FileDescriptor fd() {
        return descriptor;
    }

    @Override
    void update() {
        // EPOLLERR comes without asking; it is named because Netty takes a descriptor that wants nothing out of epoll,
        // and then the end of the device would go unseen.
        EpollIoOps ops = EpollIoOps.EPOLLERR;
        if (isReading()) {
            ops = ops.with(EpollIoOps.EPOLLIN);
        }
        if (isWriting()) {
            ops = ops.with(EpollIoOps.EPOLLOUT);
        }
        registration().submit(ops);
    }

    @Override
    public void handle(IoRegistration raw, IoEvent event) {
        tell(((EpollIoEvent) event).ops().value());
    }
}

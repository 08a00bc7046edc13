/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.loop;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.kqueue.KQueueIoEvent;
import io.netty.channel.kqueue.KQueueIoHandle;
import io.netty.channel.kqueue.KQueueIoOps;
import io.ringtap.internal.unix.PollEvents;
import io.ringtap.loop.Readiness;

import java.io.IOException;

/**
 * A descriptor on Netty's kqueue loop. Only a filter that is there tells of an end of file, so the read filter always
 * is: level-triggered while reading is wanted, and with EV_CLEAR, which tells of each arrival once, while it is not. A
 * kevent(2) that adds a filter again does not change how it triggers, so it is deleted in between. Numbers from {@code
 * sys/event.h}, the same on FreeBSD, OpenBSD and macOS.
 */
final class KQueueReadiness extends DescriptorReadiness implements KQueueIoHandle {
    static final LoopAdapter ADAPTER = new LoopAdapter() {
        @Override
        public String name() {
            return "kqueue";
        }

        @Override
        public Readiness register(IoEventLoop loop, int descriptor, Listener listener) throws IOException {
            return new KQueueReadiness(descriptor, listener).registerWith(loop);
        }
    };

    static final short EVFILT_READ = -1;
    static final short EVFILT_WRITE = -2;
    static final short EV_ADD = 0x0001;
    static final short EV_DELETE = 0x0002;
    static final short EV_CLEAR = 0x0020;
    static final short EV_ERROR = 0x4000;
    static final short EV_EOF = (short) 0x8000;

    private static final KQueueIoOps READ_LEVEL = KQueueIoOps.newOps(EVFILT_READ, EV_ADD, 0);
    private static final KQueueIoOps READ_EDGE = KQueueIoOps.newOps(EVFILT_READ, (short) (EV_ADD | EV_CLEAR), 0);
    private static final KQueueIoOps READ_NONE = KQueueIoOps.newOps(EVFILT_READ, EV_DELETE, 0);
    private static final KQueueIoOps WRITE_LEVEL = KQueueIoOps.newOps(EVFILT_WRITE, EV_ADD, 0);
    private static final KQueueIoOps WRITE_NONE = KQueueIoOps.newOps(EVFILT_WRITE, EV_DELETE, 0);

    private KQueueIoOps readFilter = READ_NONE;
    private KQueueIoOps writeFilter = WRITE_NONE;

    KQueueReadiness(int descriptor, Listener listener) {
        super(descriptor, listener);
    }

    static boolean fits(IoEventLoop loop) {
        return loop.isCompatible(KQueueIoHandle.class);
    }

    @Override
    public int ident() {
        return descriptor();
    }

    @Override
    void update() {
        KQueueIoOps read = isReading() ? READ_LEVEL : READ_EDGE;
        if (read != readFilter) {
            if (readFilter != READ_NONE) {
                registration().submit(READ_NONE);
            }
            registration().submit(read);
            readFilter = read;
        }
        KQueueIoOps write = isWriting() ? WRITE_LEVEL : WRITE_NONE;
        if (write != writeFilter) {
            registration().submit(write);
            writeFilter = write;
        }
    }

    /** A descriptor that stays open would keep its filters; one that is closed loses them by that. */
    @Override
    void withdraw() {
        if (readFilter != READ_NONE) {
            registration().submit(READ_NONE);
        }
        if (writeFilter != WRITE_NONE) {
            registration().submit(WRITE_NONE);
        }
    }

    @Override
    public void handle(IoRegistration raw, IoEvent event) {
        KQueueIoEvent occurred = (KQueueIoEvent) event;
        tell(asPoll(occurred.filter(), occurred.flags(), occurred.fflags(), occurred.data()));
    }

    /** What poll(2) would say. Data is bytes to read or room to write; with EV_ERROR it is an errno. */
    private static int asPoll(short filter, short flags, int fflags, long data) {
        if ((flags & EV_ERROR) != 0) {
            return data == 0 ? 0 : PollEvents.POLLERR;
        }
        boolean end = (flags & EV_EOF) != 0;
        if (filter == EVFILT_WRITE) {
            return end ? PollEvents.POLLERR : PollEvents.POLLOUT;
        }
        // With EV_EOF the filter's flags are the error of a socket, if there was one.
        if (!end) {
            return PollEvents.POLLIN;
        }
        return (fflags != 0 ? PollEvents.POLLERR : PollEvents.POLLHUP) | (data > 0 ? PollEvents.POLLIN : 0);
    }
}

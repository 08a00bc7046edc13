/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.loop;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.ringtap.loop.PollIoEvent;
import io.ringtap.loop.PollIoHandle;
import io.ringtap.loop.PollIoHandler;
import io.ringtap.loop.PollIoOps;
import io.ringtap.loop.Readiness;

import java.io.IOException;

/** A descriptor on Ringtap's own {@link PollIoHandler}, level-triggered as poll(2) is. */
final class PollReadiness extends DescriptorReadiness implements PollIoHandle {
    static final LoopAdapter ADAPTER = new LoopAdapter() {
        @Override
        public String name() {
            return "poll";
        }

        @Override
        public Readiness register(IoEventLoop loop, int descriptor, Listener listener) throws IOException {
            return new PollReadiness(descriptor, listener).registerWith(loop);
        }
    };

    private PollReadiness(int descriptor, Listener listener) {
        super(descriptor, listener);
    }

    static boolean fits(IoEventLoop loop) {
        return loop.isCompatible(PollIoHandle.class);
    }

    @Override
    public int fd() {
        return descriptor();
    }

    @Override
    void update() {
        // POLLERR comes without asking; it is named because NONE would take the descriptor out.
        PollIoOps ops = PollIoOps.POLLERR;
        if (isReading()) {
            ops = ops.with(PollIoOps.POLLIN);
        }
        if (isWriting()) {
            ops = ops.with(PollIoOps.POLLOUT);
        }
        registration().submit(ops);
    }

    @Override
    public void handle(IoRegistration raw, IoEvent event) {
        tell(((PollIoEvent) event).ops().value());
    }
}

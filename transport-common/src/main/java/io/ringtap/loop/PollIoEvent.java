/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.netty.channel.IoEvent;

/** The ready events that a {@link PollIoHandler} passes to a {@link PollIoHandle}. */
public final class PollIoEvent implements IoEvent {
    private final PollIoOps ops;

    PollIoEvent(PollIoOps ops) {
        this.ops = ops;
    }

    /** What is ready: of what was submitted, and POLLERR, POLLHUP and POLLNVAL, which come without asking. */
    public PollIoOps ops() {
        return ops;
    }

    @Override
    public String toString() {
        return "PollIoEvent{" + "ops=" + ops + '}';
    }
}

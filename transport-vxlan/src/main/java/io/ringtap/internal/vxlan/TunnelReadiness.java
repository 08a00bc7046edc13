/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.netty.channel.EventLoop;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.internal.udp.UdpSocket;
import io.ringtap.loop.Readiness;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * Waits on all sockets of a tunnel: those that receive for datagrams, and the one that had no room last for room. The
 * errors of all are heard. On the event loop.
 */
final class TunnelReadiness implements Readiness {
    private final EventLoop loop;
    private final Listener listener;
    private final List<Readiness> receivers = new ArrayList<>();
    private final List<Readiness> senders = new ArrayList<>();
    private final Runnable look = this::look;
    private boolean lookScheduled;
    private boolean reading;
    private boolean writing;
    private boolean cancelled;
    private int full;

    /** @param failed told of a sender with an error */
    TunnelReadiness(TunnelSockets sockets, EventLoop loop, DescriptorWaiter waiter, Listener listener,
                    Consumer<UdpSocket> failed) throws IOException {
        this.loop = loop;
        this.listener = listener;
        try {
            receivers.add(waiter.register(sockets.receiver().descriptor(), new Forward(null)));
            if (sockets.groupReceiver() != null) {
                receivers.add(waiter.register(sockets.groupReceiver().descriptor(), new Forward(null)));
            }
            for (UdpSocket sender : sockets.senders()) {
                senders.add(waiter.register(sender.descriptor(), new Forward(() -> failed.accept(sender))));
            }
        } catch (Throwable e) {
            cancel();
            throw e;
        }
    }

    /** The sender of a number has no room. */
    void setFull(int sender) {
        if (writing && full != sender && !cancelled) {
            senders.get(full).want(false, false);
            senders.get(sender).want(false, true);
        }
        full = sender;
    }

    /** There is something to read that no socket tells of. */
    void readSoon() {
        if (reading && !cancelled && !lookScheduled) {
            try {
                loop.execute(look);
                lookScheduled = true;
            } catch (RejectedExecutionException e) {
                // The event loop has ended, and closes the channel.
                lookScheduled = false;
            }
        }
    }

    private void look() {
        lookScheduled = false;
        if (reading && !cancelled) {
            listener.readable();
        }
    }

    @Override
    public void want(boolean read, boolean write) {
        if (cancelled) {
            return;
        }
        reading = read;
        receivers.forEach(receiver -> receiver.want(read, false));
        if (write || writing) {
            senders.get(full).want(false, write);
        }
        writing = write;
    }

    @Override
    public void cancel() {
        if (!cancelled) {
            cancelled = true;
            receivers.forEach(Readiness::cancel);
            senders.forEach(Readiness::cancel);
        }
    }

    @Override
    public Executor whenReleased() {
        // The port of the receiver is what somebody else may wait for.
        return receivers.isEmpty() ? null : receivers.get(0).whenReleased();
    }

    /** Passes on the events of one socket. */
    private final class Forward implements Listener {
        private final Runnable failure;

        /** @param failure {@code null} to tell the channel */
        Forward(Runnable failure) {
            this.failure = failure;
        }

        @Override
        public void readable() {
            listener.readable();
        }

        @Override
        public void writable() {
            listener.writable();
        }

        @Override
        public void failed() {
            if (failure == null) {
                listener.failed();
            } else {
                failure.run();
            }
        }

        @Override
        public void loopClosing() {
            listener.loopClosing();
        }
    }
}

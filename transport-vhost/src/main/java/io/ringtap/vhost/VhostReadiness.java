/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.channel.IoEventLoop;
import io.ringtap.channel.spi.ChangingReadiness;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.internal.unix.Errno;
import io.ringtap.loop.Readiness;

import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * The readiness of a queue pair. While frames come, the rings are looked at in every turn of the event loop and the
 * guest kicks nobody; when they have come no more for a few turns, the guest is asked to kick, and its kicks are waited
 * for. On the event loop.
 */
final class VhostReadiness implements Readiness {
    /** Turns without a frame until the guest is asked to kick: a kick is a system call for it, and a wake-up here. */
    private static final int EMPTY_TURNS = 8;
    /** How often a ring is looked at whose driver has given no descriptor to kick with. */
    private static final int POLL_MICROS = 100;

    private final PolledRings device;
    private final IoEventLoop loop;
    private final Listener channel;
    private final ChangingReadiness transmitKick;
    private final ChangingReadiness receiveKick;
    private final Runnable turnTask = this::turn;
    private boolean wantRead;
    private boolean wantWrite;
    private boolean scheduled;
    private boolean asleep;
    /** What is wanted changes several times in a turn. */
    private boolean inTurn;
    private int emptyTurns;
    private boolean cancelled;

    VhostReadiness(PolledRings device, IoEventLoop loop, DescriptorWaiter waiter, Listener channel) {
        this.device = device;
        this.loop = loop;
        this.channel = channel;
        transmitKick = new ChangingReadiness(waiter);
        receiveKick = new ChangingReadiness(waiter);
        transmitKick.want(true, false);
        receiveKick.want(true, false);
    }

    /** Begins to wait for the kicks of rings; -1 for those of a driver that gives none. */
    void begin(int transmit, int receive) throws IOException {
        if (transmit >= 0) {
            transmitKick.waitOn(transmit, new Kick(transmit, transmitKick));
        }
        if (receive >= 0) {
            receiveKick.waitOn(receive, new Kick(receive, receiveKick));
        }
        wake();
        look();
    }

    /** Ends that, before the descriptors are closed. */
    void end() {
        transmitKick.waitOnNone();
        receiveKick.waitOnNone();
    }

    /** A kick of the guest. */
    private final class Kick implements Listener {
        private final int descriptor;
        private final ChangingReadiness own;

        Kick(int descriptor, ChangingReadiness own) {
            this.descriptor = descriptor;
            this.own = own;
        }

        @Override
        public void readable() {
            long taken = device.doorbell().silence(descriptor);
            if (taken != Long.BYTES && !Errno.EAGAIN.is(taken) && !Errno.EINTR.is(taken)) {
                // No event descriptor, or one at its end: it would be readable for ever.
                failed();
                return;
            }
            kicked();
        }

        @Override
        public void writable() {
            // It is not waited for.
        }

        @Override
        public void failed() {
            own.waitOnNone();
            device.kickLost(descriptor);
        }

        @Override
        public void loopClosing() {
            channel.loopClosing();
        }
    }

    private void kicked() {
        if (asleep) {
            wake();
            if (!scheduled) {
                turn();
            }
        }
    }

    private void wake() {
        asleep = false;
        emptyTurns = 0;
        device.suppressKicks();
    }

    @Override
    public void want(boolean read, boolean write) {
        boolean more = read && !wantRead || write && !wantWrite;
        wantRead = read;
        wantWrite = write;
        if (inTurn) {
            return;
        }
        if (more && asleep) {
            // Kicks were asked for as far as they were wanted then.
            wake();
        }
        look();
    }

    /** Frames were read, or written. */
    void progress() {
        emptyTurns = 0;
    }

    /** There is something to read that is in no ring. */
    void rouse() {
        if (asleep) {
            wake();
        }
        look();
    }

    /** Has the rings looked at in the next turn of the event loop, or falls asleep. */
    private void look() {
        if (scheduled || asleep || cancelled || !wantRead && !wantWrite || !device.isServed()) {
            return;
        }
        if (emptyTurns < EMPTY_TURNS || device.requestKicks(wantRead, wantWrite)) {
            emptyTurns = Math.min(emptyTurns, EMPTY_TURNS - 1);
            schedule(0);
        } else if (device.isPolled()) {
            schedule(POLL_MICROS);
        } else {
            asleep = true;
        }
    }

    private void schedule(int micros) {
        // By the timer, as a task that submits itself again is run again before the loop looks after the others.
        loop.schedule(turnTask, micros, TimeUnit.MICROSECONDS);
        // Not before: if there was no memory for that, the next call is to try again.
        scheduled = true;
    }

    private void turn() {
        scheduled = false;
        if (cancelled) {
            return;
        }
        emptyTurns++;
        inTurn = true;
        try {
            if (wantWrite) {
                channel.writable();
            }
            if (wantRead && !cancelled && device.hasFrames()) {
                channel.readable();
            }
        } finally {
            inTurn = false;
            // Also after a failure: nobody else looks at rings that are neither asleep nor due.
            look();
        }
    }

    @Override
    public void cancel() {
        if (!cancelled) {
            cancelled = true;
            transmitKick.cancel();
            receiveKick.cancel();
            device.left(this);
        }
    }

    @Override
    public Executor whenReleased() {
        Executor first = transmitKick.whenReleased();
        Executor second = receiveKick.whenReleased();
        return first == null ? second : second == null ? first
            : task -> first.execute(() -> second.execute(task));
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.kqueue.KQueueIoEvent;
import io.netty.channel.kqueue.KQueueIoHandle;
import io.netty.channel.kqueue.KQueueIoOps;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** The event loop does to a kqueue what Netty's does: changes go with the next wait, and an event finds its handle. */
class RemoteKQueueIoHandlerTest {
    private static final int KQUEUE = 5;
    private static final short EVFILT_READ = -1;
    private static final short EVFILT_WRITE = -2;
    private static final short EV_DELETE = 2;

    private record Change(int ident, short filter, short flags, long userData) {
    }

    private record Happening(int ident, short filter, short flags, long data, long userData) {
    }

    private final List<List<Change>> waits = new CopyOnWriteArrayList<>();
    private final BlockingQueue<List<Happening>> happenings = new LinkedBlockingQueue<>();
    private final List<KQueueIoEvent> heard = new CopyOnWriteArrayList<>();
    private final List<String> said = new CopyOnWriteArrayList<>();
    private final FakeAgent agent = new FakeAgent(this::call);
    private final AgentSession session = new AgentSession(agent.address());
    private final MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(1, RemoteKQueueIoHandler.newFactory(session));
    private final IoEventLoop loop = group.next();

    RemoteKQueueIoHandlerTest() throws IOException {
    }

    @AfterEach
    void close() throws Exception {
        happenings.add(List.of());
        group.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
        session.close();
        agent.close();
    }

    private long call(int number, long[] arguments, ByteBuffer scratch) throws Exception {
        if (number != FreeBsdCalls.KEVENT) {
            said.add(number == FreeBsdCalls.CLOSE ? "close " + arguments[0] : "kqueue");
            return KQUEUE;
        }
        List<Change> changes = new CopyOnWriteArrayList<>();
        for (int i = 0; i < arguments[2]; i++) {
            int at = (int) (arguments[1] - FakeAgent.SCRATCH) + i * KEvents.SIZE;
            changes.add(new Change((int) scratch.getLong(at), scratch.getShort(at + 8), scratch.getShort(at + 10),
                scratch.getLong(at + 24)));
        }
        if (arguments[4] == 0) {
            if (changes.get(0).filter() == KEvents.EVFILT_USER && changes.get(0).flags() == 0) {
                happenings.add(List.of(new Happening(0, KEvents.EVFILT_USER, (short) 0, 0, 0)));
            }
            return 0;
        }
        if (!changes.isEmpty()) {
            waits.add(changes);
        }
        boolean now = arguments[5] != 0 && scratch.getLong((int) (arguments[5] - FakeAgent.SCRATCH)) == 0
            && scratch.getLong((int) (arguments[5] - FakeAgent.SCRATCH) + 8) == 0;
        List<Happening> events = now ? happenings.poll() : happenings.take();
        int at = (int) (arguments[3] - FakeAgent.SCRATCH);
        for (Happening event : events == null ? List.<Happening>of() : events) {
            scratch.putLong(at, event.ident()).putShort(at + 8, event.filter()).putShort(at + 10, event.flags())
                .putInt(at + 12, 0).putLong(at + 16, event.data()).putLong(at + 24, event.userData());
            at += KEvents.SIZE;
        }
        return events == null ? 0 : events.size();
    }

    private IoRegistration register(int descriptor) throws Exception {
        return loop.register(new KQueueIoHandle() {
            @Override
            public int ident() {
                return descriptor;
            }

            @Override
            public void handle(IoRegistration registration, IoEvent event) {
                heard.add((KQueueIoEvent) event);
            }

            @Override
            public void unregistered() {
                said.add("unregistered " + descriptor);
            }

            @Override
            public void close() {
                said.add("closed " + descriptor);
            }
        }).get(20, TimeUnit.SECONDS);
    }

    @Test
    void changesGoWithTheNextWaitInOneCall() throws Exception {
        IoRegistration registration = register(9);
        loop.submit(() -> {
            registration.submit(KQueueIoOps.newOps(EVFILT_READ, KEvents.EV_ADD, 0));
            registration.submit(KQueueIoOps.newOps(EVFILT_WRITE, KEvents.EV_ADD, 0));
            registration.submit(KQueueIoOps.newOps(EVFILT_WRITE, EV_DELETE, 0));
            assertThat(waits).as("before the loop waits").isEmpty();
        }).sync();
        await("the wait", () -> !waits.isEmpty());
        assertThat(waits).containsExactly(List.of(new Change(9, EVFILT_READ, KEvents.EV_ADD, 1),
            new Change(9, EVFILT_WRITE, KEvents.EV_ADD, 1), new Change(9, EVFILT_WRITE, EV_DELETE, 1)));
    }

    @Test
    void anEventFindsTheRegistrationOfItsNumberAndNoOther() throws Exception {
        IoRegistration gone = register(9);
        gone.cancel();
        register(9);
        await("unregistered", () -> {
            // It is dropped at the end of a turn, and a task makes one.
            loop.submit(() -> { }).sync();
            return said.contains("unregistered 9");
        });
        short clear = KEvents.EV_CLEAR;
        happenings.add(List.of(new Happening(9, EVFILT_READ, clear, 60, 1), new Happening(9, EVFILT_READ, clear, 61, 3),
            new Happening(9, EVFILT_READ, KEvents.EV_ERROR, 2, 2), new Happening(9, EVFILT_READ, clear, 62, 2)));
        await("an event", () -> !heard.isEmpty());
        loop.submit(() -> { }).sync();
        assertThat(heard).singleElement().satisfies(event -> {
            assertThat(event.data()).isEqualTo(62);
            assertThat(event.ident()).isEqualTo(9);
            assertThat(event.filter()).isEqualTo(EVFILT_READ);
            assertThat(event.flags()).isEqualTo(clear);
        });
    }

    @Test
    void whatIsSubmittedAfterCancelIsRefused() throws Exception {
        IoRegistration registration = register(9);
        assertThat(registration.cancel()).isTrue();
        assertThat(registration.cancel()).isFalse();
        assertThat(registration.isValid()).isFalse();
        assertThat(registration.submit(KQueueIoOps.newOps(EVFILT_READ, KEvents.EV_ADD, 0))).isEqualTo(-1);
        loop.submit(() -> { }).sync();
        assertThat(waits).isEmpty();
    }

    @Test
    void moreEventsThanThereIsRoomForMakeMoreRoom() throws Exception {
        IoRegistration registration = register(9);
        loop.submit(() -> {
            for (int i = 0; i < 100; i++) {
                registration.submit(KQueueIoOps.newOps(EVFILT_READ, KEvents.EV_ADD, 0));
            }
        }).sync();
        await("the wait", () -> !waits.isEmpty());
        assertThat(waits.get(0)).hasSize(100);
        Happening one = new Happening(9, EVFILT_READ, (short) 0, 0, 1);
        happenings.add(Collections.nCopies(64, one));
        happenings.add(Collections.nCopies(128, one));
        await("all events", () -> heard.size() == 192);
    }

    @Test
    void theEndOfTheLoopClosesHandlesAndTheKqueue() throws Exception {
        register(9);
        group.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
        assertThat(said).containsExactly("kqueue", "closed 9", "unregistered 9", "close " + KQUEUE);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A connection for each thread, and the loss of the machine. */
class AgentSessionTest {
    private static final int GETPID = 20;
    private static final int FOREVER = 209;

    private final CountDownLatch waiting = new CountDownLatch(1);
    private final FakeAgent agent = new FakeAgent((number, arguments, scratch) -> {
        if (number == FOREVER) {
            waiting.countDown();
            Thread.sleep(Long.MAX_VALUE);
        }
        return 7;
    });

    AgentSessionTest() throws IOException {
    }

    @AfterEach
    void close() throws Exception {
        agent.close();
    }

    private static long getpid(AgentSession session) throws AgentException {
        return new RemoteCall(session, GETPID).execute();
    }

    private static <T> T onThread(FutureTask<T> task) throws Exception {
        Thread thread = new Thread(task);
        thread.start();
        thread.join();
        return task.get();
    }

    @Test
    void aThreadHasAConnectionOfItsOwnWhichTheNextOneTakes() throws Exception {
        try (AgentSession session = new AgentSession(agent.address())) {
            assertThat(agent.connections()).as("the session's own").isEqualTo(1);
            getpid(session);
            getpid(session);
            assertThat(agent.connections()).isEqualTo(2);
            for (int i = 0; i < 5; i++) {
                onThread(new FutureTask<>(() -> getpid(session)));
                assertThat(agent.connections()).isEqualTo(3);
            }
        }
        await("all are closed", () -> agent.connections() == 0);
    }

    @Test
    void whatIsDoneApartLeavesNoConnectionBehind() throws Exception {
        try (AgentSession session = new AgentSession(agent.address())) {
            assertThat(session.apart(() -> {
                assertThat(agent.connections()).isEqualTo(1);
                getpid(session);
                return agent.connections();
            })).isEqualTo(2);
            await("the connection is closed", () -> agent.connections() == 1);
            assertThatThrownBy(() -> session.apart(() -> {
                throw new IOException("on purpose");
            })).isInstanceOf(IOException.class).hasMessage("on purpose");
        }
    }

    @Test
    void callsAreCountedByTheirNumbers() throws Exception {
        try (AgentSession session = new AgentSession(agent.address())) {
            long[] before = session.counts();
            getpid(session);
            getpid(session);
            long[] after = session.counts();
            assertThat(after[GETPID] - before[GETPID]).isEqualTo(2);
        }
    }

    /** A machine that stands still keeps its connections: only that it does not answer tells. */
    @Test
    void aMachineThatStandsStillFailsACallThatWaits() throws Exception {
        try (AgentSession session = new AgentSession(agent.address(), 400)) {
            FutureTask<Long> call = new FutureTask<>(
                () -> new RemoteCall(session, FOREVER).waitingFor(-1).execute());
            new Thread(call).start();
            waiting.await();
            agent.silent = true;
            assertThatThrownBy(() -> call.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(AgentException.class);
            assertThat(session.lost()).hasMessageContaining("does not answer");
            assertThatThrownBy(() -> getpid(session)).isInstanceOf(AgentException.class);
        }
    }

    @Test
    void aMachineThatGoesFailsACallThatWaits() throws Exception {
        AtomicInteger result = new AtomicInteger();
        try (AgentSession session = new AgentSession(agent.address())) {
            RemoteLibC libC = new RemoteLibC(session);
            Thread thread = new Thread(() -> result.set(libC.poll(0, 0, -1)));
            thread.start();
            waiting.await();
            assertThat(session.lost()).isNull();
            agent.hangUp();
            thread.join(30_000);
            assertThat(result).hasValue(-RemoteLibC.ENXIO);
            assertThat(session.lost()).hasMessageContaining("is lost during system call");
            assertThat(libC.close(3)).isEqualTo(-RemoteLibC.ENXIO);
        }
    }

    @Test
    void theEndOfASessionIsNoLoss() throws Exception {
        AgentSession session = new AgentSession(agent.address());
        session.close();
        session.close();
        await("all are closed", () -> agent.connections() == 0);
        assertThat(session.lost()).isNull();
    }

    @Test
    void aCallLaysOutAndTakesBack() throws Exception {
        FakeAgent.Kernel kernel = (number, arguments, scratch) -> {
            int first = (int) (arguments[0] - FakeAgent.SCRATCH);
            int second = (int) (arguments[1] - FakeAgent.SCRATCH);
            scratch.putInt(second, scratch.getInt(first) + 1);
            return second;
        };
        try (FakeAgent counting = new FakeAgent(kernel); AgentSession session = new AgentSession(counting.address())) {
            RemoteCall call = new RemoteCall(session, GETPID);
            ByteBuffer got = ByteBuffer.allocate(4);
            // More than it has room for at first.
            call.in(new byte[1001]);
            long in = call.in(new byte[] {41, 0, 0, 0});
            long out = call.out(4, (result, bytes) -> got.putInt(0, bytes.getInt(0)));
            assertThat(in % 16).isZero();
            assertThat(call.execute(in, out)).isEqualTo(out - FakeAgent.SCRATCH);
            assertThat(got.getInt(0)).isEqualTo(42);
        }
    }
}

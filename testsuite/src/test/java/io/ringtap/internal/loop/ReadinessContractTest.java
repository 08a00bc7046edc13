/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.loop;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.ringtap.internal.unix.Errno;
import io.ringtap.loop.Readiness;
import io.ringtap.testsuite.LoopTurns;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.system.DescriptorPair;
import io.ringtap.testsuite.system.TestLibC;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The contract of {@link Readiness}, on every kind of event loop. */
@ParameterizedClass
@MethodSource("io.ringtap.testsuite.TestLoops#allAndSpinning")
@Timeout(30)
class ReadinessContractTest {
    private static final int TURNS = 5;
    private static final int MANY = 500;

    @Parameter
    TestLoop kind;

    private final List<DescriptorPair> pairs = new ArrayList<>();
    private final RecordingListener heard = new RecordingListener();
    private final Semaphore turned = new Semaphore(0);
    private DescriptorPair turnstile;
    private EventLoopGroup group;
    private IoEventLoop loop;
    private LoopAdapter adapter;

    @BeforeEach
    void startLoop() throws Exception {
        group = kind.get();
        loop = (IoEventLoop) group.next();
        adapter = LoopAdapters.find(loop).orElseThrow();
        turnstile = pipe();
        RecordingListener passing = new RecordingListener();
        passing.onReadable = () -> turned.release(turnstile.drain(turnstile.first()));
        Readiness readiness = register(turnstile.first(), passing);
        onLoop(() -> readiness.want(true, false));
    }

    @AfterEach
    void stopLoop() {
        if (group != null) {
            assertThat(group.shutdownGracefully(0, 10, TimeUnit.SECONDS).awaitUninterruptibly(20_000)).isTrue();
        }
        pairs.forEach(DescriptorPair::close);
    }

    private DescriptorPair pipe() throws IOException {
        pairs.add(DescriptorPair.pipe());
        return pairs.get(pairs.size() - 1);
    }

    private DescriptorPair sockets() throws IOException {
        pairs.add(DescriptorPair.sockets());
        return pairs.get(pairs.size() - 1);
    }

    private <T> T onLoop(Callable<T> work) throws Exception {
        return loop.submit(work).get(10, TimeUnit.SECONDS);
    }

    private void onLoop(Runnable work) throws Exception {
        loop.submit(work).get(10, TimeUnit.SECONDS);
    }

    private Readiness register(int fd, Readiness.Listener listener) throws Exception {
        return onLoop(() -> adapter.register(loop, fd, listener));
    }

    /** Makes the loop poll several times, so that an event of the descriptor has been delivered if it was requested. */
    private void turns() throws Exception {
        for (int i = 0; i < TURNS; i++) {
            turnstile.write(turnstile.second());
            assertThat(turned.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    private void assertNothingMoreIsTold() throws Exception {
        turns();
        int before = heard.told();
        turns();
        assertThat(heard.told()).isEqualTo(before);
    }

    /** A loop without events sleeps. */
    private void assertLoopSleeps() throws Exception {
        turns();
        LoopTurns.assertRests(loop);
    }

    @Test
    void isReadableAgainAndAgainUntilItWasRead() throws Exception {
        DescriptorPair pipe = pipe();
        pipe.write(pipe.second());
        Readiness readiness = register(pipe.first(), heard);
        onLoop(() -> readiness.want(true, false));

        await("readable three times", () -> heard.readable.get() >= 3);
        turns();
        onLoop(() -> pipe.drain(pipe.first()));

        assertNothingMoreIsTold();
        assertThat(heard.told()).isEqualTo(heard.readable.get());
        assertLoopSleeps();
    }

    @Test
    void hearsOfWhatArrivesLater() throws Exception {
        DescriptorPair pipe = pipe();
        AtomicInteger bytes = new AtomicInteger();
        heard.onReadable = () -> bytes.addAndGet(pipe.drain(pipe.first()));
        Readiness readiness = register(pipe.first(), heard);
        onLoop(() -> readiness.want(true, false));
        turns();
        assertThat(heard.told()).isZero();

        for (int i = 1; i <= 100; i++) {
            int written = i;
            pipe.write(pipe.second());
            await(i + " bytes read", () -> bytes.get() == written);
        }
    }

    @Test
    void isWritableAgainAndAgainWhileThereIsRoom() throws Exception {
        DescriptorPair sockets = sockets();
        Readiness readiness = register(sockets.first(), heard);
        onLoop(() -> readiness.want(false, true));

        await("writable three times", () -> heard.writable.get() >= 3);
        onLoop(() -> readiness.want(false, false));

        assertNothingMoreIsTold();
        assertThat(heard.told()).isEqualTo(heard.writable.get());
        assertLoopSleeps();
    }

    @Test
    void isWritableOnceThereIsRoom() throws Exception {
        DescriptorPair pipe = pipe();
        pipe.fill(pipe.second());
        Readiness readiness = register(pipe.second(), heard);
        onLoop(() -> readiness.want(false, true));
        turns();
        assertThat(heard.told()).isZero();

        pipe.drain(pipe.first());

        await("writable", () -> heard.writable.get() > 0);
    }

    @Test
    void hearsNothingWhereNothingIsWanted() throws Exception {
        DescriptorPair sockets = sockets();
        sockets.write(sockets.second());
        Readiness readiness = register(sockets.first(), heard);
        assertNothingMoreIsTold();
        assertThat(heard.told()).isZero();

        onLoop(() -> readiness.want(true, false));
        await("readable", () -> heard.readable.get() > 0);
        onLoop(() -> readiness.want(false, false));
        assertNothingMoreIsTold();
        assertLoopSleeps();

        int before = heard.readable.get();
        onLoop(() -> readiness.want(true, false));
        await("readable again", () -> heard.readable.get() > before);
        assertThat(heard.writable).hasValue(0);
    }

    @Test
    void wantReplacesWhatWasWantedBefore() throws Exception {
        DescriptorPair sockets = sockets();
        sockets.write(sockets.second());
        Readiness readiness = register(sockets.first(), heard);

        onLoop(() -> readiness.want(true, true));
        await("both", () -> heard.readable.get() > 0 && heard.writable.get() > 0);
        int reads = onLoop(() -> {
            readiness.want(false, true);
            return heard.readable.get();
        });
        int writes = heard.writable.get();
        await("writable alone", () -> heard.writable.get() > writes + 2);
        assertThat(heard.readable).hasValue(reads);
        int allWrites = onLoop(() -> {
            readiness.want(true, false);
            return heard.writable.get();
        });
        await("readable alone", () -> heard.readable.get() > reads + 2);
        assertThat(heard.writable).hasValue(allWrites);
    }

    @Test
    void whatIsWantedMayChangeFromWithin() throws Exception {
        DescriptorPair pipe = pipe();
        pipe.write(pipe.second());
        Readiness readiness = register(pipe.first(), heard);
        heard.onReadable = () -> readiness.want(false, false);
        onLoop(() -> readiness.want(true, false));

        await("readable", () -> heard.readable.get() > 0);

        turns();
        assertThat(heard.readable).hasValue(1);
    }

    @Test
    void errorsAreToldThoughNothingIsWanted() throws Exception {
        DescriptorPair pipe = pipe();
        register(pipe.second(), heard);
        turns();
        assertThat(heard.told()).isZero();

        pipe.closeFirst();

        await("failed three times", () -> heard.failed.get() >= 3);
        assertThat(heard.readable.get() + heard.writable.get()).isZero();
    }

    @Test
    void errorsAreToldBesideWhatIsWanted() throws Exception {
        DescriptorPair pipe = pipe();
        pipe.fill(pipe.second());
        Readiness readiness = register(pipe.second(), heard);
        onLoop(() -> readiness.want(false, true));
        turns();
        assertThat(heard.told()).isZero();
        heard.onFailed = readiness::cancel;

        pipe.closeFirst();

        await("failed", () -> heard.failed.get() > 0);
        assertNothingMoreIsTold();
        assertThat(heard.failed).hasValue(1);
        assertThat(heard.writable).hasValue(0);
    }

    @Test
    void aHangUpIsToldOnceAllIsRead() throws Exception {
        DescriptorPair pipe = pipe();
        pipe.write(pipe.second());
        Readiness readiness = register(pipe.first(), heard);
        onLoop(() -> readiness.want(true, false));
        await("readable", () -> heard.readable.get() > 0);

        pipe.closeSecond();
        turns();
        int reads = heard.readable.get();
        await("readable still", () -> heard.readable.get() > reads + 2);
        assertThat(heard.failed).hasValue(0);

        onLoop(() -> assertThat(pipe.read(pipe.first())).isOne());
        await("failed", () -> heard.failed.get() > 0);
    }

    @Test
    void aHangUpIsToldThoughNothingIsWanted() throws Exception {
        DescriptorPair pipe = pipe();
        pipe.write(pipe.second());
        register(pipe.first(), heard);

        pipe.closeSecond();

        await("failed", () -> heard.failed.get() > 0);
    }

    @Test
    void aPeerThatOnlyStopsSendingIsNoError() throws Exception {
        DescriptorPair sockets = sockets();
        Readiness readiness = register(sockets.first(), heard);
        assertThat(TestLibC.INSTANCE.shutdown(sockets.second(), 1)).isZero();

        assertNothingMoreIsTold();
        assertThat(heard.told()).isZero();
        assertLoopSleeps();

        onLoop(() -> readiness.want(true, false));
        await("its end can be read", () -> heard.readable.get() > 0);
        assertThat(heard.failed).hasValue(0);
    }

    @Test
    void cancelledFromWithinItHearsNothingMore() throws Exception {
        DescriptorPair pipe = pipe();
        pipe.write(pipe.second());
        Readiness readiness = register(pipe.first(), heard);
        heard.onReadable = () -> {
            readiness.cancel();
            pipe.closeFirst();
        };
        onLoop(() -> readiness.want(true, true));

        await("readable", () -> heard.readable.get() > 0);

        assertNothingMoreIsTold();
        assertThat(heard.told()).isOne();
        onLoop(() -> {
            readiness.want(true, true);
            readiness.cancel();
        });
        assertNothingMoreIsTold();
    }

    @Test
    void oneMayCancelAnother() throws Exception {
        DescriptorPair one = pipe();
        DescriptorPair other = pipe();
        RecordingListener heardByOther = new RecordingListener();
        Readiness[] both = {register(one.first(), heard), register(other.first(), heardByOther)};
        heard.onReadable = both[1]::cancel;
        heardByOther.onReadable = both[0]::cancel;
        onLoop(() -> {
            both[0].want(true, false);
            both[1].want(true, false);
            one.write(one.second());
            other.write(other.second());
        });

        await("one of them", () -> heard.told() + heardByOther.told() > 2);

        assertThat(heard.told() == 0 || heardByOther.told() == 0).isTrue();
    }

    @Test
    void aDescriptorCanBeRegisteredAgain() throws Exception {
        DescriptorPair pipe = pipe();
        pipe.write(pipe.second());
        for (int i = 0; i < 50; i++) {
            RecordingListener again = new RecordingListener();
            Readiness readiness = register(pipe.first(), again);
            onLoop(() -> readiness.want(true, false));
            await("readable", () -> again.readable.get() > 0);
            int told = onLoop(() -> {
                readiness.cancel();
                return again.told();
            });
            turns();
            assertThat(again.told()).isEqualTo(told);
        }
    }

    @Test
    void aNumberThatIsGivenOutAgainIsAnotherDescriptor() throws Exception {
        DescriptorPair first = pipe();
        int number = first.first();
        Readiness old = register(number, heard);
        onLoop(() -> old.want(true, false));
        for (int i = 0; i < 50; i++) {
            DescriptorPair next = pipe();
            RecordingListener nextHeard = new RecordingListener();
            int oldTold = heard.told();
            Readiness readiness = onLoop(() -> {
                old.cancel();
                // Closes the descriptor, while the loop may have changes for it that it has not passed to the kernel
                // yet.
                assertThat(TestLibC.INSTANCE.dup2(next.first(), number)).isEqualTo(number);
                Readiness registered = adapter.register(loop, number, nextHeard);
                registered.want(true, false);
                return registered;
            });
            turns();
            assertThat(nextHeard.told()).isZero();
            next.write(next.second());
            await("the new one is readable", () -> nextHeard.readable.get() > 0);
            onLoop(readiness::cancel);
            assertThat(heard.told()).isEqualTo(oldTold);
        }
    }

    @Test
    void aDescriptorThatWasReleasedIsGoneOnceClosed() throws Exception {
        for (int i = 0; i < 50; i++) {
            DescriptorPair pipe = pipe();
            Readiness readiness = register(pipe.first(), heard);
            if (i % 2 == 0) {
                onLoop(() -> readiness.want(true, true));
                turns();
            }
            AtomicInteger written = new AtomicInteger(1);
            onLoop(() -> {
                readiness.cancel();
                Executor released = readiness.whenReleased();
                Runnable close = () -> {
                    pipe.closeFirst();
                    // The pipe breaks only when the last reference to the file is gone.
                    written.set(pipe.write(pipe.second()));
                };
                if (released == null) {
                    close.run();
                } else {
                    released.execute(close);
                }
            });
            await("closed", () -> written.get() != 1);
            assertThat(Errno.EPIPE.is(written.get())).as(Errno.nameOf(-written.get())).isTrue();
        }
    }

    @Test
    void manyDescriptorsWaitAtOnce() throws Exception {
        List<RecordingListener> listeners = new ArrayList<>();
        List<DescriptorPair> pipes = new ArrayList<>();
        AtomicInteger bytes = new AtomicInteger();
        List<Readiness> readinesses = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            DescriptorPair pipe = pipe();
            pipes.add(pipe);
            RecordingListener listener = new RecordingListener();
            listener.onReadable = () -> bytes.addAndGet(pipe.drain(pipe.first()));
            listeners.add(listener);
            readinesses.add(register(pipe.first(), listener));
        }
        onLoop(() -> readinesses.forEach(readiness -> readiness.want(true, false)));
        for (int round = 1; round <= 3; round++) {
            int expected = round * MANY;
            pipes.forEach(pipe -> pipe.write(pipe.second()));
            await(expected + " bytes read", () -> bytes.get() == expected);
        }
        onLoop(() -> {
            for (int i = 0; i < MANY; i += 2) {
                readinesses.get(i).cancel();
            }
        });
        List<Integer> before = listeners.stream().map(RecordingListener::told).toList();
        pipes.forEach(pipe -> pipe.write(pipe.second()));
        await("half as many more", () -> bytes.get() == 3 * MANY + MANY / 2);
        turns();
        for (int i = 0; i < MANY; i += 2) {
            assertThat(listeners.get(i).told()).isEqualTo(before.get(i));
        }
    }

    @Test
    void aLoopThatShutsDownSaysSo() throws Exception {
        DescriptorPair leftOpen = pipe();
        DescriptorPair closing = pipe();
        RecordingListener closes = new RecordingListener();
        Readiness readiness = register(closing.first(), closes);
        closes.onLoopClosing = () -> {
            readiness.cancel();
            Executor released = readiness.whenReleased();
            if (released == null) {
                closing.closeFirst();
            } else {
                released.execute(closing::closeFirst);
            }
        };
        register(leftOpen.first(), heard);
        onLoop(() -> readiness.want(true, false));

        // Without a quiet period, a loop of Netty that is running tasks ends before it has closed its handles.
        assertThat(group.shutdownGracefully(50, 5_000, TimeUnit.MILLISECONDS).await(10, TimeUnit.SECONDS)).isTrue();

        assertThat(heard.loopClosing).hasValue(1);
        assertThat(closes.loopClosing).hasValue(1);
        assertThat(Errno.EPIPE.is(closing.write(closing.second()))).isTrue();
        assertThat(heard.told() + closes.told()).isZero();
    }

    /** A loop that exposes the number of registrations, by which Netty decides whether it may suspend the loop. */
    private static final class CountingLoop extends SingleThreadIoEventLoop {
        CountingLoop(IoHandlerFactory handlers) {
            super(null, new DefaultThreadFactory("counting"), handlers);
        }

        int registrations() {
            return getNumOfRegisteredChannels();
        }
    }

    @Test
    void theLoopCountsWhatIsRegistered() throws Exception {
        CountingLoop counting = new CountingLoop(kind.factory());
        DescriptorPair sockets = sockets();
        try {
            Readiness one = counting.submit(() -> adapter.register(counting, sockets.first(), heard)).get();
            Readiness other = counting.submit(() -> adapter.register(counting, sockets.second(), heard)).get();
            assertThat(counting.registrations()).isEqualTo(2);

            counting.submit(one::cancel).get();
            counting.submit(one::cancel).get();
            assertThat(counting.registrations()).isEqualTo(1);
            counting.submit(other::cancel).get();
            assertThat(counting.registrations()).isZero();
        } finally {
            counting.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void anotherThreadIsRefused() throws Exception {
        DescriptorPair pipe = pipe();
        pipe.write(pipe.second());
        // The loop is busy, so that the event cannot come before it is requested.
        CountDownLatch asked = new CountDownLatch(1);
        loop.execute(() -> {
            try {
                asked.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });

        assertThatThrownBy(() -> adapter.register(loop, pipe.first(), heard)).isInstanceOf(IOException.class)
            .hasMessageContaining("thread");

        asked.countDown();
        turns();
        assertThat(heard.told()).isZero();
    }
}

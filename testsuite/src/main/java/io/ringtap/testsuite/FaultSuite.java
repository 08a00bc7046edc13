/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameChannel;
import io.ringtap.testkit.Await;
import io.ringtap.testkit.LeakExtension;
import io.ringtap.testkit.OpenDescriptors;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestLeakDetector;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.system.Faults;
import io.ringtap.testsuite.system.Faults.Fault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Opens a channel, writes, reads, lets something happen to its device, and closes; records the calls that this makes,
 * and then does the same again for every one of them, which fails in each of the ways that it can: alone, or with all
 * calls of its name that follow for a while. Whatever fails, the event loop lives and rests, promises are done and
 * true, nothing stays open or allocated, and the channel can be used, or is closed with that cause.
 *
 * <p>With {@code -Dringtap.faults=all} each call fails in each of its ways; without, in one of them. How many calls
 * there were, and what went wrong when which of them failed, stands in {@code target/faults}.
 */
@ExtendWith(LeakExtension.class)
@ParameterizedClass(name = "{0}")
@MethodSource("io.ringtap.testsuite.TestLoops#available")
abstract class FaultSuite {
    private static final boolean ALL = "all".equals(System.getProperty("ringtap.faults"));
    /** For what need not happen when a call has failed: frames that arrive, and writes that end. */
    private static final long GRACE_MILLIS = 3000;
    /** Calls in a moment in which nothing happens; a loop that spins makes a hundred times as many. */
    private static final int MOST_CALLS_AT_REST = 400;
    /** A call that repeats, such as a poll or a read that finds nothing, fails the first few times alone. */
    private static final int REPEATS = ALL ? 8 : 2;
    private static final int LAST_FRAMES = 6;

    @Parameter
    TestLoop loop;

    /** Makes a device that no other test knows. */
    abstract FrameTestbed newTestbed() throws Exception;

    /** Of the transport, for the report. */
    abstract String name();

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void anyOneCallFails() throws Exception {
        List<String> calls;
        Map<String, List<String>> found = new LinkedHashMap<>();
        try (Faults faults = new Faults()) {
            // The first run loads classes; what they call once belongs to no channel.
            new Run(faults).go(-1, null, false);
            Run clean = new Run(faults);
            clean.go(-1, null, false);
            calls = clean.calls;
            if (!clean.problems.isEmpty()) {
                found.put("without a fault", clean.problems);
            }
        }
        int runs = 0;
        for (int number = 0; number < calls.size(); number++) {
            String name = calls.get(number);
            if (calls.subList(0, number).stream().filter(name::equals).count() >= REPEATS) {
                continue;
            }
            List<Fault> ways = Fault.of(name);
            for (Fault fault : ALL ? ways : List.of(ways.get(number % ways.size()))) {
                for (boolean lasting : ALL ? new boolean[] {false, true} : new boolean[] {number % 2 == 0}) {
                    if (lasting && fault == Fault.EINTR) {
                        // A signal that interrupts every call forever: trying again and again is correct.
                        continue;
                    }
                    runs++;
                    try (Faults faults = new Faults()) {
                        Run run = new Run(faults);
                        run.go(number, fault, lasting);
                        if (!run.problems.isEmpty()) {
                            found.put(name + " as call " + number + ": " + fault + (lasting ? ", lasting" : ""),
                                run.problems);
                        }
                    }
                }
            }
        }
        report(calls, runs, found);
        assertThat(found).isEmpty();
    }

    private void report(List<String> calls, int runs, Map<String, List<String>> found) throws IOException {
        StringBuilder report = new StringBuilder();
        report.append(name()).append(" on ").append(loop).append(": N = ").append(calls.size())
            .append(" calls, ").append(runs).append(" runs with one of them failing, ").append(found.size())
            .append(" with problems\n").append(calls).append('\n');
        found.forEach((what, problems) -> report.append(what).append(": ").append(problems).append('\n'));
        System.out.print(report);
        Path folder = Files.createDirectories(Path.of("target", "faults"));
        Files.writeString(folder.resolve(name() + '-' + loop + ".txt"), report);
    }

    /** One channel, from registration to close. */
    private final class Run {
        final List<String> problems = new ArrayList<>();
        List<String> calls;

        private final Faults faults;
        private final FrameCollector collector = new FrameCollector();
        private final Map<Long, ChannelFuture> writes = new LinkedHashMap<>();
        private final Set<Long> arrived = new HashSet<>();
        private Fault fault;
        private EventLoopGroup group;
        private FrameTestbed testbed;
        private FrameChannel channel;
        private boolean ready;
        private long nextNumber = 1;

        Run(Faults faults) {
            this.faults = faults;
        }

        void go(int number, Fault with, boolean lasting) throws Exception {
            fault = with;
            long descriptors = OpenDescriptors.ofTaps();
            testbed = newTestbed();
            if (fault != null) {
                testbed.expectFaults();
            }
            try {
                group = loop.newGroup(1);
                // The Faults object was made by this thread, whose calls are not counted. Those of the event loop
                // thread are.
                Faults.counted(() -> group.next().submit(() -> { }).sync());
                try {
                    if (number < 0) {
                        faults.count();
                    } else {
                        faults.letFail(number, fault, lasting);
                    }
                    live();
                    faults.pause();
                    usable();
                    rests();
                    faults.resume();
                    end();
                } catch (RejectedExecutionException e) {
                    problems.add("the event loop is dead: " + e.getMessage());
                } finally {
                    calls = faults.calls();
                    faults.pause();
                    if (channel.isRegistered() && !group.isShuttingDown()) {
                        channel.close().await(Await.PATIENCE_MILLIS);
                    }
                    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).await(Await.PATIENCE_MILLIS);
                }
            } finally {
                testbed.close();
            }
            check("descriptors are back", () -> OpenDescriptors.ofTaps() <= descriptors);
            check("buffers are back", () -> !TestLeakDetector.hasOpenResources());
        }

        private void live() throws Exception {
            channel = testbed.newChannel();
            channel.config().setAllocator(faults.allocator());
            channel.pipeline().addLast(collector);
            group.register(channel).sync();
            ChannelFuture bound = channel.bind(testbed.address());
            if (!bound.await(Await.PATIENCE_MILLIS)) {
                problems.add("the bind does not end");
                return;
            }
            if (!bound.isSuccess()) {
                told("the bind failed", bound.cause());
                return;
            }
            onLoop();
            testbed.ready();
            ready = true;
            write(Unpooled.directBuffer());
            write(Unpooled.buffer());
            write(null);
            channel.flush();
            settleWrites();
            send(3);
            try {
                testbed.disturb();
            } catch (IOException e) {
                if (channel.isActive()) {
                    problems.add("the device cannot be disturbed: " + e.getMessage());
                }
            }
            if (!channel.isActive()) {
                return;
            }
            write(Unpooled.directBuffer());
            channel.flush();
            settleWrites();
        }

        /**
         * Asserts that the event loop still runs, and that the channel can be used or is closed with the cause of the
         * fault.
         */
        private void usable() throws Exception {
            onLoop();
            if (channel.isActive()) {
                bothWays();
            }
            if (!channel.isActive() && collector.events().contains("active")) {
                Throwable gone = collector.exceptions().isEmpty() ? null : collector.exceptions().get(0);
                for (DeviceEvent event : collector.deviceEvents()) {
                    gone = event instanceof DeviceEvent.Gone cause ? cause.cause() : gone;
                }
                told("the channel was closed", gone);
            }
            if (collector.exceptions().size() > 5) {
                problems.add(collector.exceptions().size() + " exceptions were caught");
            }
        }

        /** Asserts that frames pass in both directions. A refused frame may be sent again for a while. */
        private void bothWays() throws Exception {
            long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Await.PATIENCE_MILLIS);
            boolean sent = false;
            int before = collector.waiting();
            while (problems.isEmpty() && channel.isActive() && System.nanoTime() - deadline < 0
                && !(sent && collector.waiting() > before)) {
                farSends();
                if (!sent) {
                    long number = nextNumber;
                    ChannelFuture write = write(Unpooled.directBuffer());
                    channel.flush();
                    write.await(100);
                    collect(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(write.isSuccess() ? 1000 : 0), number);
                    sent = arrived.contains(number);
                } else {
                    Await.happens(5, () -> collector.waiting() > before);
                }
            }
            if (channel.isActive() && !sent) {
                problems.add("no frame gets out any more");
            }
            if (channel.isActive() && collector.waiting() == before) {
                problems.add("no frame gets in any more");
            }
        }

        private void rests() throws Exception {
            int most = faults.passed() + MOST_CALLS_AT_REST;
            group.next().schedule(() -> { }, 50, TimeUnit.MILLISECONDS).await();
            if (faults.passed() > most) {
                problems.add("the loop does not rest: " + faults.passed() + " calls");
            }
        }

        /** Asserts that the frames that were flushed before the close are sent, and that each promise is true. */
        private void end() throws Exception {
            boolean active = channel.isActive();
            long last = nextNumber;
            for (int i = 0; active && i < LAST_FRAMES; i++) {
                write(i % 2 == 0 ? Unpooled.directBuffer() : Unpooled.buffer());
            }
            channel.flush();
            if (channel.isRegistered() && !channel.close().await(Await.PATIENCE_MILLIS)) {
                problems.add("the close does not end");
            }
            onLoop();
            while (last < nextNumber) {
                ChannelFuture write = writes.get(last);
                collect(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(
                    write != null && write.isSuccess() ? Await.PATIENCE_MILLIS : 1), last++);
            }
            writes.forEach((number, write) -> {
                if (!write.isDone()) {
                    problems.add("the promise of frame " + number + " is not done");
                } else if (write.isSuccess() && !arrived.contains(number)) {
                    problems.add("frame " + number + " was promised and did not arrive");
                } else if (!write.isSuccess() && arrived.contains(number)) {
                    problems.add("frame " + number + " arrived, and its promise says " + write.cause());
                } else if (!write.isSuccess() && fault == null) {
                    problems.add("the promise of frame " + number + " failed with " + write.cause());
                }
            });
        }

        private void onLoop() throws Exception {
            try {
                if (!group.next().submit(() -> { }).await(Await.PATIENCE_MILLIS)) {
                    problems.add("the event loop does not get to its tasks");
                }
            } catch (RejectedExecutionException e) {
                problems.add("the event loop is dead");
            }
        }

        private ChannelFuture write(ByteBuf into) {
            long number = nextNumber++;
            byte[] frame = TestFrames.frame(number);
            ByteBuf message = into != null ? into.writeBytes(frame)
                : Unpooled.wrappedBuffer(Unpooled.directBuffer(20).writeBytes(frame, 0, 20),
                    Unpooled.wrappedBuffer(frame, 20, frame.length - 20));
            ChannelFuture write = channel.write(message);
            writes.put(number, write);
            return write;
        }

        /** Waits until each write is done and, if it succeeded, its frame has arrived. */
        private void settleWrites() throws Exception {
            long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(GRACE_MILLIS);
            for (Map.Entry<Long, ChannelFuture> write : writes.entrySet()) {
                write.getValue().await(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
                if (write.getValue().isSuccess()) {
                    collect(deadline, write.getKey());
                }
            }
        }

        /** Receives frames until the one with this number has arrived, or the time is over. */
        private void collect(long deadline, long number) throws Exception {
            while (ready && !arrived.contains(number)) {
                byte[] frame = testbed.receive(Math.max(0, (deadline - System.nanoTime()) / 1_000_000));
                if (frame == null) {
                    return;
                }
                if (!arrived.add(TestFrames.number(frame))) {
                    problems.add("frame " + TestFrames.number(frame) + " arrived twice");
                }
            }
        }

        /** Sends frames to the channel, and waits for them unless something fails. */
        private void send(int count) throws Exception {
            int before = collector.waiting();
            for (int i = 0; i < count; i++) {
                farSends();
            }
            Await.happens(fault == null ? Await.PATIENCE_MILLIS : 50, () -> collector.waiting() >= before + count);
        }

        /** It is sent again, as a packet socket reports an interface that was down only at the next send. */
        private void farSends() {
            byte[] frame = TestFrames.frame(nextNumber++);
            try {
                testbed.send(frame);
            } catch (IOException wasDown) {
                try {
                    testbed.send(frame);
                } catch (IOException e) {
                    problems.add("the far end cannot send: " + e.getMessage());
                }
            }
        }

        private void told(String what, Throwable cause) {
            if (fault == null || cause == null || !fault.isToldBy(cause)) {
                problems.add(what + " with " + cause);
            }
        }

        private void check(String what, Await.Condition holds) throws InterruptedException {
            if (!Await.happens(Await.PATIENCE_MILLIS, holds)) {
                problems.add("not so: " + what);
            }
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.ThreadAwareExecutor;
import io.ringtap.loop.Readiness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** A device that signals, on an event loop that notes when it looks after its handles. */
@Timeout(60)
class SignalledReadinessTest {
    /** What happened, in order; for the event loop. */
    private final List<String> seen = new ArrayList<>();
    private final SingleThreadIoEventLoop loop = new SingleThreadIoEventLoop(null,
        new DefaultThreadFactory(SignalledReadinessTest.class), new NotingHandler());
    private final Device device = new Device();
    private SignalledReadiness readiness;

    private final class NotingHandler implements IoHandlerFactory {
        @Override
        public IoHandler newHandler(ThreadAwareExecutor executor) {
            IoHandler nio = NioIoHandler.newFactory().newHandler(executor);
            return new IoHandler() {
                @Override
                public void initialize() {
                    nio.initialize();
                }

                @Override
                public int run(IoHandlerContext context) {
                    seen.add("handles");
                    return nio.run(context);
                }

                @Override
                public void prepareToDestroy() {
                    nio.prepareToDestroy();
                }

                @Override
                public void destroy() {
                    nio.destroy();
                }

                @Override
                public IoRegistration register(IoHandle handle) throws Exception {
                    return nio.register(handle);
                }

                @Override
                public void wakeup() {
                    nio.wakeup();
                }

                @Override
                public boolean isCompatible(Class<? extends IoHandle> type) {
                    return nio.isCompatible(type);
                }
            };
        }
    }

    private class Device implements SignalledReadiness.Source, Readiness.Listener {
        private volatile Runnable signal;
        private int rounds;
        private boolean room;

        @Override
        public void onReady(Runnable called) {
            signal = called;
        }

        @Override
        public boolean hasMoreToRead() {
            return rounds > 0;
        }

        @Override
        public boolean hasRoom() {
            return room;
        }

        @Override
        public void readable() {
            rounds--;
            seen.add("readable");
        }

        @Override
        public void writable() {
            seen.add("writable");
        }

        @Override
        public void failed() {
            seen.add("failed");
        }

        @Override
        public void loopClosing() {
            seen.add("closing");
        }
    }

    @AfterEach
    void end() {
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private void onLoop(Runnable task) throws InterruptedException {
        loop.submit(task).sync();
    }

    private void begin(boolean read, boolean write) throws InterruptedException {
        onLoop(() -> {
            readiness = new SignalledReadiness(device, loop, device);
            readiness.want(read, write);
        });
        onLoop(() -> { });
    }

    private List<String> events() throws InterruptedException {
        List<String> events = new ArrayList<>();
        onLoop(() -> seen.stream().filter(event -> !event.equals("handles")).forEach(events::add));
        return events;
    }

    @Test
    void manySignalsAreOneTask() throws Exception {
        begin(true, false);
        onLoop(() -> {
            seen.clear();
            for (int i = 0; i < 100; i++) {
                device.signal.run();
            }
        });
        assertThat(events()).containsExactly("readable");
    }

    @Test
    void onlyWhatIsWantedIsTold() throws Exception {
        begin(false, true);
        device.signal.run();
        assertThat(events()).as("there is no room").isEmpty();
        onLoop(() -> device.room = true);
        device.signal.run();
        assertThat(events()).containsExactly("writable");
        onLoop(() -> readiness.want(false, false));
        device.signal.run();
        assertThat(events()).hasSize(1);
    }

    /** A device may have frames before anybody wants them, and signals no second time. */
    @Test
    void whatCameBeforeItWasWantedIsTold() throws Exception {
        begin(false, false);
        device.signal.run();
        assertThat(events()).isEmpty();
        onLoop(() -> readiness.want(true, false));
        assertThat(events()).containsExactly("readable");
    }

    /** A task that submits itself again is run again before the handles have their turn. */
    @Test
    void theHandlesOfTheLoopHaveTheirTurnBetweenTwoRounds() throws Exception {
        onLoop(() -> device.rounds = 50);
        begin(true, false);
        await("all rounds", () -> countOnLoop() == 50);
        List<String> all = new ArrayList<>();
        onLoop(() -> all.addAll(seen));
        for (int i = 1; i < all.size(); i++) {
            assertThat(List.of(all.get(i - 1), all.get(i))).isNotEqualTo(List.of("readable", "readable"));
        }
    }

    private long countOnLoop() {
        return loop.submit(() -> seen.stream().filter("readable"::equals).count()).syncUninterruptibly().getNow();
    }

    @Test
    void whoCancelsWithinACallHearsNothingMore() throws Exception {
        Device[] cancels = new Device[1];
        cancels[0] = new Device() {
            @Override
            public void readable() {
                super.readable();
                readiness.cancel();
            }
        };
        cancels[0].rounds = 10;
        cancels[0].room = true;
        onLoop(() -> {
            readiness = new SignalledReadiness(cancels[0], loop, cancels[0]);
            readiness.want(true, true);
        });
        assertThat(events()).containsExactly("readable");
        assertThat(cancels[0].signal).isNull();
        onLoop(readiness::cancel);
    }

    @Test
    void theEndOfTheLoopIsTold() throws Exception {
        begin(true, false);
        Runnable signal = device.signal;
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        assertThat(seen).contains("closing");
        // Of the other side, which goes on.
        signal.run();
        signal.run();
    }
}

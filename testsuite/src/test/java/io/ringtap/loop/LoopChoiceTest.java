/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.ringtap.testkit.OtherJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Which event loop {@code auto} selects. */
class LoopChoiceTest {
    private static final LongSupplier NOT_ASKED = () -> {
        throw new AssertionError("the price does not decide here");
    };

    private static Function<FrameLoop, Throwable> only(FrameLoop... available) {
        return loop -> Set.of(available).contains(loop) ? null : new IllegalStateException("no " + loop + " here");
    }

    @ParameterizedTest
    @CsvSource({"50, EPOLL, 0.05", "160, EPOLL, 0.16", "660, EPOLL, 0.66", "999, EPOLL, 1.00", "1000, IO_URING, 1.00",
        "2040, IO_URING, 2.04", "60000, IO_URING, 60.00"})
    void thePriceOfASystemCallDecides(long nanos, FrameLoop expected, String micros) {
        LoopChoice choice = LoopChoice.of(only(FrameLoop.values()), () -> nanos);
        assertThat(choice.loop()).isSameAs(expected);
        assertThat(choice.reason()).isEqualTo(
            "a system call takes " + micros + " µs here; io_uring is preferred from 1.00 µs on");
    }

    @Test
    void ioUringIsNotChosenWhereItDoesNotWork() {
        LoopChoice choice = LoopChoice.of(only(FrameLoop.EPOLL, FrameLoop.POLL), NOT_ASKED);
        assertThat(choice.loop()).isSameAs(FrameLoop.EPOLL);
        assertThat(choice.reason()).isEqualTo("io_uring is unavailable: no io_uring here");
    }

    @Test
    void withoutEpollTheNextThatWorksIsChosen() {
        assertThat(LoopChoice.of(only(FrameLoop.IO_URING, FrameLoop.POLL), NOT_ASKED).loop())
            .isSameAs(FrameLoop.IO_URING);
        assertThat(LoopChoice.of(only(FrameLoop.KQUEUE, FrameLoop.POLL), NOT_ASKED).loop())
            .isSameAs(FrameLoop.KQUEUE);
        LoopChoice poll = LoopChoice.of(only(FrameLoop.POLL), NOT_ASKED);
        assertThat(poll.loop()).isSameAs(FrameLoop.POLL);
        assertThat(poll.reason()).isEqualTo("epoll is unavailable: no epoll here; io_uring is unavailable: no io_uring"
            + " here; kqueue is unavailable: no kqueue here");
    }

    @Test
    void aPriceThatCannotBeMeasuredLeavesEpoll() {
        LoopChoice choice = LoopChoice.of(only(FrameLoop.values()), () -> {
            throw new UnsatisfiedLinkError("no native part");
        });
        assertThat(choice.loop()).isSameAs(FrameLoop.EPOLL);
        assertThat(choice.reason()).isEqualTo("the price of a system call is not known: no native part");
    }

    @Test
    void whereNothingWorksEachCauseIsTold() {
        assertThatThrownBy(() -> LoopChoice.of(only(), NOT_ASKED)).isInstanceOf(IllegalStateException.class)
            .hasMessage("no event loop works here; epoll is unavailable: no epoll here; io_uring is unavailable: no"
                + " io_uring here; kqueue is unavailable: no kqueue here; poll is unavailable: no poll here");
    }

    /** Runs in a JVM of its own, in which nothing else is logged and nothing was measured before. */
    static final class Main {
        private Main() {
        }

        public static void main(String[] arguments) {
            Logger logger = Logger.getLogger(FrameLoop.class.getName());
            logger.setUseParentHandlers(false);
            logger.setLevel(Level.FINE);
            logger.addHandler(new Handler() {
                @Override
                public void publish(LogRecord entry) {
                    System.out.println("logged: " + entry.getMessage());
                }

                @Override
                public void flush() {
                }

                @Override
                public void close() {
                }
            });
            System.out.println("chosen: " + FrameLoop.named("auto"));
            FrameLoop.named("auto");
        }
    }

    @Test
    void theChoiceAndItsReasonAreLoggedOnce() throws Exception {
        OtherJvm.Result result = OtherJvm.run(jar -> !jar.startsWith("slf4j-"), Main.class);
        assertThat(result.status()).as(result.output()).isZero();
        String chosen = result.output().lines().filter(line -> line.startsWith("chosen: ")).findFirst().orElseThrow()
            .substring(8);
        assertThat(result.output().lines().filter(line -> line.startsWith("logged: "))).hasSize(1)
            .first().asString().startsWith("logged: The " + chosen + " event loop is preferred: ")
            .containsPattern(FrameLoop.EPOLL.isAvailable() && FrameLoop.IO_URING.isAvailable()
                ? "a system call takes \\d+\\.\\d\\d \\S+ here" : "is unavailable: ");
    }
}

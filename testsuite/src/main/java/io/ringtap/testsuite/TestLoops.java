/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.ringtap.loop.FrameLoop;
import io.ringtap.loop.SpinningIoHandler;
import org.opentest4j.TestAbortedException;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The event loops that a suite runs on: the argument of a parameterized test, by {@code
 * MethodSource("io.ringtap.testsuite.TestLoops#all")}.
 */
public final class TestLoops {
    /** Short, so that a test's loop both spins and sleeps. */
    private static final Duration SPIN = Duration.ofNanos(100_000);

    /**
     * One kind of loop, spinning or not. A test asks for a group, and is skipped with the reason if the machine never
     * has one.
     */
    public record TestLoop(String name, FrameLoop kind, boolean spins) implements Supplier<EventLoopGroup> {
        /** Whether this machine has it. */
        public boolean isAvailable() {
            return replaced == null ? kind.isAvailable() : replaced.containsKey(kind);
        }

        /** What makes its handlers; skips the test where there are none. */
        public IoHandlerFactory factory() {
            if (replaced != null) {
                return spinning(replaced.get(kind));
            }
            Throwable cause = kind.unavailabilityCause();
            if (cause != null) {
                throw new TestAbortedException(name + " is unavailable: " + cause.getMessage(), cause);
            }
            return spinning(kind.newFactory());
        }

        private IoHandlerFactory spinning(IoHandlerFactory handlers) {
            return spins ? SpinningIoHandler.newFactory(handlers, SPIN) : handlers;
        }

        /** A new group of one loop, which the test shuts down. */
        @Override
        public EventLoopGroup get() {
            return newGroup(1);
        }

        /** A new group of so many loops, which the test shuts down; {@link LoopTurns} counts for it. */
        public EventLoopGroup newGroup(int loops) {
            return LoopTurns.newGroup(loops, factory());
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** The loops of another machine, {@code null} for those of this one. */
    private static volatile Map<FrameLoop, IoHandlerFactory> replaced;

    private TestLoops() {
    }

    /**
     * Lets tests run on the loops of another machine, whose descriptors those of this one cannot wait on.
     *
     * @param handlers for each kind of loop that the other machine has; {@code null} for the loops of this machine
     */
    public static void replace(Map<FrameLoop, IoHandlerFactory> handlers) {
        replaced = handlers == null ? null : Map.copyOf(handlers);
    }

    /** All that Ringtap has, whether or not this machine has them. */
    public static Stream<TestLoop> all() {
        return Arrays.stream(FrameLoop.values()).map(kind -> new TestLoop(kind.toString(), kind, false));
    }

    /** {@link #all()}, and the same within a {@link SpinningIoHandler}. */
    public static Stream<TestLoop> allAndSpinning() {
        return Stream.concat(all(),
            Arrays.stream(FrameLoop.values()).map(kind -> new TestLoop(kind + ", spinning", kind, true)));
    }

    /** Those that this machine has. */
    public static Stream<TestLoop> available() {
        return all().filter(TestLoop::isAvailable);
    }

    /** Those of {@link #allAndSpinning()} that this machine has. */
    public static Stream<TestLoop> availableAndSpinning() {
        return allAndSpinning().filter(TestLoop::isAvailable);
    }
}

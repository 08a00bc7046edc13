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
    private static final boolean PLAIN = Boolean.getBoolean("ringtap.loops.plain");
    /** Short, so that the loop of a test both spins and sleeps. */
    private static final Duration SPIN = Duration.ofNanos(100_000);

    /**
     * One kind of event loop, spinning or not. A test that asks for a group is skipped, with the reason, if this
     * machine cannot have one.
     */
    public record TestLoop(String name, FrameLoop kind, boolean spins) implements Supplier<EventLoopGroup> {
        /** Whether this machine has it. */
        public boolean isAvailable() {
            return replaced == null ? kind.isAvailable() : replaced.containsKey(kind);
        }

        /** Returns the factory of its handlers. Skips the test if there is none. */
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

        /** A new group of one event loop. The test shuts it down. */
        @Override
        public EventLoopGroup get() {
            return newGroup(1);
        }

        /** A new group of so many event loops, whose turns {@link LoopTurns} counts. The test shuts it down. */
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

    /** All kinds of event loop that Ringtap supports, also those that this machine does not have. */
    public static Stream<TestLoop> all() {
        return Arrays.stream(FrameLoop.values()).map(kind -> new TestLoop(kind.toString(), kind, false));
    }

    /** {@link #all()}, and the same within a {@link SpinningIoHandler}. */
    public static Stream<TestLoop> allAndSpinning() {
        return Stream.concat(all(),
            Arrays.stream(FrameLoop.values()).map(kind -> new TestLoop(kind + ", spinning", kind, true)));
    }

    /** The kinds of event loop that this machine has. */
    public static Stream<TestLoop> available() {
        return all().filter(TestLoop::isAvailable);
    }

    /**
     * Those of {@link #allAndSpinning()} that this machine has; without the spinning ones where the property {@code
     * ringtap.loops.plain} is set, for a transport whose tests take long and do not depend on it.
     */
    public static Stream<TestLoop> availableAndSpinning() {
        return allAndSpinning().filter(loop -> loop.isAvailable() && !(loop.spins() && PLAIN));
    }
}

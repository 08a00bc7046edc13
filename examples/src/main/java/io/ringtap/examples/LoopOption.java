/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.loop.FrameLoop;
import io.ringtap.loop.SpinningIoHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.concurrent.ThreadFactory;

/** The options {@code --loop} and {@code --spin}, which every example has. */
public final class LoopOption {
    private static final int MAX_SPIN_MICROS = 1_000_000;

    /** What {@code --loop} may be given. */
    static final class Kinds extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        /** Called by picocli. */
        Kinds() {
            add(FrameLoop.AUTO);
            for (FrameLoop loop : FrameLoop.values()) {
                add(loop.toString());
            }
        }
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--loop", paramLabel = "KIND", defaultValue = FrameLoop.AUTO,
        completionCandidates = Kinds.class, description = "The event loop: ${COMPLETION-CANDIDATES}; auto is epoll, or"
            + " io_uring where a system call is expensive. Default: ${DEFAULT-VALUE}.")
    private String loop;

    @Option(names = "--spin", paramLabel = "MICROS", defaultValue = "0",
        description = "How long an event loop looks for something to do before it sleeps, in microseconds, at most "
            + MAX_SPIN_MICROS + ". It pays where each loop has a processor. Default: ${DEFAULT-VALUE}.")
    private int spin;

    /** Made by picocli. */
    public LoopOption() {
    }

    /**
     * The kind that was asked for, and for {@code auto} the one chosen.
     *
     * @throws ParameterException if there is no loop of that name
     */
    public FrameLoop kind() {
        try {
            return FrameLoop.named(loop);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), "--loop " + loop + ": " + e.getMessage());
        }
    }

    /**
     * A group of such loops.
     *
     * @throws ParameterException if there is no loop of that name, or the time to spin is out of range
     * @throws IllegalStateException if it does not work here, saying why
     */
    public EventLoopGroup newGroup(int threads) {
        return newGroup(threads, null, kind().newFactory());
    }

    /**
     * A group of such loops, each on a thread of the factory.
     *
     * @throws ParameterException if there is no loop of that name, or the time to spin is out of range
     * @throws IllegalStateException if it does not work here, saying why
     */
    public EventLoopGroup newGroup(int threads, ThreadFactory factory) {
        return newGroup(threads, factory, kind().newFactory());
    }

    /**
     * A group for channels that wait on no descriptor: of the kind that was asked for, and for {@code auto} of Netty's
     * NIO loops, which need no native code.
     *
     * @throws ParameterException if there is no loop of that name, or the time to spin is out of range
     * @throws IllegalStateException if it does not work here, saying why
     */
    public EventLoopGroup newGroupWithoutDescriptors(int threads) {
        return loop.equals(FrameLoop.AUTO)
            ? newGroup(threads, null, NioIoHandler.newFactory()) : newGroup(threads);
    }

    private EventLoopGroup newGroup(int threads, ThreadFactory factory, IoHandlerFactory handlers) {
        if (spin < 0 || spin > MAX_SPIN_MICROS) {
            throw new ParameterException(command.commandLine(), "--spin " + spin + ": 0 to " + MAX_SPIN_MICROS);
        }
        return new MultiThreadIoEventLoopGroup(threads, factory, spin == 0 ? handlers
            : SpinningIoHandler.newFactory(handlers, Duration.of(spin, ChronoUnit.MICROS)));
    }
}

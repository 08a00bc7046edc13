/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.loop.FrameLoop;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The option {@code --loop}, which every example has. */
public final class LoopOption {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--loop", paramLabel = "KIND", defaultValue = FrameLoop.AUTO,
        description = "The event loop: auto, epoll, io_uring, kqueue or poll. Default: ${DEFAULT-VALUE}.")
    private String loop;

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
     * @throws ParameterException if there is no loop of that name
     * @throws IllegalStateException if it does not work here, saying why
     */
    public EventLoopGroup newGroup(int threads) {
        return new MultiThreadIoEventLoopGroup(threads, kind().newFactory());
    }

    /**
     * A group for channels that wait on no descriptor: of the kind that was asked for, and for {@code auto} of Netty's
     * NIO loops, which need no native code.
     *
     * @throws ParameterException if there is no loop of that name
     * @throws IllegalStateException if it does not work here, saying why
     */
    public EventLoopGroup newGroupWithoutDescriptors(int threads) {
        return loop.equals(FrameLoop.AUTO)
            ? new MultiThreadIoEventLoopGroup(threads, NioIoHandler.newFactory()) : newGroup(threads);
    }
}

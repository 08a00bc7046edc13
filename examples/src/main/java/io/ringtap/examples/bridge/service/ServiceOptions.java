/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.service;

import io.ringtap.bridge.BridgeBuilder;
import io.ringtap.examples.user.ProcessUser;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

/** The options {@code --user}, {@code --umask}, {@code --retry}, {@code --storm-rate} and {@code --storm-block}. */
public final class ServiceOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--user", paramLabel = "NAME",
        description = "Becomes this user once the ports are open and before the first frame: with the user's groups and"
            + " without any capability, in all threads. Ports that come later have to do without root. Linux.")
    private String user;

    @Option(names = "--umask", paramLabel = "MODE",
        description = "What is taken from the permissions of the sockets and files that the bridge makes, in octal as"
            + " umask(1) has it: 007 for user and group alone. Default: that of who starts it.")
    private String umask;

    @Option(names = "--retry", paramLabel = "SECONDS", defaultValue = "0",
        description = "Looks for a port again that went: after a second, and then after twice as long each time, at"
            + " most this long. The bridge goes on when no port is left. Default: ${DEFAULT-VALUE}, not to look.")
    private int retry;

    @Option(names = "--storm-rate", paramLabel = "N", defaultValue = "" + BridgeBuilder.DEFAULT_STORM_RATE,
        description = "From how many signs a second on there is a storm: frames for groups that come again, or moves to"
            + " and fro of stations. Default: ${DEFAULT-VALUE}.")
    private int stormRate;

    @Option(names = "--storm-block", paramLabel = "SECONDS", defaultValue = "0",
        description = "For how long a port is blocked where there is a storm, one port at a time. Default:"
            + " ${DEFAULT-VALUE}, which only tells of it.")
    private int stormBlock;

    /** Made by picocli. */
    public ServiceOptions() {
    }

    /** Whether any option is given that makes no sense for a demo. */
    public boolean isForService() {
        return user != null || umask != null || retry != 0;
    }

    /** Whether the bridge goes on when no port is left, as one may come back. */
    public boolean isRetrying() {
        return retry > 0;
    }

    /**
     * Makes the settings of the bridge.
     *
     * @throws ParameterException if a value is wrong
     */
    public void applyTo(BridgeBuilder builder) {
        check("--storm-rate " + stormRate, () -> builder.stormRate(stormRate));
        check("--storm-block " + stormBlock, () -> builder.stormBlock(stormBlock));
        check("--retry " + retry, () -> builder.reopen(Duration.ofSeconds(retry)));
        if (umask != null && !umask.matches("0?[0-7]{1,3}")) {
            throw new ParameterException(command.commandLine(), "--umask " + umask
                + ": an octal number of up to three digits, such as 007");
        }
    }

    private void check(String given, Runnable setting) {
        try {
            setting.run();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), given + ": " + e.getMessage());
        }
    }

    /**
     * Prepares the process, before any port is opened, and has it become the user later.
     *
     * @param log gets a line when it has
     * @throws IOException if it could not become the user, saying why
     */
    public void prepare(BridgeBuilder builder, Consumer<String> log) throws IOException {
        if (umask != null) {
            ProcessUser.umask(Integer.parseInt(umask, 8));
        }
        if (user != null) {
            ProcessUser next = ProcessUser.named(user);
            builder.beforeFrames(() -> {
                next.become();
                log.accept("all threads run as " + next + ", without capabilities");
                return null;
            });
        }
    }
}

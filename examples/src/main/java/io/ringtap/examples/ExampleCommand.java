/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import io.ringtap.channel.FramePorts;
import io.ringtap.examples.user.ProcessUser;
import picocli.CommandLine;
import picocli.CommandLine.Model.UsageMessageSpec;

import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * Runs an example's command line: a wrong argument is one line and exit code 2, a failure one line and exit code 1,
 * with another line that points at the doctor if it has to do with this machine.
 */
public final class ExampleCommand {
    static {
        CommandLog.keepUntilTheEnd();
    }

    /**
     * Netty asks for the network interfaces of this machine when its classes are loaded: for the loopback address, and
     * to name channels after a MAC address. Where there are none, as in a network namespace whose loopback is down, it
     * does without and says so in three warnings, one with a stack trace. Nothing here depends on either, so only its
     * errors are shown. Kept here, as the logging of the JDK forgets a logger that nobody holds.
     */
    private static final List<Logger> QUIET = Stream.of("io.netty.util.NetUtil", "io.netty.util.NetUtilInitializations",
        "io.netty.util.internal.MacAddressUtil").map(Logger::getLogger).toList();

    /** The section of the help that lists the keys of ports. */
    private static final String PORTS = "ports";

    static {
        CommandLog.install();
        QUIET.forEach(logger -> logger.setLevel(Level.SEVERE));
    }

    private ExampleCommand() {
    }

    /**
     * Runs a command and returns what the process is to exit with.
     *
     * @param command annotated for picocli
     */
    public static int run(Callable<Integer> command, String... arguments) {
        CommandLine line = commandLine(command);
        line.setParameterExceptionHandler((problem, args) -> {
            CommandLine failed = problem.getCommandLine();
            failed.getErr().println(failed.getCommandSpec().qualifiedName() + ": " + problem(problem)
                + " (see " + failed.getCommandSpec().qualifiedName() + " --help)");
            return CommandLine.ExitCode.USAGE;
        });
        line.setExecutionExceptionHandler((failure, failed, parsed) -> {
            failed.getErr().println(failed.getCommandSpec().qualifiedName() + ": " + message(failure));
            DoctorHint.of(message(failure)).ifPresent(failed.getErr()::println);
            return CommandLine.ExitCode.SOFTWARE;
        });
        int code = line.execute(arguments);
        StopSignal.commandEnded(code);
        return code;
    }

    /**
     * The command line of a command, with the help that all examples have in common.
     *
     * @param command annotated for picocli
     */
    public static CommandLine commandLine(Callable<Integer> command) {
        CommandLine line = new CommandLine(command);
        List<String> sections = new ArrayList<>(line.getHelpSectionKeys());
        sections.add(sections.indexOf(UsageMessageSpec.SECTION_KEY_OPTION_LIST) + 1, PORTS);
        line.setHelpSectionKeys(sections);
        if (command instanceof PortCommand ports) {
            line.getCommandSpec().usageMessage().footer("",
                "Completion in bash and zsh: source <(./run-example.sh completion)");
            line.getHelpSectionMap().put(PORTS, help -> {
                FramePorts known = FramePorts.load();
                FramePorts taken = ports.linkLayer().map(known::carrying).orElse(known);
                return System.lineSeparator() + taken.help(List.of());
            });
        }
        return line;
    }

    /** What is wrong with the arguments, without the words of Java that picocli uses. */
    private static String problem(CommandLine.ParameterException wrong) {
        if (wrong instanceof CommandLine.UnmatchedArgumentException unmatched && unmatched.isUnknownOption()) {
            // What stands behind it may be its value.
            return "there is no option '" + unmatched.getUnmatched().get(0) + "'";
        }
        return wrong.getMessage().replaceFirst("' is not an? (int|long)$", "' is not a whole number")
            .replaceFirst("' is not a double$", "' is not a number");
    }

    /** What went wrong, in words: exceptions of java.nio.file leave it out of their message, and others have none. */
    public static String message(Throwable failure) {
        if (failure instanceof NoSuchFileException) {
            return failure.getMessage() + ": no such file or directory";
        }
        if (failure instanceof AccessDeniedException) {
            return ProcessUser.explain(failure.getMessage() + ": permission denied");
        }
        return ProcessUser.explain(failure.getMessage() == null ? failure.toString() : failure.getMessage());
    }

    /** The version for {@code --version}. */
    public static final class Version implements CommandLine.IVersionProvider {
        /** Called by picocli. */
        public Version() {
        }

        @Override
        public String[] getVersion() {
            String version = ExampleCommand.class.getPackage().getImplementationVersion();
            return new String[] {"ringtap " + (version == null ? "(not from a jar)" : version)};
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import picocli.CommandLine;

import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.Callable;

/** Runs an example's command line: a wrong argument is one line and exit code 2, a failure one line and exit code 1. */
public final class ExampleCommand {
    private ExampleCommand() {
    }

    /**
     * Runs a command and returns what the process is to exit with.
     *
     * @param command annotated for picocli
     */
    public static int run(Callable<Integer> command, String... arguments) {
        CommandLine line = new CommandLine(command);
        line.setParameterExceptionHandler((problem, args) -> {
            CommandLine failed = problem.getCommandLine();
            failed.getErr().println(failed.getCommandName() + ": " + problem.getMessage()
                + " (see " + failed.getCommandName() + " --help)");
            return CommandLine.ExitCode.USAGE;
        });
        line.setExecutionExceptionHandler((failure, failed, parsed) -> {
            failed.getErr().println(failed.getCommandName() + ": " + message(failure));
            return CommandLine.ExitCode.SOFTWARE;
        });
        return line.execute(arguments);
    }

    /** What the exceptions of java.nio.file leave out of their message is what went wrong. */
    private static String message(Exception failure) {
        if (failure instanceof NoSuchFileException) {
            return failure.getMessage() + ": no such file or directory";
        }
        if (failure instanceof AccessDeniedException) {
            return failure.getMessage() + ": permission denied";
        }
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
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

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import picocli.CommandLine;

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
            String message = failure.getMessage();
            failed.getErr().println(failed.getCommandName() + ": " + (message == null ? failure : message));
            return CommandLine.ExitCode.SOFTWARE;
        });
        return line.execute(arguments);
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

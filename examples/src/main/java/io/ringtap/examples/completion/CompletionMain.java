/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.completion;

import io.ringtap.examples.ExampleCommand;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;

import java.util.Map;
import java.util.concurrent.Callable;

/** Prints the script with which bash and zsh complete the command line of {@code run-example.sh}. */
@Command(name = "completion", mixinStandardHelpOptions = true, versionProvider = ExampleCommand.Version.class,
    description = {"Prints the script with which bash and zsh complete a command that runs examples by name.", "",
        "For example: source <(./run-example.sh completion)"})
public final class CompletionMain implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "COMMAND", description = "The command that runs examples.")
    private String command;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "NAME=CLASS", description = "The examples.")
    private Map<String, Class<? extends Callable<Integer>>> examples;

    /** Made by {@link #main} and by tests. */
    public CompletionMain() {
    }

    /** Prints the script; exits with 0, or 2 on wrong arguments. */
    public static void main(String[] arguments) {
        System.exit(ExampleCommand.run(new CompletionMain(), arguments));
    }

    @Override
    public Integer call() throws ReflectiveOperationException {
        CommandLine line = new CommandLine(CommandSpec.create().name(command));
        for (Map.Entry<String, Class<? extends Callable<Integer>>> example : examples.entrySet()) {
            line.addSubcommand(example.getKey(),
                ExampleCommand.commandLine(example.getValue().getConstructor().newInstance()));
        }
        System.out.print(AutoComplete.bash(command, line));
        return CommandLine.ExitCode.OK;
    }
}

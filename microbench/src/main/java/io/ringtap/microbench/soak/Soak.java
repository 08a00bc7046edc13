/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench.soak;

import io.ringtap.examples.ExampleCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The soaks of this module by name. */
@Command(name = "soak", mixinStandardHelpOptions = true, subcommands = {MemorySoak.class, HostileGuestSoak.class},
    subcommandsRepeatable = true, description = "Loads that Ringtap has to stand for a while. Needs Linux and root.")
public final class Soak {
    /** Made by {@link #main}. */
    Soak() {
    }

    /** Exits with 0 if the soak has passed, 1 if it has failed, 2 on wrong arguments. */
    public static void main(String[] arguments) {
        CommandLine line = new CommandLine(new Soak()).setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((failure, failed, parsed) -> {
            failed.getErr().println(failed.getCommandName() + ": " + ExampleCommand.message(failure));
            return CommandLine.ExitCode.SOFTWARE;
        });
        System.exit(line.execute(arguments));
    }
}

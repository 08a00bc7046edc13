/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The option {@code --log-level}. */
public final class LogOption {
    /** Kept here, as the logging of the JDK forgets a logger that nobody holds. */
    private static final Logger ROOT = Logger.getLogger("");

    private static final Map<String, Level> LEVELS = new LinkedHashMap<>();

    static {
        LEVELS.put("error", Level.SEVERE);
        LEVELS.put("warn", Level.WARNING);
        LEVELS.put("info", Level.INFO);
        LEVELS.put("debug", Level.FINE);
        LEVELS.put("trace", Level.FINEST);
    }

    /** What the option may be given. */
    static final class Names extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        /** Called by picocli. */
        Names() {
            super(LEVELS.keySet());
        }
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--log-level", paramLabel = "LEVEL", defaultValue = "info", completionCandidates = Names.class,
        description = "What Ringtap and Netty log on the standard error: ${COMPLETION-CANDIDATES}. Default:"
            + " ${DEFAULT-VALUE}.")
    private String name;

    /** Made by picocli. */
    public LogOption() {
    }

    /**
     * Logs so much from now on.
     *
     * @throws ParameterException if there is no such level
     */
    public void apply() {
        Level level = LEVELS.get(name);
        if (level == null) {
            throw new ParameterException(command.commandLine(), "--log-level " + name + ": there are "
                + String.join(", ", LEVELS.keySet()));
        }
        ROOT.setLevel(level);
        for (Handler handler : ROOT.getHandlers()) {
            handler.setLevel(level);
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * Prints what libraries log on the standard error, each message in a line of its own, as a command prints what it has
 * to say itself. The system property {@code java.util.logging.SimpleFormatter.format} sets another format.
 */
public final class CommandLog extends Handler {
    private static final String MANAGER = "java.util.logging.manager";
    private static final String FORMAT = "java.util.logging.SimpleFormatter.format";
    /** The message, and what was thrown. */
    private static final String MESSAGE_ALONE = "%5$s%6$s%n";

    private Formatter format;

    private CommandLog() {
    }

    /** The logging of the JDK, which goes on while the JVM ends: otherwise what is said then would be lost. */
    public static final class Manager extends LogManager {
        /** Called by the logging of the JDK. */
        public Manager() {
        }

        /** Called when the JVM begins to end, at the same time as commands clean up. */
        @Override
        public void reset() {
        }
    }

    /** Has the logging of the JDK go on until the end; before anything else asks for it. */
    static void keepUntilTheEnd() {
        if (System.getProperty(MANAGER) == null) {
            System.setProperty(MANAGER, Manager.class.getName());
        }
    }

    /** Takes the place of the JDK's own way to print, unless the user has configured the JDK's logging. */
    static void install() {
        if (System.getProperty("java.util.logging.config.file") != null
            || System.getProperty("java.util.logging.config.class") != null) {
            return;
        }
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) {
            if (handler instanceof ConsoleHandler) {
                root.removeHandler(handler);
            }
        }
        root.addHandler(new CommandLog());
    }

    @Override
    public synchronized void publish(LogRecord entry) {
        if (!isLoggable(entry)) {
            return;
        }
        if (format == null) {
            // Not before: a command may set a format of its own.
            if (System.getProperty(FORMAT) == null) {
                System.setProperty(FORMAT, MESSAGE_ALONE);
            }
            format = new SimpleFormatter();
        }
        System.err.print(format.format(entry));
        System.err.flush();
    }

    @Override
    public void flush() {
        System.err.flush();
    }

    @Override
    public void close() {
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import java.io.Console;

/**
 * Whether somebody looks at what a program prints. The environment variable NO_COLOR does not matter here: it asks for
 * text without colour, and no more.
 */
public final class Terminal {
    private Terminal() {
    }

    /** Whether the standard streams are those of a terminal on which the cursor can be moved. */
    public static boolean isInteractive() {
        return isInteractive(System.console(), System.getenv("TERM"));
    }

    static boolean isInteractive(Console console, String type) {
        return console != null && isTerminal(console) && type != null && !type.equals("dumb");
    }

    /** Before JDK 22 there is a console only if there is a terminal; since then, the console says whether there is. */
    private static boolean isTerminal(Console console) {
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}

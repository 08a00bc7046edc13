/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The commands of the examples, by the names that run-example.sh knows. */
final class ExampleNames {
    private static final Pattern ENTRY = Pattern.compile("(?m)^(\\w+) +(io\\.ringtap\\.examples\\.[\\w.]+)");

    private ExampleNames() {
    }

    /** The class of each. */
    static Map<String, String> classes() {
        Map<String, String> classes = new LinkedHashMap<>();
        Matcher entries = ENTRY.matcher(Repository.read("run-example.sh"));
        while (entries.find()) {
            classes.put(entries.group(1), entries.group(2));
        }
        return classes;
    }

    /** A new command, annotated for picocli. */
    static Object newCommand(String name) {
        try {
            return Class.forName(classes().get(name)).getConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(name + " is no example", e);
        }
    }
}

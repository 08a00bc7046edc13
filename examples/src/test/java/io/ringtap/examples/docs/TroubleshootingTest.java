/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;

/** The messages on the troubleshooting page exist in the code. */
class TroubleshootingTest {
    private static final Pattern ENTRY = Pattern.compile("- \\*\\*`(.+)`\\*\\*");
    /** A string literal. Literals that are joined by a plus sign count as one. */
    private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\\n]|\\\\.)*)\"");
    private static final Pattern JOINT = Pattern.compile("(?<!\\\\)\"\\s*\\+\\s*\"");
    /** How many characters of a message have to be fixed. With fewer, it would match too many. */
    private static final int SHORTEST = 12;

    @Test
    void everyMessageIsInTheSources() throws IOException {
        List<String> messages = messages();
        assertThat(messages).hasSizeGreaterThan(80).doesNotHaveDuplicates();
        List<String> sources = new ArrayList<>();
        for (Path source : Repository.mainSources()) {
            sources.add(literals(Files.readString(source)));
        }
        assertThat(messages.stream().filter(message -> sources.stream().noneMatch(source -> has(source, message))))
            .as("messages that no source has").isEmpty();
    }

    @Test
    void aMessageThatTheCodeDoesNotHaveIsFound() {
        String literals =
            literals("throw new IOException(address + \": the device is \"\n    + \"open by \" + other);");
        assertThat(has(literals, "… the device is open by …")).isTrue();
        assertThat(has(literals, "the device is open")).isTrue();
        assertThat(has(literals, "the device is closed by …")).isFalse();
        assertThat(has(literals, "… by …")).as("too short to mean anything").isFalse();
    }

    private static List<String> messages() {
        List<String> messages = new ArrayList<>();
        for (String line : Repository.read("docs/troubleshooting.md").lines().toList()) {
            Matcher entry = ENTRY.matcher(line);
            if (entry.matches()) {
                messages.add(entry.group(1));
            }
        }
        return messages;
    }

    /** All string literals of a source, one a line. */
    private static String literals(String source) {
        StringBuilder literals = new StringBuilder();
        Matcher matcher = LITERAL.matcher(JOINT.matcher(source).replaceAll(""));
        while (matcher.find()) {
            literals.append(matcher.group(1).replace("\\\"", "\"")).append('\n');
        }
        return literals.toString();
    }

    /** Whether the literals of a source contain a message: each of its fixed parts is in one of them. */
    private static boolean has(String literals, String message) {
        int fixed = 0;
        for (String part : message.split("…")) {
            if (!literals.contains(part.strip())) {
                return false;
            }
            fixed += part.length();
        }
        return fixed >= SHORTEST;
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes the kinds of port and their keys as text, in lines that fit on a terminal of 80 columns where words allow. */
final class PortHelp {
    private static final int WIDTH = 80;
    private static final String INDENT = "  ";
    /** Where the descriptions begin; a key that is longer has its description on the next line. */
    private static final int COLUMN = 24;

    private final List<PortType> types;
    private final List<PortType.Key> others;
    private final StringBuilder text = new StringBuilder();

    PortHelp(List<PortType> types, List<PortType.Key> others) {
        this.types = types;
        this.others = others;
    }

    String text() {
        text.append("A port is written BACKEND:NAME[,KEY=VALUE]... The backends are:\n");
        types.forEach(type -> entry(type.syntax(), type.description()));
        keysByTypes().forEach((owners, keys) -> keys(owners.size() == types.size() && owners.size() > 1
            ? "Keys of every port:" : "Keys of " + String.join(", ", owners) + ":", keys));
        keys("Keys of this program:", others);
        return text.toString();
    }

    /** The keys of each group of types that share them, those of the largest group first. */
    private Map<List<String>, Set<PortType.Key>> keysByTypes() {
        Map<PortType.Key, List<String>> owners = new LinkedHashMap<>();
        for (PortType type : types) {
            type.keys().forEach(key -> owners.computeIfAbsent(key, k -> new ArrayList<>()).add(type.syntax()));
        }
        Map<List<String>, Set<PortType.Key>> groups = new LinkedHashMap<>();
        owners.entrySet().stream().sorted(Comparator.comparingInt(entry -> -entry.getValue().size()))
            .forEach(entry -> groups.computeIfAbsent(entry.getValue(), k -> new LinkedHashSet<>()).add(entry.getKey()));
        return groups;
    }

    private void keys(String title, Iterable<PortType.Key> keys) {
        if (keys.iterator().hasNext()) {
            text.append('\n');
            words(title, new StringBuilder(), 0);
            keys.forEach(key -> entry(key.name() + '=' + key.values(), key.description()));
        }
    }

    private void entry(String term, String description) {
        StringBuilder line = new StringBuilder(INDENT).append(term);
        if (line.length() + 2 > COLUMN) {
            text.append(line).append('\n');
            line.setLength(0);
        }
        words(description, line, COLUMN);
    }

    /** Appends words to a line that is begun, and in further lines from a column on. */
    private void words(String words, StringBuilder line, int column) {
        for (String word : words.split(" ")) {
            if (line.length() > column && line.length() + 1 + word.length() > WIDTH) {
                text.append(line).append('\n');
                line.setLength(0);
            }
            line.append(" ".repeat(Math.max(line.length() > column ? 1 : 0, column - line.length()))).append(word);
        }
        text.append(line).append('\n');
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import java.util.ArrayList;
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
        Set<PortType.Key> common = common();
        if (types.size() > 1) {
            keys("Keys of every port:", common);
        }
        Map<List<PortType.Key>, List<String>> own = new LinkedHashMap<>();
        for (PortType type : types) {
            List<PortType.Key> keys = new ArrayList<>(type.keys());
            if (types.size() > 1) {
                keys.removeAll(common);
            }
            own.computeIfAbsent(keys, k -> new ArrayList<>()).add(type.syntax());
        }
        own.forEach((keys, syntaxes) -> keys("Keys of " + String.join(", ", syntaxes) + ":", keys));
        keys("Keys of this program:", others);
        return text.toString();
    }

    private Set<PortType.Key> common() {
        Set<PortType.Key> common = new LinkedHashSet<>(types.isEmpty() ? List.of() : types.get(0).keys());
        types.forEach(type -> common.retainAll(type.keys()));
        return common;
    }

    private void keys(String title, Iterable<PortType.Key> keys) {
        if (keys.iterator().hasNext()) {
            text.append('\n').append(title).append('\n');
            keys.forEach(key -> entry(key.name() + '=' + key.values(), key.description()));
        }
    }

    private void entry(String term, String description) {
        StringBuilder line = new StringBuilder(INDENT).append(term);
        if (line.length() + 2 > COLUMN) {
            text.append(line).append('\n');
            line.setLength(0);
        }
        for (String word : description.split(" ")) {
            if (line.length() > COLUMN && line.length() + 1 + word.length() > WIDTH) {
                text.append(line).append('\n');
                line.setLength(0);
            }
            line.append(" ".repeat(Math.max(line.length() > COLUMN ? 1 : 0, COLUMN - line.length()))).append(word);
        }
        text.append(line).append('\n');
    }
}

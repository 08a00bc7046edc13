/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A part of a page that is generated from the code: a table of keys, the help of a command, a source file. It is
 * between two comments. The first says how it is generated: {@code generated: help bridge}.
 *
 * @param recipe how it is generated
 * @param first the number of the line after the first comment, from 1
 * @param lines the present text
 */
record GeneratedSection(String recipe, int first, List<String> lines) {
    private static final Pattern BEGIN = Pattern.compile("<!-- generated: (.+) -->");
    private static final String END = "<!-- end of generated text -->";

    /** Returns the sections of a page, from the top. */
    static List<GeneratedSection> of(MarkdownPage page) {
        List<GeneratedSection> sections = new ArrayList<>();
        for (int i = 0; i < page.lines().size(); i++) {
            Matcher begin = BEGIN.matcher(page.lines().get(i));
            if (begin.matches()) {
                int first = i + 1;
                while (!page.lines().get(i).equals(END)) {
                    i++;
                    if (i == page.lines().size()) {
                        throw new AssertionError(page.at(first) + ": no line '" + END + "' follows");
                    }
                }
                sections.add(new GeneratedSection(begin.group(1), first + 1, List.copyOf(page.lines()
                    .subList(first, i))));
            }
        }
        return sections;
    }

    /** Whether a line of a page is in a generated section. */
    static boolean isIn(MarkdownPage page, int line) {
        return of(page).stream().anyMatch(section -> line >= section.first
            && line < section.first + section.lines.size());
    }
}

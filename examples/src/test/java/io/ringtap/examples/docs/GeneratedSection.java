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
 * A part of a page that is made of the code: a table of keys, the help of a command, a source file. It stands between
 * two comments, the first of which says what it is: {@code generated: help bridge}.
 *
 * @param recipe what it is made of
 * @param first the number of the line behind the first comment, from 1
 * @param lines what stands there now
 */
record GeneratedSection(String recipe, int first, List<String> lines) {
    private static final Pattern BEGIN = Pattern.compile("<!-- generated: (.+) -->");
    private static final String END = "<!-- end of generated text -->";

    /** Those of a page, from the top. */
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

    /** Whether a line of a page is in one. */
    static boolean isIn(MarkdownPage page, int line) {
        return of(page).stream().anyMatch(section -> line >= section.first
            && line < section.first + section.lines.size());
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A page of the documentation. It parses as much of Markdown as the checks need. */
record MarkdownPage(Path path, List<String> lines) {
    private static final Pattern HEADING = Pattern.compile("#{1,6} +(.*?)[ #]*");
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)\\)");
    private static final Pattern CODE_SPAN = Pattern.compile("`([^`]+)`");
    private static final String FENCE = "```";

    /**
     * A block of code: the lines between two fences, or lines that are indented by four spaces.
     *
     * @param line the number of the first line, from 1
     * @param language the word after the opening fence; empty if there is no word or no fence
     * @param code the lines
     */
    record Block(int line, String language, List<String> code) {
        String text() {
            return String.join("\n", code) + "\n";
        }
    }

    /**
     * A piece of text in a line.
     *
     * @param line its number, from 1
     * @param text the text
     */
    record Place(int line, String text) {
    }

    /** Reads a page. */
    static MarkdownPage of(Path path) {
        try {
            return new MarkdownPage(path, Files.readAllLines(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All pages of the repository: those in its root, in docs and in microbench. */
    static List<MarkdownPage> all() {
        List<MarkdownPage> pages = new ArrayList<>();
        for (String directory : new String[] {"", "docs", "microbench"}) {
            try (Stream<Path> files = Files.list(Repository.root().resolve(directory))) {
                files.filter(file -> file.toString().endsWith(".md")).sorted().map(MarkdownPage::of)
                    .forEach(pages::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return pages;
    }

    /** The blocks of code, from the top. */
    List<Block> blocks() {
        List<Block> blocks = new ArrayList<>();
        int i = 0;
        while (i < lines.size()) {
            String line = lines.get(i);
            int first = i + 1;
            List<String> code = new ArrayList<>();
            if (line.startsWith(FENCE)) {
                for (i++; !lines.get(i).startsWith(FENCE); i++) {
                    code.add(lines.get(i));
                }
                blocks.add(new Block(first + 1, line.substring(FENCE.length()).trim(), code));
            } else if (line.startsWith("    ") && (i == 0 || lines.get(i - 1).isBlank())) {
                for (; i < lines.size() && (lines.get(i).startsWith("    ") || lines.get(i).isBlank()); i++) {
                    code.add(lines.get(i).isBlank() ? "" : lines.get(i).substring(4));
                }
                i--;
                blocks.add(new Block(first, "", code));
            }
            i++;
        }
        return blocks;
    }

    /** The lines of the page. Those in blocks of code are empty. */
    private List<String> prose() {
        List<String> prose = new ArrayList<>(lines);
        for (Block block : blocks()) {
            for (int i = 0; i < block.code.size(); i++) {
                prose.set(block.line - 1 + i, "");
            }
        }
        return prose;
    }

    /** The targets of links and images. */
    List<Place> links() {
        List<Place> links = new ArrayList<>();
        List<String> prose = prose();
        for (int i = 0; i < prose.size(); i++) {
            Matcher matcher = LINK.matcher(CODE_SPAN.matcher(prose.get(i)).replaceAll("code"));
            while (matcher.find()) {
                links.add(new Place(i + 1, matcher.group(1)));
            }
        }
        return links;
    }

    /** The code within lines of text. */
    List<Place> codeSpans() {
        List<Place> spans = new ArrayList<>();
        List<String> prose = prose();
        for (int i = 0; i < prose.size(); i++) {
            Matcher matcher = CODE_SPAN.matcher(prose.get(i));
            while (matcher.find()) {
                spans.add(new Place(i + 1, matcher.group(1)));
            }
        }
        return spans;
    }

    /** The headings, without their number signs. */
    List<Place> headings() {
        List<Place> headings = new ArrayList<>();
        List<String> prose = prose();
        for (int i = 0; i < prose.size(); i++) {
            Matcher matcher = HEADING.matcher(prose.get(i));
            if (matcher.matches()) {
                headings.add(new Place(i + 1, matcher.group(1)));
            }
        }
        return headings;
    }

    /** Returns the anchor of a heading, by GitHub's rule. */
    Set<String> anchors() {
        Set<String> anchors = new HashSet<>();
        Map<String, Integer> seen = new HashMap<>();
        for (Place heading : headings()) {
            String anchor = heading.text().toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
            int before = seen.merge(anchor, 1, Integer::sum) - 1;
            anchors.add(before == 0 ? anchor : anchor + '-' + before);
        }
        return anchors;
    }

    /** The place of a line, for messages. */
    String at(int line) {
        return Repository.root().relativize(path) + ":" + line;
    }

    @Override
    public String toString() {
        return Repository.root().relativize(path).toString();
    }
}

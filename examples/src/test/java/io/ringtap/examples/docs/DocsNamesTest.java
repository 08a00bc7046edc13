/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.lang.reflect.Member;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** Types that the documentation names within its text exist, and have the members that it names. */
class DocsNamesTest {
    /** A type, and possibly one of its constants or methods. The words around {@code new} are ignored. */
    private static final Pattern TYPE =
        Pattern.compile("(?:new )?([A-Z][a-z]+(?:[A-Z][A-Za-z0-9]*)+)(?:\\.(\\w+))?(?:[(.<].*)?");
    private static final List<String> PACKAGES = List.of("io.netty.bootstrap.", "io.netty.buffer.", "io.netty.channel.",
        "io.netty.channel.embedded.", "io.netty.channel.epoll.", "io.netty.channel.kqueue.", "io.netty.channel.nio.",
        "io.netty.channel.uring.", "java.net.", "java.util.");

    static Stream<MarkdownPage> pages() {
        return MarkdownPage.all().stream().filter(page -> !page.toString().contains("CHANGELOG"));
    }

    @ParameterizedTest
    @MethodSource("pages")
    void namesAreThoseOfTheCode(MarkdownPage page) throws IOException {
        List<String> unknown = new ArrayList<>();
        for (MarkdownPage.Place span : page.codeSpans()) {
            if (!isOfAnotherProject(page, span) && !isKnown(span.text())) {
                unknown.add(page.at(span.line()) + ": " + span.text());
            }
        }
        assertThat(unknown).as("names that no code has").isEmpty();
    }

    /** The page on migrating names foreign types in the first column of its tables, and in sentences. */
    private static boolean isOfAnotherProject(MarkdownPage page, MarkdownPage.Place span) {
        if (!page.path().endsWith("migrating.md")) {
            return false;
        }
        String line = page.lines().get(span.line() - 1);
        return !line.startsWith("|") || line.lastIndexOf("| ", line.length() - 2) > line.indexOf(span.text());
    }

    private static boolean isKnown(String code) throws IOException {
        Matcher name = TYPE.matcher(code);
        if (!name.matches()) {
            return true;
        }
        List<String> candidates = new ArrayList<>(PACKAGES);
        for (Path source : sources()) {
            if (source.getFileName().toString().equals(name.group(1) + ".java")) {
                if (source.toString().contains("microbench")) {
                    return true;
                }
                String path = source.toString().replace('/', '.');
                candidates.add(path.substring(path.lastIndexOf(".io.ringtap.") + 1,
                    path.length() - (name.group(1) + ".java").length()));
            }
        }
        return candidates.stream().anyMatch(prefix -> has(prefix + name.group(1), name.group(2)));
    }

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>(Repository.mainSources());
        try (Stream<Path> benchmarks = Files.walk(Repository.root().resolve("microbench/src"))) {
            benchmarks.forEach(sources::add);
        }
        return sources;
    }

    private static boolean has(String typeName, String member) {
        Class<?> type;
        try {
            type = Class.forName(typeName, false, DocsNamesTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            return false;
        }
        return member == null || Stream.of(type.getFields(), type.getMethods(), type.getClasses())
            .flatMap(Arrays::stream).anyMatch(each -> each instanceof Member field ? field.getName().equals(member)
                : ((Class<?>) each).getSimpleName().equals(member));
    }

    @Test
    void aWrongNameIsFound() throws IOException {
        assertThat(isKnown("TapChannel")).isTrue();
        assertThat(isKnown("TapChannelOption.MTU")).isTrue();
        assertThat(isKnown("new TapAddress(\"tap0\")")).isTrue();
        assertThat(isKnown("MultiThreadIoEventLoopGroup")).isTrue();
        assertThat(isKnown("TapSocket")).isFalse();
        assertThat(isKnown("TapChannelOption.SPEED")).isFalse();
        assertThat(isKnown("new TapSocket(7)")).isFalse();
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** The Java snippets of the documentation compile with the imports that they have. */
class DocsSnippetsTest {
    static Stream<MarkdownPage> pagesWithJava() {
        return MarkdownPage.all().stream().filter(page -> !javaOf(page).isEmpty());
    }

    private static List<MarkdownPage.Block> javaOf(MarkdownPage page) {
        return page.blocks().stream().filter(block -> block.language().equals("java")).toList();
    }

    @ParameterizedTest
    @MethodSource("pagesWithJava")
    void snippetsCompile(MarkdownPage page) {
        List<String> problems = new ArrayList<>();
        for (MarkdownPage.Block block : javaOf(page)) {
            if (!GeneratedSection.isIn(page, block.line())) {
                SnippetCompiler.problems(block.text()).forEach(problem -> problems.add(page.at(block.line()) + ": "
                    + problem));
            }
        }
        assertThat(problems).isEmpty();
    }

    @Test
    void aSnippetThatDoesNotCompileIsFound() {
        assertThat(SnippetCompiler.problems("int i = \"text\";")).isNotEmpty();
        assertThat(SnippetCompiler.problems("import io.netty.buffer.Unpooled;\nUnpooled.buffer().release();"))
            .isEmpty();
        assertThat(SnippetCompiler.problems("Unpooled.buffer().release();")).isNotEmpty();
    }
}

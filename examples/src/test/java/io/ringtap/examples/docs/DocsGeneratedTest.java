/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** The generated sections of the documentation are up to date. */
class DocsGeneratedTest {
    private static final String UPDATE = "ringtap.docs.update";

    static Stream<MarkdownPage> pagesWithSections() {
        return MarkdownPage.all().stream().filter(page -> !GeneratedSection.of(page).isEmpty());
    }

    @ParameterizedTest
    @MethodSource("pagesWithSections")
    void generatedTextIsThatOfTheCode(MarkdownPage page) throws IOException {
        if (Boolean.getBoolean(UPDATE)) {
            update(page);
            return;
        }
        for (GeneratedSection section : GeneratedSection.of(page)) {
            assertThat(section.lines()).as("%s, '%s': the code has changed; to write the page anew, run 'mvn -B"
                    + " -pl examples -am -Dtest=DocsGeneratedTest -Dsurefire.failIfNoSpecifiedTests=false -D%s=true"
                    + " test'", page.at(section.first()), section.recipe(), UPDATE)
                .isEqualTo(GeneratedText.of(section.recipe()));
        }
    }

    private static void update(MarkdownPage page) throws IOException {
        List<String> lines = new ArrayList<>();
        int next = 0;
        for (GeneratedSection section : GeneratedSection.of(page)) {
            lines.addAll(page.lines().subList(next, section.first() - 1));
            lines.addAll(GeneratedText.of(section.recipe()));
            next = section.first() - 1 + section.lines().size();
        }
        lines.addAll(page.lines().subList(next, page.lines().size()));
        Files.write(page.path(), lines);
    }

    @Test
    void everyKindOfPortAndEveryExampleIsInTheDocumentation() {
        List<String> recipes = pagesWithSections().flatMap(page -> GeneratedSection.of(page).stream())
            .map(GeneratedSection::recipe).toList();
        assertThat(recipes).contains("ports").containsAll(ExampleNames.classes().keySet().stream()
            .map(name -> "help " + name).toList());
    }
}

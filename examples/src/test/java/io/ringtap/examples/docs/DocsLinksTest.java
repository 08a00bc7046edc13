/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** Links within the documentation have a target, and every page can be reached from the README. */
class DocsLinksTest {
    static Stream<MarkdownPage> pages() {
        return MarkdownPage.all().stream();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void linksWithinTheRepositoryResolve(MarkdownPage page) {
        List<String> broken = new ArrayList<>();
        for (MarkdownPage.Place link : page.links()) {
            if (link.text().matches("[a-z]+:.*")) {
                continue;
            }
            int hash = link.text().indexOf('#');
            String file = hash < 0 ? link.text() : link.text().substring(0, hash);
            Path target = file.isEmpty() ? page.path() : page.path().resolveSibling(file).normalize();
            if (!Files.exists(target)) {
                broken.add(page.at(link.line()) + ": there is no " + link.text());
            } else if (hash >= 0 && !MarkdownPage.of(target).anchors().contains(link.text().substring(hash + 1))) {
                broken.add(page.at(link.line()) + ": no heading makes the anchor of " + link.text());
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void theReadmeLeadsToEveryPage() {
        Set<Path> linked = new HashSet<>();
        MarkdownPage readme = MarkdownPage.of(Repository.root().resolve("README.md"));
        for (MarkdownPage.Place link : readme.links()) {
            linked.add(readme.path().resolveSibling(link.text().replaceAll("#.*", "")).normalize());
        }
        Stream<Path> pages = MarkdownPage.all().stream().map(MarkdownPage::path);
        assertThat(pages.filter(path -> path.getParent().equals(readme.path().resolveSibling("docs")))).isNotEmpty()
            .allSatisfy(path -> assertThat(linked).contains(path));
    }
}

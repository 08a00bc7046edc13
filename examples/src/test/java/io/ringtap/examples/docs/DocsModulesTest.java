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
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;

/** The page on modules names every module that is published, and every package that it exports to all. */
class DocsModulesTest {
    private static final Pattern NAME = Pattern.compile("(?m)^(?:open )?module (\\S+) \\{");
    private static final Pattern EXPORT = Pattern.compile("(?m)^ +exports (\\S+);");

    /** The packages that modules export to all. */
    static Set<String> exportedPackages() throws IOException {
        Set<String> packages = new TreeSet<>();
        for (String module : moduleSources()) {
            Matcher exported = EXPORT.matcher(module);
            while (exported.find()) {
                packages.add(exported.group(1));
            }
        }
        return packages;
    }

    private static List<String> moduleSources() throws IOException {
        List<String> sources = new ArrayList<>();
        for (Path source : Repository.mainSources()) {
            if (source.endsWith("module-info.java")) {
                sources.add(Files.readString(source));
            }
        }
        return sources;
    }

    @Test
    void modulesAndExportedPackagesAreThoseOfTheCode() throws IOException {
        Set<String> declared = new TreeSet<>(exportedPackages());
        for (String module : moduleSources()) {
            Matcher name = NAME.matcher(module);
            assertThat(name.find()).as("a module in %s", module).isTrue();
            declared.add(name.group(1));
        }
        MarkdownPage page = MarkdownPage.of(Repository.root().resolve("docs/modules.md"));
        Set<String> named = page.lines().stream().filter(line -> line.startsWith("| `ringtap-"))
            .flatMap(line -> Pattern.compile("`(io\\.ringtap\\.[\\w.]+)`").matcher(line).results())
            .map(found -> found.group(1)).collect(Collectors.toCollection(TreeSet::new));
        assertThat(declared).isNotEmpty();
        assertThat(named).isEqualTo(declared);
    }
}

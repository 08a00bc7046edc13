/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;

/** The examples that the documentation shows as a whole use exported packages only. */
class ExamplesUseExportsTest {
    private static final Pattern IMPORT = Pattern.compile("(?m)^import (?:static )?(io\\.ringtap\\.[a-z.]+)\\.[A-Z]");

    @ParameterizedTest
    @ValueSource(strings = {"EmbeddedSwitch", "wire/WireAddress", "wire/WireChannel", "wire/WireDevice", "wire/WireEnd",
        "wire/WireTransport"})
    void packagesAreExportedToAll(String example) throws IOException {
        Matcher imports = IMPORT.matcher(Repository.read("examples/src/test/java/io/ringtap/examples/docs/" + example
            + ".java"));
        Set<String> used = new TreeSet<>();
        while (imports.find()) {
            used.add(imports.group(1));
        }
        assertThat(DocsModulesTest.exportedPackages()).containsAll(used);
    }
}

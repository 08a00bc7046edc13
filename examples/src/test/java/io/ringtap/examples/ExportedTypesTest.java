/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import org.junit.jupiter.api.Test;

import java.io.File;
import java.io.IOException;
import java.lang.module.FindException;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The number of public types in each package that is exported to everybody. A type that applications do not need is
 * package-private or in an internal package. Whoever adds a type that applications need raises the number here.
 */
class ExportedTypesTest {
    private static final Map<String, Integer> AGREED = new TreeMap<>(Map.ofEntries(
        Map.entry("io.ringtap.ethernet", 18),
        Map.entry("io.ringtap.pcap", 9),
        Map.entry("io.ringtap.virtio", 18),
        Map.entry("io.ringtap.channel", 14),
        Map.entry("io.ringtap.channel.spi", 11),
        Map.entry("io.ringtap.loop", 7),
        Map.entry("io.ringtap.tap", 11),
        Map.entry("io.ringtap.netmap", 13),
        Map.entry("io.ringtap.nic", 12),
        Map.entry("io.ringtap.netmap.embedded", 3),
        Map.entry("io.ringtap.vhost", 21),
        Map.entry("io.ringtap.channel.metrics", 2),
        Map.entry("io.ringtap.bridge.metrics", 1),
        Map.entry("io.ringtap.vxlan", 6),
        Map.entry("io.ringtap.bridge", 10)));

    @Test
    void noPackageExportsMoreTypesThanWereAgreed() throws Exception {
        Map<String, Integer> exported = new TreeMap<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            for (ModuleReference module : modulesIn(Path.of(entry))) {
                if (module.descriptor().name().startsWith("io.ringtap.")) {
                    for (Exports exports : module.descriptor().exports()) {
                        if (!exports.isQualified()) {
                            exported.put(exports.source(), typesIn(module, exports.source()));
                        }
                    }
                }
            }
        }
        assertThat(exported).isEqualTo(AGREED);
    }

    private static Iterable<ModuleReference> modulesIn(Path entry) {
        try {
            return ModuleFinder.of(entry).findAll().stream().filter(m -> !m.descriptor().isAutomatic())::iterator;
        } catch (FindException noModule) {
            return Stream.<ModuleReference>empty()::iterator;
        }
    }

    private static int typesIn(ModuleReference module, String exported) throws IOException, ClassNotFoundException {
        int types = 0;
        try (ModuleReader reader = module.open(); Stream<String> names = reader.list()) {
            String folder = exported.replace('.', '/') + '/';
            for (String name : (Iterable<String>) names.filter(n -> n.matches(folder + "\\w+\\.class"))::iterator) {
                String type = name.substring(0, name.length() - ".class".length()).replace('/', '.');
                if (Modifier.isPublic(Class.forName(type, false, ClassLoader.getSystemClassLoader()).getModifiers())) {
                    types++;
                }
            }
        }
        return types;
    }
}

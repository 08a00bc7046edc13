/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs the fuzz targets with the corpus and with some mutations of it, the same in every build. For a longer search:
 * {@code mvn -Pfuzz -pl codec-ethernet test -Dtest=VirtioNetFuzzer#finish}, or another target.
 */
class VirtioNetFuzzTest {
    private static final int MUTATIONS = 5_000;
    private static final int[] INTERESTING = {0, 1, 2, 3, 4, 5, 6, 8, 16, 20, 34, 44, 54, 60, 0x7f, 0x80, 0xff};

    /** The targets by the names of their corpora. */
    enum Target {
        finish, segmentPartially, convert, coalesce;

        void run(VirtioNetFuzz fuzz, byte[] input) {
            switch (this) {
                case finish:
                    fuzz.finish(input);
                    break;
                case segmentPartially:
                    fuzz.segmentPartially(input);
                    break;
                case convert:
                    fuzz.convert(input);
                    break;
                default:
                    fuzz.coalesce(input);
            }
        }

        List<byte[]> seeds() {
            return this == coalesce ? FuzzSeeds.rows() : FuzzSeeds.messages();
        }

        List<byte[]> corpus() throws IOException, URISyntaxException {
            URL directory = VirtioNetFuzzTest.class.getResource("VirtioNetFuzzerInputs/" + name());
            assertThat(directory).as("corpus of %s", this).isNotNull();
            List<byte[]> inputs = new ArrayList<>();
            try (Stream<Path> files = Files.list(Path.of(directory.toURI()))) {
                for (Path file : files.sorted().collect(Collectors.toList())) {
                    inputs.add(Files.readAllBytes(file));
                }
            }
            assertThat(inputs).isNotEmpty();
            return inputs;
        }
    }

    @ParameterizedTest
    @EnumSource(Target.class)
    void replaysTheCorpus(Target target) throws Exception {
        VirtioNetFuzz fuzz = new VirtioNetFuzz();
        for (byte[] input : target.corpus()) {
            target.run(fuzz, input);
        }
    }

    @ParameterizedTest
    @EnumSource(Target.class)
    void survivesMutations(Target target) throws Exception {
        VirtioNetFuzz fuzz = new VirtioNetFuzz();
        List<byte[]> seeds = target.seeds();
        seeds.forEach(seed -> target.run(fuzz, seed));
        seeds.addAll(target.corpus());
        Random random = new Random(20260101 + target.ordinal());
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] input = seeds.get(random.nextInt(seeds.size())).clone();
            for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
                input = mutate(input, random);
            }
            target.run(fuzz, input);
        }
    }

    /** Most changes are made in the headers, where they matter. */
    private static byte[] mutate(byte[] input, Random random) {
        if (input.length == 0) {
            return new byte[random.nextInt(100)];
        }
        int at = random.nextInt(random.nextInt(8) == 0 ? input.length : Math.min(input.length, 130));
        switch (random.nextInt(8)) {
            case 0:
                return Arrays.copyOf(input, at);
            case 1:
                return Arrays.copyOf(input, input.length + random.nextInt(40));
            case 2:
                input[at] ^= 1 << random.nextInt(8);
                return input;
            case 3:
                input[at] = (byte) random.nextInt();
                return input;
            case 4:
                input[at] += random.nextBoolean() ? 1 : -1;
                return input;
            default:
                input[at] = (byte) INTERESTING[random.nextInt(INTERESTING.length)];
                return input;
        }
    }
}

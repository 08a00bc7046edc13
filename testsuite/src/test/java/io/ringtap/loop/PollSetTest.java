/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.ringtap.internal.unix.PollEvents;
import io.ringtap.testsuite.system.DescriptorPair;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(30)
class PollSetTest {
    private static final int POLLIN = PollEvents.POLLIN;

    private final PollSet set = new PollSet();
    private final List<DescriptorPair> pipes = new ArrayList<>();

    private final class Reader extends PollSet.Entry {
        private final DescriptorPair pipe;
        private int told;
        private Runnable action = () -> { };

        Reader() throws Exception {
            pipe = DescriptorPair.pipe();
            pipes.add(pipe);
        }

        @Override
        int fd() {
            return pipe.first();
        }

        @Override
        boolean ready(int events) {
            assertThat(events).isEqualTo(POLLIN);
            told++;
            action.run();
            return true;
        }
    }

    @AfterEach
    void close() {
        pipes.forEach(DescriptorPair::close);
    }

    private Reader readable() throws Exception {
        Reader reader = new Reader();
        reader.pipe.write(reader.pipe.second());
        return reader;
    }

    @Test
    void anEmptySetWaitsForItsTime() throws Exception {
        assertThat(set.poll(0)).isZero();
        long start = System.nanoTime();
        assertThat(set.poll(1_500_000)).isZero();
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(1_500_000);
    }

    @Test
    void tellsWhatIsReadyAndThatOnly() throws Exception {
        Reader ready = readable();
        Reader empty = new Reader();
        set.put(ready, POLLIN);
        set.put(empty, POLLIN);

        assertThat(set.dispatch(set.poll(-1))).isOne();

        assertThat(ready.told).isOne();
        assertThat(empty.told).isZero();
        assertThat(set.dispatch(set.poll(Long.MAX_VALUE))).isOne();
        assertThat(ready.told).isEqualTo(2);
    }

    @Test
    void eventsAreReplacedAndRemoved() throws Exception {
        Reader reader = readable();
        set.put(reader, POLLIN);
        set.put(reader, 0);
        assertThat(set.poll(0)).isZero();
        set.put(reader, POLLIN);
        assertThat(set.poll(0)).isOne();
        set.remove(reader);
        set.remove(reader);
        assertThat(set.poll(0)).isZero();
        set.put(reader, POLLIN);
        assertThat(set.poll(0)).isOne();
    }

    /**
     * Entries that add, remove and move other entries while events are delivered, compared with a model of the
     * deliveries.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void maySeeChangesWhileItTells(long seed) throws Exception {
        Random random = new Random(seed);
        List<Reader> all = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            all.add(readable());
        }
        List<Reader> present = new ArrayList<>(all.subList(0, 100));
        present.forEach(reader -> set.put(reader, POLLIN));
        for (int round = 0; round < 50; round++) {
            all.forEach(reader -> reader.told = 0);
            List<Reader> due = new ArrayList<>(present);
            for (Reader reader : all) {
                reader.action = () -> {
                    assertThat(due.remove(reader)).as("told though removed, added or told before").isTrue();
                    for (int change = random.nextInt(3); change > 0; change--) {
                        Reader other = all.get(random.nextInt(all.size()));
                        if (present.remove(other)) {
                            set.remove(other);
                            due.remove(other);
                        } else {
                            present.add(other);
                            set.put(other, POLLIN);
                        }
                    }
                };
            }
            int ready = set.poll(0);
            assertThat(ready).isEqualTo(present.size());
            int handled = set.dispatch(ready);

            assertThat(due).as("not told").isEmpty();
            assertThat(handled).isEqualTo(all.stream().mapToInt(reader -> reader.told).sum());
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench;

import io.ringtap.ethernet.MacTable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

import java.util.Random;

/** {@link MacTable}: the work of the bridge for each frame, which learns the source and looks up the destination. */
public class MacTableBenchmark extends Microbenchmark {
    @Param({"2", "1024", "8192"})
    private int stations;
    private MacTable table;
    private long[] addresses;
    private int next;

    @Setup
    public void fill() {
        table = new MacTable(8192, MacTable.DEFAULT_AGEING_SECONDS);
        addresses = new Random(1).longs(stations, 0, 1L << 40).map(bits -> 0x0200_0000_0000L | bits).toArray();
        for (int i = 0; i < stations; i++) {
            table.learn(addresses[i], i & 1, 0);
        }
    }

    @Benchmark
    public int learnAndLookup() {
        int source = next;
        int destination = next + 1 == stations ? 0 : next + 1;
        next = destination;
        table.learn(addresses[source], source & 1, 0);
        return table.lookup(addresses[destination], 0);
    }
}

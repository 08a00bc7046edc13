/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

/** A file in place of the memory of a machine: pages of it are mapped in another order than they lie there. */
class MachineMemoryTest {
    private static final int PAGE = MachineMemory.PAGE;
    private static final int PAGES = 32;
    private static final int EFAULT = 14;
    private static final int ENOENT = 2;

    @TempDir
    private Path directory;

    private Path file() throws IOException {
        ByteBuffer content = ByteBuffer.allocate(PAGES * PAGE).order(ByteOrder.nativeOrder());
        for (int page = 0; page < PAGES; page++) {
            content.putLong(page * PAGE, page);
        }
        return Files.write(directory.resolve("memory"), content.array());
    }

    private static long read(long address) {
        return ByteBuffer.wrap(LocalMemory.read(address, Long.BYTES)).order(ByteOrder.nativeOrder()).getLong();
    }

    @Test
    void pagesAreMappedOneBehindTheOther() throws IOException {
        Path file = file();
        long[] pages = {7 * PAGE, 8 * PAGE, 9 * PAGE, 3 * PAGE, 31 * PAGE, 1 * PAGE, 2 * PAGE, 30 * PAGE};
        long address = new MachineMemory(file).map(pages);
        assertThat(address).isPositive();
        for (int i = 0; i < pages.length; i++) {
            assertThat(read(address + (long) i * PAGE)).as("page %d", i).isEqualTo(pages[i] / PAGE);
        }
        byte[] mark = {1, 2, 3, 4, 5, 6, 7, 8};
        LocalMemory.write(address + 4L * PAGE + 100, mark, 0, mark.length);
        byte[] stored = new byte[mark.length];
        try (RandomAccessFile memory = new RandomAccessFile(file.toFile(), "r")) {
            memory.seek(31 * PAGE + 100);
            memory.readFully(stored);
        }
        assertThat(stored).isEqualTo(mark);
        assertThat(MachineMemory.unmap(address, (long) pages.length * PAGE)).isZero();
    }

    @Test
    void aPageThatTheFileDoesNotHaveIsRefused() throws IOException {
        MachineMemory memory = new MachineMemory(file());
        for (long page : new long[] {0, PAGE + 1, PAGES * PAGE, -PAGE}) {
            assertThat(memory.map(new long[] {PAGE, page})).as("page at %d", page).isEqualTo(-EFAULT);
        }
        assertThat(new MachineMemory(directory.resolve("none")).map(new long[0])).isEqualTo(-ENOENT);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.kernel;

import io.ringtap.netmap.NetmapException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A file as shared memory, which needs no netmap. */
class KernelMemoryTest {
    @TempDir
    private Path directory;

    @Test
    void aFileIsMappedAsLongAsItIs() throws IOException {
        Path file = Files.write(directory.resolve("memory"), new byte[12_288]);
        KernelMemory memory = KernelMemory.mapFile(file.toString(), "vale0:a");
        assertThat(memory.size()).isEqualTo(12_288);
        assertThat(memory.address()).isPositive();
        ByteBuffer end = memory.window(12_280, 8).putLong(0, 0x0102030405060708L);
        assertThat(ByteBuffer.wrap(Files.readAllBytes(file)).order(end.order()).getLong(12_280))
            .isEqualTo(0x0102030405060708L);
        memory.window(256, 16).put(0, "vale0:abcdefghi".getBytes(StandardCharsets.US_ASCII));
        assertThat(memory.holds("vale0:abcdefghi", 256)).isTrue();
        assertThat(memory.holds("vale0:abcdefghijkl", 256)).isTrue();
        assertThat(memory.holds("vale0:abcdefgh", 256)).isTrue();
        assertThat(memory.holds("vale0:b", 256)).isFalse();
        assertThat(memory.holds("vale0:abcdefghi", 12_280)).isFalse();
        assertThat(memory.release()).isTrue();
    }

    @Test
    void whatCannotBeMappedHasAName() throws IOException {
        Path none = directory.resolve("none");
        assertThatThrownBy(() -> KernelMemory.mapFile(none.toString(), "vale0:a"))
            .isInstanceOf(NetmapException.class).hasMessageContaining(none.toString()).hasMessageContaining("ENOENT");
        Path empty = Files.createFile(directory.resolve("empty"));
        int before = descriptors();
        assertThatThrownBy(() -> KernelMemory.mapFile(empty.toString(), "vale0:a"))
            .isInstanceOf(NetmapException.class).hasMessageContaining("truncate -s 64M " + empty);
        assertThat(descriptors()).isEqualTo(before);
    }

    private static int descriptors() {
        String[] open = new File("/proc/self/fd").list();
        return open == null ? 0 : open.length;
    }
}

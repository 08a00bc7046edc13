/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.memory;

import io.ringtap.internal.unix.SharedMapping;
import io.ringtap.internal.unix.SystemCalls;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.ByteBuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@EnabledOnOs(OS.LINUX)
class DirtyPagesTest {
    @Test
    void eachPageThatWasWrittenHasItsBit() throws Exception {
        int fd = SystemCalls.check("memfd_create", SystemCalls.memoryFile("ringtap-log"));
        SystemCalls.truncate(fd, 4096);
        assertThatThrownBy(() -> DirtyPages.map(64, 128, fd)).hasMessageContaining("F_SEAL_SHRINK");
        assertThat(SystemCalls.seal(fd, SharedRegion.F_SEAL_SHRINK)).isZero();
        DirtyPages log = DirtyPages.map(64, 128, fd);
        SharedMapping other = SharedMapping.map(fd, 4096);
        ByteBuffer bits = other.buffer(128, 64);
        log.wrote(0, 1);
        log.wrote(0x3fff, 2);
        log.wrote(8 * 0x1000 + 5, 0x1000);
        log.wrote(20 * 0x1000, 0x1000);
        log.wrote(30 * 0x1000, 0);
        assertThat(bits.get(0) & 0xff).isEqualTo(1 | 1 << 3 | 1 << 4);
        assertThat(bits.get(1) & 0xff).isEqualTo(3);
        assertThat(bits.get(2) & 0xff).isEqualTo(1 << 4);
        assertThat(bits.get(3)).isZero();
        // 512 pages; what is behind them is not logged, and nothing else is written.
        log.wrote(511 * 0x1000L, 0x2000);
        log.wrote(-1, 1);
        log.wrote(-1, Integer.MAX_VALUE);
        log.wrote(Long.MAX_VALUE, 4096);
        assertThat(bits.get(63)).isEqualTo((byte) 0x80);
        assertThat(other.buffer(192, 8).getLong(0)).isZero();
        assertThat(other.buffer(120, 8).getLong(0)).isZero();
        log.unmap();
        other.unmap();
        SystemCalls.close(fd);
    }

    @ParameterizedTest
    @CsvSource({"0, 0, cannot be", "-8, 0, cannot be", "12, 0, cannot be", "8, 4, cannot be", "8, -8, cannot be",
        "4294967296, 0, cannot be", "4096, 8, longer than its file"})
    void aLogThatCannotBeIsRefused(long size, long offset, String cause) throws IOException {
        int fd = SystemCalls.check("memfd_create", SystemCalls.memoryFile("ringtap-log"));
        SystemCalls.truncate(fd, 4096);
        SystemCalls.seal(fd, SharedRegion.F_SEAL_SHRINK);
        try {
            assertThatThrownBy(() -> DirtyPages.map(size, offset, fd)).isInstanceOf(IOException.class)
                .hasMessageContaining(cause);
        } finally {
            SystemCalls.close(fd);
        }
    }
}

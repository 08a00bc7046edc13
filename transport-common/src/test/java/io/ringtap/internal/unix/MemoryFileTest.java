/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;

@EnabledOnOs(OS.LINUX)
class MemoryFileTest {
    /** More than an int holds. */
    private static final long LENGTH = 5L << 30;

    @Test
    void twoMappingsOfAMemoryFileAreTheSameMemory() throws Exception {
        int fd = SystemCalls.check("memfd_create", SystemCalls.memoryFile("ringtap-test"));
        try {
            assertThat(SystemCalls.fileLength(fd)).isZero();
            assertThat(SystemCalls.truncate(fd, LENGTH)).isZero();
            assertThat(SystemCalls.fileLength(fd)).isEqualTo(LENGTH);
            SharedMapping whole = SharedMapping.map(fd, LENGTH);
            SharedMapping end = SharedMapping.map(fd, 4096, LENGTH - 4096);
            whole.buffer(LENGTH - 8, 8).putLong(0, 0x1122334455667788L);
            assertThat(end.buffer(4088, 8).getLong(0)).isEqualTo(0x1122334455667788L);
            end.unmap();
            whole.unmap();
        } finally {
            SystemCalls.close(fd);
        }
        assertThat(SystemCalls.fileLength(fd)).isEqualTo(-Errno.EBADF.number());
    }

    @Test
    void anEventDescriptorCountsAndDoesNotBlock() throws Exception {
        int fd = SystemCalls.check("eventfd", SystemCalls.eventDescriptor());
        NativeMemory count = NativeMemory.allocate(Long.BYTES);
        try {
            assertThat(SystemCalls.read(fd, count.address(), Long.BYTES)).isEqualTo(-Errno.EAGAIN.number());
            count.buffer().putLong(0, 2);
            assertThat(SystemCalls.write(fd, count.address(), Long.BYTES)).isEqualTo(Long.BYTES);
            assertThat(SystemCalls.write(fd, count.address(), Long.BYTES)).isEqualTo(Long.BYTES);
            assertThat(SystemCalls.read(fd, count.address(), Long.BYTES)).isEqualTo(Long.BYTES);
            assertThat(count.buffer().getLong(0)).isEqualTo(4);
        } finally {
            SystemCalls.close(fd);
            count.free();
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.memory;

import io.ringtap.internal.unix.SharedMapping;
import io.ringtap.internal.unix.SystemCalls;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@EnabledOnOs(OS.LINUX)
class SharedMemoryTest {
    private static final long GIB = 1L << 30;
    private static final long GUEST = 4 * GIB;
    private static final long USER = 0x7f00_0000_0000L;

    private final MemoryPlace place = new MemoryPlace();
    private SharedMemory memory = SharedMemory.NONE;

    @AfterEach
    void unmap() throws IOException {
        memory.unmap();
        assertThat(Files.readString(Path.of("/proc/self/maps"))).doesNotContain("ringtap-region");
    }

    private static int file(long length) throws IOException {
        int fd = SystemCalls.check("memfd_create", SystemCalls.memoryFile("ringtap-region"));
        SystemCalls.check("ftruncate", SystemCalls.truncate(fd, length));
        return fd;
    }

    private static SharedRegion region(long guest, long user, long size, long offset, long fileLength)
        throws IOException {
        int fd = file(fileLength);
        try {
            return SharedRegion.map(guest, user, size, offset, fd);
        } catch (IOException | RuntimeException e) {
            SystemCalls.close(fd);
            throw e;
        }
    }

    @Test
    void aPieceOfALargeRegionLiesInOneWindow() throws Exception {
        long size = 5 * GIB + 4096;
        int fd = file(size + 4096);
        memory = memory.with(SharedRegion.map(GUEST, USER, size, 4096, fd));
        MemoryView view = memory.view();
        SharedMapping file = SharedMapping.map(fd, size + 4096);
        int length = 3 << 20;
        for (long at = 0; at < size; at += GIB / 2 - 8) {
            int piece = (int) Math.min(length, size - at);
            assertThat(view.locate(GUEST + at, piece, place)).isTrue();
            place.window().clear().putLong(place.offset(), at);
            place.window().putLong(place.offset() + piece - 8, ~at);
            assertThat(file.buffer(4096 + at, 8).getLong(0)).isEqualTo(at);
            assertThat(file.buffer(4096 + at + piece - 8, 8).getLong(0)).isEqualTo(~at);
            assertThat(view.locateUser(USER + at, piece, place)).isEqualTo(GUEST + at);
            assertThat(place.window().getLong(place.offset())).isEqualTo(at);
        }
        file.unmap();
    }

    @ParameterizedTest
    @CsvSource({"0, 0, true", "0, 8192, true", "0, 8193, false", "8191, 1, true", "8192, 0, true", "8192, 1, false",
        "8193, 0, false", "-1, 1, false", "-1, 2, false", "-4294967296, 16, false", "4096, -1, false",
        "4096, -2147483648, false", "9223372036854775807, 1, false", "-9223372036854775808, 1, false"})
    void whatIsNotInTheRegionIsNotFound(long distance, int length, boolean found) throws Exception {
        memory = memory.with(region(GUEST, USER, 8192, 0, 8192));
        MemoryView view = memory.view();
        assertThat(view.locate(GUEST + distance, length, place)).isEqualTo(found);
        assertThat(view.locateUser(USER + distance, length, place)).isEqualTo(found ? GUEST + distance : -1);
        if (found) {
            place.window().clear().position(place.offset()).limit(place.offset() + length);
        }
    }

    @Test
    void aPieceBehindTheEndOfTheLastWindowLiesInIt() throws Exception {
        memory = memory.with(region(GUEST, USER, GIB, 0, GIB));
        assertThat(memory.view().locate(GUEST + GIB, 0, place)).isTrue();
        assertThat(place.offset()).isEqualTo((int) GIB);
        assertThat(memory.view().locate(GUEST + GIB, 1, place)).isFalse();
    }

    @Test
    void regionsAtBothEndsOfTheAddressesAreApart() throws Exception {
        memory = memory.with(region(0, USER, 4096, 0, 4096)).with(region(-4096, USER + 4096, 4096, 0, 4096));
        MemoryView view = memory.view();
        assertThat(view.locate(0, 4096, place)).isTrue();
        assertThat(view.locate(-4096, 4096, place)).isTrue();
        assertThat(view.locate(-4096, 4097, place)).isFalse();
        assertThat(view.locate(-1, 2, place)).isFalse();
        assertThat(memory.count()).isEqualTo(2);
    }

    @Test
    void regionsDoNotOverlap() throws Exception {
        memory = memory.with(region(GUEST, USER, 8192, 0, 8192));
        SharedRegion guest = region(GUEST + 8191, USER + GIB, 8192, 0, 8192);
        SharedRegion user = region(GUEST + GIB, USER - 8191, 8192, 0, 8192);
        assertThatThrownBy(() -> memory.with(guest)).isInstanceOf(IOException.class).hasMessageContaining("overlap");
        assertThatThrownBy(() -> memory.with(user)).isInstanceOf(IOException.class).hasMessageContaining("overlap");
        guest.unmap();
        user.unmap();
        SharedRegion beside = region(GUEST + 8192, USER + 8192, 8192, 0, 8192);
        memory = memory.with(beside);
        assertThat(memory.find(GUEST + 8192, USER + 8192, 8192)).isSameAs(beside);
        assertThat(memory.find(GUEST + 8192, USER + 8192, 8191)).isNull();
        assertThat(memory.end()).isEqualTo(GUEST + 16384);
        memory = memory.without(beside);
        beside.unmap();
        assertThat(memory.count()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 0, 0, cannot be", "0, 0, -1, 0, cannot be", "0, 0, 4096, -4096, cannot be",
        "-4095, 0, 4096, 0, cannot be", "0, -4095, 4096, 0, cannot be", "0, 0, 8796093022209, 0, cannot be",
        "0, 0, 8193, 0, longer than its file", "0, 0, 4096, 4097, longer than its file",
        "0, 0, 4096, 8796093022208, longer than its file"})
    void aRegionThatCannotBeIsRefused(long guest, long user, long size, long offset, String cause) {
        assertThatThrownBy(() -> region(guest, user, size, offset, 8192)).isInstanceOf(IOException.class)
            .hasMessageContaining(cause);
    }

    @Test
    void aFileThatIsNoMemoryIsRefused(@TempDir Path folder) throws Exception {
        int event = SystemCalls.check("eventfd", SystemCalls.eventDescriptor());
        assertThatThrownBy(() -> SharedRegion.map(0, 0, 4096, 0, event)).isInstanceOf(IOException.class)
            .hasMessageContaining("not of memory that can be shared");
        SystemCalls.close(event);
        assertThatThrownBy(() -> SharedRegion.map(0, 0, 4096, 0, -1)).isInstanceOf(IOException.class)
            .hasMessageContaining("EBADF");
    }

    /** In a loop, so that the access is compiled code in most of the rounds. */
    @Test
    void aFileThatIsShortenedIsAnErrorOfTheAccessAndNotLater() throws Exception {
        ByteBuffer copy = ByteBuffer.allocateDirect(4096);
        for (int round = 0; round < 40; round++) {
            int fd = file(1 << 20);
            SharedRegion region = SharedRegion.map(GUEST, USER, 1 << 20, 0, fd);
            memory = memory.with(region);
            MemoryView view = memory.view();
            for (int i = 0; i < 1000; i++) {
                use(view, copy, i);
            }
            MemoryFaults.throwPending();
            assertThat(memory.truncated()).isNull();
            SystemCalls.check("ftruncate", SystemCalls.truncate(fd, 4096));
            int at = 8192 + round;
            boolean thrown = false;
            try {
                use(view, copy, at);
                MemoryFaults.throwPending();
            } catch (InternalError expected) {
                MemoryFaults.dropPending();
                thrown = true;
            }
            assertThat(thrown).isTrue();
            assertThat(memory.truncated()).isSameAs(region);
            memory = memory.without(region);
            region.unmap();
        }
    }

    private void use(MemoryView view, ByteBuffer copy, int at) {
        assertThat(view.locate(GUEST + at, 4096, place)).isTrue();
        ByteBuffer window = place.window().clear();
        window.putLong(place.offset(), window.getLong(place.offset()) + 1);
        copy.clear().put(window.position(place.offset()).limit(place.offset() + 4096));
    }
}

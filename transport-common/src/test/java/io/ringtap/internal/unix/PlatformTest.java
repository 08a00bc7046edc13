/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PlatformTest {
    private static final int BSD_EAGAIN = 35;

    private final Platform before = Platform.current();
    private final List<String> calls = new ArrayList<>();

    @AfterEach
    void putBack() {
        Platform.install(before);
    }

    /** A C library that returns the same number for every call, and has no errno. */
    private LibC answering(int result) {
        return (LibC) Proxy.newProxyInstance(LibC.class.getClassLoader(), new Class<?>[] {LibC.class},
            (proxy, method, arguments) -> {
                calls.add(method.getName() + List.of(arguments));
                return method.getReturnType() == String.class ? "answered"
                    : method.getReturnType() == long.class ? (Object) (long) result : (Object) result;
            });
    }

    @Test
    void theJvmsOwnIsInUseUnlessAnotherIsInstalled() {
        assertThat(Platform.current()).isSameAs(Platform.ofJvm());
        assertThat(SystemCalls.close(-1)).isEqualTo(-Errno.EBADF.number());
        Platform other = Platform.ofJvm().with(answering(7));
        assertThat(Platform.install(other)).isSameAs(before);
        assertThat(SystemCalls.close(-1)).isEqualTo(7);
        Platform.install(before);
        assertThat(SystemCalls.close(-1)).isEqualTo(-Errno.EBADF.number());
        assertThat(calls).containsExactly("close[-1]");
    }

    @Test
    void anErrorIsTheResultItselfAndNoErrnoOfAnotherCall() {
        Platform.install(Platform.ofJvm().with(answering(-Errno.EMFILE.number())));
        assertThat(SystemCalls.socket(1, 2, 0)).isEqualTo(-Errno.EMFILE.number());
        assertThat(SystemCalls.read(3, 0, 0)).isEqualTo(-Errno.EMFILE.number());
        assertThatThrownBy(() -> SystemCalls.check("socket", SystemCalls.socket(1, 2, 0)))
            .isInstanceOf(SystemCallException.class).hasMessage("socket failed: EMFILE (answered)");
    }

    @Test
    void numbersAndFlagsAreThoseOfTheSystemThatIsCalled() {
        LibC libC = answering(3);
        Platform jvm = Platform.ofJvm();
        Platform.install(new Platform(libC, OperatingSystem.FREEBSD, jvm.mapper(), jvm.memory()));
        assertThat(OperatingSystem.isFreeBsd()).isTrue();
        assertThat(OperatingSystem.current()).hasToString("FreeBSD");
        assertThat(Errno.EAGAIN.number()).isEqualTo(BSD_EAGAIN);
        assertThat(Errno.EAGAIN.is(-BSD_EAGAIN)).isTrue();
        assertThat(Errno.nameOf(BSD_EAGAIN)).isEqualTo("EAGAIN");
        SystemCalls.open("/dev/tap0", SystemCalls.O_RDWR | SystemCalls.O_NONBLOCK | SystemCalls.O_CLOEXEC);
        // fcntl.h of FreeBSD: O_NONBLOCK 0x4, O_CLOEXEC 0x100000.
        assertThat(calls).containsExactly("open[/dev/tap0, " + 0x100006 + "]");
        calls.clear();
        SystemCalls.setNonBlocking(5);
        assertThat(calls).containsExactly("fcntl[5, 3, 0]", "fcntl[5, 4, " + (3 | 0x4) + "]");

        Platform.install(new Platform(libC, OperatingSystem.LINUX, jvm.mapper(), jvm.memory()));
        calls.clear();
        SystemCalls.open("/dev/net/tun", SystemCalls.O_RDWR | SystemCalls.O_NONBLOCK | SystemCalls.O_CLOEXEC);
        assertThat(calls).containsExactly("open[/dev/net/tun, " + 0x80802 + "]");
        assertThat(Errno.EAGAIN.number()).isEqualTo(11);
    }

    @Test
    void oneMapperMapsAndUnmaps() throws Exception {
        List<String> mapped = new ArrayList<>();
        MemoryMapper mapper = new MemoryMapper() {
            @Override
            public long map(int fd, long size) {
                mapped.add("map " + fd + ' ' + size);
                return fd < 0 ? -Errno.EBADF.number() : 0x1000;
            }

            @Override
            public int unmap(long address, long size) {
                mapped.add("unmap " + address + ' ' + size);
                return 0;
            }
        };
        Platform.install(Platform.ofJvm().with(mapper));
        assertThatThrownBy(() -> SharedMapping.map(-1, 4096)).isInstanceOf(SystemCallException.class)
            .hasMessageContaining("mmap of 4096 bytes failed: EBADF");
        SharedMapping mapping = SharedMapping.map(4, 8192);
        assertThat(mapping.address()).isEqualTo(0x1000);
        // The mapper that has mapped memory unmaps it, even if another is in use by then.
        Platform.install(before);
        mapping.unmap();
        assertThat(mapped).containsExactly("map -1 4096", "map 4 8192", "unmap 4096 8192");
    }

    @Test
    void nativeMemoryComesFromThePlatform() {
        Platform.install(Platform.ofJvm().withMemory(size -> {
            throw new OutOfMemoryError("no " + size + " bytes");
        }));
        assertThatThrownBy(() -> NativeMemory.allocate(40)).isInstanceOf(OutOfMemoryError.class)
            .hasMessage("no 40 bytes");
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.device;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.LibC;
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.internal.unix.Platform;
import org.junit.jupiter.api.Test;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** The question goes to the kernel of the platform, and only its clear answer counts. */
class KernelInterfaceTest {
    private final List<Long> asked = new ArrayList<>();

    /** The answer to a question for an interface that this machine has not, where the ioctl has this result. */
    private boolean mayExist(OperatingSystem system, int socket, Errno answer) {
        Platform before = Platform.current();
        LibC libC = (LibC) Proxy.newProxyInstance(LibC.class.getClassLoader(), new Class<?>[] {LibC.class},
            (proxy, method, arguments) -> switch (method.getName()) {
                case "socket" -> socket;
                case "ioctl" -> {
                    asked.add((Long) arguments[1]);
                    yield answer == null ? 0 : -answer.number();
                }
                default -> 0;
            });
        Platform.install(new Platform(libC, system, before.mapper(), before.memory()));
        try {
            return KernelInterface.mayExist("rtnone0");
        } finally {
            Platform.install(before);
        }
    }

    @Test
    void freeBsdIsAsked() {
        assertThat(mayExist(OperatingSystem.FREEBSD, 7, null)).isTrue();
        assertThat(mayExist(OperatingSystem.FREEBSD, 7, Errno.ENXIO)).isFalse();
        assertThat(asked).containsOnly(0xc020_6911L);
    }

    @Test
    void linuxIsAsked() {
        assertThat(mayExist(OperatingSystem.LINUX, 7, null)).isTrue();
        assertThat(mayExist(OperatingSystem.LINUX, 7, Errno.ENODEV)).isFalse();
        assertThat(asked).containsOnly(0x8913L);
    }

    @Test
    void whatIsNotKnownIsNotGone() {
        assertThat(mayExist(OperatingSystem.FREEBSD, -24, null)).isTrue();
        assertThat(mayExist(OperatingSystem.FREEBSD, 7, Errno.EPERM)).isTrue();
        assertThat(mayExist(OperatingSystem.LINUX, 7, Errno.ENOMEM)).isTrue();
    }

    @Test
    void theInterfacesOfThisMachine() {
        assertThat(KernelInterface.mayExist(OperatingSystem.isLinux() ? "lo" : "lo0")).isTrue();
        assertThat(KernelInterface.mayExist("rtnone0")).isFalse();
        assertThat(KernelInterface.mayExist("rtnone0rtnone0rtnone0")).isFalse();
    }
}

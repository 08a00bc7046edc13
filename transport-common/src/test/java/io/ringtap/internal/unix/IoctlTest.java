/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compared with the numbers that C compilers compute from if_tun.h of Linux, and if_tap.h, filio.h and netmap.h of
 * FreeBSD.
 */
class IoctlTest {
    @Test
    void linux() {
        assertThat(Ioctl.linuxWrite('T', 202, 4)).as("TUNSETIFF").isEqualTo(0x400454CAL);
        assertThat(Ioctl.linuxRead('T', 207, 4)).as("TUNGETFEATURES").isEqualTo(0x800454CFL);
        assertThat(Ioctl.linuxIo('T', 227)).as("TUNGETDEVNETNS").isEqualTo(0x54E3L);
        assertThat(Ioctl.linuxReadWrite('i', 145, 60)).as("NIOCGINFO").isEqualTo(0xC03C6991L);
        assertThat(Ioctl.linuxReadWrite('i', 150, 272)).as("NIOCCONFIG").isEqualTo(0xC1106996L);
        assertThat(Ioctl.linuxIo('i', 148)).as("NIOCTXSYNC").isEqualTo(0x6994L);
    }

    @Test
    void bsd() {
        assertThat(Ioctl.bsdRead('t', 93, 32)).as("TAPGIFNAME").isEqualTo(0x4020745DL);
        assertThat(Ioctl.bsdWrite('t', 91, 8)).as("TAPSIFINFO").isEqualTo(0x8008745BL);
        assertThat(Ioctl.bsdWrite('f', 126, 4)).as("FIONBIO").isEqualTo(0x8004667EL);
        assertThat(Ioctl.bsdReadWrite('i', 122, 32)).as("SIOCIFCREATE").isEqualTo(0xC020697AL);
        assertThat(Ioctl.bsdIo('i', 148)).as("NIOCTXSYNC").isEqualTo(0x20006994L);
    }

    @Test
    void errnoNamesAndNumbers() {
        assertThat(Errno.nameOf(16)).isEqualTo("EBUSY");
        assertThat(Errno.nameOf(4711)).isEqualTo("errno 4711");
        assertThat(Errno.EAGAIN.is(-Errno.EAGAIN.number())).isTrue();
        assertThat(Errno.EAGAIN.is(Errno.EAGAIN.number())).isFalse();
        assertThat(Errno.EAGAIN.is(0)).isFalse();
    }

    /** {@code sys/errno.h} of each system. */
    @ParameterizedTest
    @CsvSource({"EPERM, 1, 1, 1", "ENOENT, 2, 2, 2", "EINTR, 4, 4, 4", "EIO, 5, 5, 5", "ENXIO, 6, 6, 6",
        "EBADF, 9, 9, 9", "ENOMEM, 12, 12, 12", "EACCES, 13, 13, 13", "EFAULT, 14, 14, 14", "EBUSY, 16, 16, 16",
        "EEXIST, 17, 17, 17", "ENODEV, 19, 19, 19", "EINVAL, 22, 22, 22", "EMFILE, 24, 24, 24", "ENOTTY, 25, 25, 25",
        "EPIPE, 32, 32, 32", "EAGAIN, 11, 35, 35", "EDEADLK, 35, 11, 11", "EMSGSIZE, 90, 40, 40",
        "ENOPROTOOPT, 92, 42, 42", "EOPNOTSUPP, 95, 45, 102", "ENOTSUP, -1, -1, 45", "EAFNOSUPPORT, 97, 47, 47",
        "EADDRINUSE, 98, 48, 48", "EADDRNOTAVAIL, 99, 49, 49", "ENETDOWN, 100, 50, 50", "ENOBUFS, 105, 55, 55",
        "ENOTCONN, 107, 57, 57", "EHOSTDOWN, 112, 64, 64", "ENOSYS, 38, 78, 78", "EPROTO, 71, 92, 100",
        "ECANCELED, 125, 85, 89", "EBADFD, 77, -1, -1", "ENOTCAPABLE, -1, 93, -1", "ECAPMODE, -1, 94, -1"})
    void errnoNumbersOfEachSystem(Errno errno, int linux, int freeBsd, int macOs) {
        assertThat(errno.numberOn(OperatingSystem.LINUX)).isEqualTo(linux);
        assertThat(errno.numberOn(OperatingSystem.FREEBSD)).isEqualTo(freeBsd);
        assertThat(errno.numberOn(OperatingSystem.MACOS)).isEqualTo(macOs);
    }

    /** Or a message would name the wrong one. */
    @ParameterizedTest
    @EnumSource(OperatingSystem.class)
    void noTwoErrorsHaveOneNumber(OperatingSystem system) {
        assertThat(Stream.of(Errno.values()).mapToInt(errno -> errno.numberOn(system)).filter(number -> number > 0)
            .toArray()).doesNotHaveDuplicates();
    }
}

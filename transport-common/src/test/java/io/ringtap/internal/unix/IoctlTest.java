/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import org.junit.jupiter.api.Test;

import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** Against numbers that C compilers gave: of Linux's if_tun.h and of FreeBSD's if_tap.h, filio.h and netmap.h. */
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

    /** FreeBSD {@code sys/errno.h}: those that a tap acts on. */
    @Test
    void errnoNumbersOfFreeBsd() {
        assertThat(Map.of(Errno.EPERM, 1, Errno.ENOENT, 2, Errno.EINTR, 4, Errno.EIO, 5, Errno.ENXIO, 6, Errno.EBADF, 9)
            .entrySet()).allSatisfy(e -> assertThat(e.getKey().bsdNumber()).isEqualTo(e.getValue()));
        assertThat(Map.of(Errno.ENOMEM, 12, Errno.EACCES, 13, Errno.EBUSY, 16, Errno.ENODEV, 19, Errno.EINVAL, 22,
            Errno.ENOTTY, 25, Errno.EAGAIN, 35, Errno.EMSGSIZE, 40, Errno.ENOBUFS, 55, Errno.EHOSTDOWN, 64)
            .entrySet()).allSatisfy(e -> assertThat(e.getKey().bsdNumber()).isEqualTo(e.getValue()));
    }
}

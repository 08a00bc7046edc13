/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the C bridges share: opening a tap, and the command line "PROGRAM [-v] TAP TAP".
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define VNET_HEADER 12
/* A super-frame and its header. */
#define MAX_FRAME (65536 + 64)

#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

/* Makes a tap; with a vnet header of 12 bytes, checksums, TSO and, where the kernel has it, USO are taken and passed on. */
static int open_tap(const char *name, int vnet) {
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    if (fd < 0) {
        err(1, "/dev/net/tun");
    }
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | (vnet ? IFF_VNET_HDR : 0)};
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (ioctl(fd, TUNSETIFF, &request) < 0) {
        err(1, "%s: TUNSETIFF", name);
    }
    if (vnet) {
        int length = VNET_HEADER;
        unsigned offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
        if (ioctl(fd, TUNSETVNETHDRSZ, &length) < 0) {
            err(1, "%s: TUNSETVNETHDRSZ", name);
        }
        if (ioctl(fd, TUNSETOFFLOAD, offloads | TUN_F_USO4 | TUN_F_USO6) < 0
            && ioctl(fd, TUNSETOFFLOAD, offloads) < 0) {
            err(1, "%s: TUNSETOFFLOAD", name);
        }
    }
    return fd;
}

static void open_taps(int argc, char **argv, int fds[2]) {
    int vnet = argc > 1 && strcmp(argv[1], "-v") == 0;
    if (argc != 3 + vnet) {
        errx(2, "usage: %s [-v] TAP TAP", argv[0]);
    }
    fds[0] = open_tap(argv[1 + vnet], vnet);
    fds[1] = open_tap(argv[2 + vnet], vnet);
}

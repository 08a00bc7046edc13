/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the C programs share: opening a tap or a TUN device, and the command line "PROGRAM [-t] [-v] DEVICE DEVICE".
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

/*
 * Makes a tap, or a TUN device; with a vnet header of 12 bytes, checksums, TSO and, where the kernel has it, USO are
 * taken and passed on.
 */
static int open_device(const char *name, int kind, int vnet) {
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    if (fd < 0) {
        err(1, "/dev/net/tun");
    }
    struct ifreq request = {.ifr_flags = (short) (kind | IFF_NO_PI | (vnet ? IFF_VNET_HDR : 0))};
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

/* The two devices that the command line names: "-t" makes them TUN devices, "-v" gives them a vnet header. */
static inline void open_devices(int argc, char **argv, int fds[2]) {
    int kind = IFF_TAP, vnet = 0, option;
    while ((option = getopt(argc, argv, "tv")) != -1) {
        if (option == 't') {
            kind = IFF_TUN;
        } else if (option == 'v') {
            vnet = 1;
        }
    }
    if (argc - optind != 2) {
        errx(2, "usage: %s [-t] [-v] DEVICE DEVICE", argv[0]);
    }
    fds[0] = open_device(argv[optind], kind, vnet);
    fds[1] = open_device(argv[optind + 1], kind, vnet);
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 *
 * Two taps, or two TUN devices, joined by epoll(7), a read(2) and a write(2) for each frame. Forwards blindly and drops
 * what does not fit: the least that a program with these system calls can do.
 */
#include "tap.h"
#include <sys/epoll.h>

#define READS_PER_WAKE_UP 64

static char frame[MAX_FRAME] __attribute__((aligned(64)));

static void forward(int from, int to) {
    for (int i = 0; i < READS_PER_WAKE_UP; i++) {
        ssize_t length = read(from, frame, sizeof frame);
        if (length < 0) {
            if (errno != EAGAIN && errno != EINTR && errno != EIO) {
                err(1, "read");
            }
            return;
        }
        if (write(to, frame, (size_t) length) < 0 && errno == EBADFD) {
            err(1, "write");
        }
    }
}

int main(int argc, char **argv) {
    int fds[2];
    open_devices(argc, argv, fds);
    int epoll = epoll_create1(0);
    for (int i = 0; i < 2; i++) {
        struct epoll_event wanted = {.events = EPOLLIN, .data.u32 = (uint32_t) i};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &wanted) < 0) {
            err(1, "epoll_ctl");
        }
    }
    for (;;) {
        struct epoll_event ready[2];
        int count = epoll_wait(epoll, ready, 2, -1);
        for (int i = 0; i < count; i++) {
            int side = (int) ready[i].data.u32;
            forward(fds[side], fds[!side]);
        }
    }
}

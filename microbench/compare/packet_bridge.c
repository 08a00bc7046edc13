/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 *
 * Two interfaces joined by packet sockets, epoll(7), a recvmmsg(2) and a sendmmsg(2) for each batch. Forwards blindly,
 * with the virtio-net header that the kernel puts in front of each frame, and drops what does not fit: the least that a
 * program with these system calls can do. It asks for the auxiliary data of each frame, as a bridge that keeps VLAN tags
 * has to, and does not look at it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 64
#define MAX_FRAME (65536 + 64)
#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

static char frames[BATCH][MAX_FRAME] __attribute__((aligned(64)));
static char control[BATCH][64] __attribute__((aligned(8)));
static struct sockaddr_ll names[BATCH];
static struct iovec parts[BATCH];
static struct mmsghdr received[BATCH], sent[BATCH];

static void set(int fd, int level, int option, int value) {
    if (setsockopt(fd, level, option, &value, sizeof value) < 0) {
        err(1, "setsockopt %d", option);
    }
}

static int open_socket(const char *name) {
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        err(1, "socket");
    }
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
                                  .sll_ifindex = (int) if_nametoindex(name)};
    struct packet_mreq promiscuous = {.mr_ifindex = address.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
    set(fd, SOL_PACKET, PACKET_VNET_HDR, 1);
    set(fd, SOL_PACKET, PACKET_AUXDATA, 1);
    set(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
    set(fd, SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20);
    if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof promiscuous) < 0
        || bind(fd, (struct sockaddr *) &address, sizeof address) < 0) {
        err(1, "%s", name);
    }
    return fd;
}

static void forward(int from, int to) {
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            parts[i] = (struct iovec) {frames[i], MAX_FRAME};
            received[i].msg_hdr = (struct msghdr) {.msg_name = &names[i], .msg_namelen = sizeof names[i],
                .msg_iov = &parts[i], .msg_iovlen = 1, .msg_control = control[i], .msg_controllen = sizeof control[i]};
        }
        int count = recvmmsg(from, received, BATCH, 0, NULL);
        if (count < 0) {
            if (errno != EAGAIN && errno != EINTR && errno != ENETDOWN) {
                err(1, "recvmmsg");
            }
            return;
        }
        for (int i = 0; i < count; i++) {
            parts[i].iov_len = received[i].msg_len;
            sent[i].msg_hdr = (struct msghdr) {.msg_iov = &parts[i], .msg_iovlen = 1};
        }
        for (int done = 0; done < count;) {
            int more = sendmmsg(to, sent + done, (unsigned) (count - done), 0);
            done += more > 0 ? more : 1;
        }
        if (count < BATCH) {
            return;
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 3) {
        errx(2, "usage: %s INTERFACE INTERFACE", argv[0]);
    }
    int fds[2], epoll = epoll_create1(0);
    for (int i = 0; i < 2; i++) {
        struct epoll_event wanted = {.events = EPOLLIN, .data.u32 = (uint32_t) i};
        fds[i] = open_socket(argv[1 + i]);
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

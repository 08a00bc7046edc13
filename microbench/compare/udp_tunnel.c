/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 *
 * One end of a tunnel: "udp_tunnel DEVICE PORT PEER-PORT" joins a TUN device to a UDP socket on 127.0.0.1 by epoll(7),
 * a read(2) and a sendto(2), or a recvfrom(2) and a write(2), for each packet. What does not fit is dropped.
 */
#include "tap.h"
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define READS_PER_WAKE_UP 64
#define SOCKET_BUFFER (4 << 20)

static char packet[MAX_FRAME] __attribute__((aligned(64)));

static struct sockaddr_in local(const char *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t) atoi(port)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return address;
}

static int open_socket(const struct sockaddr_in *address) {
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), room = SOCKET_BUFFER;
    setsockopt(s, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(s, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    if (s < 0 || bind(s, (const struct sockaddr *) address, sizeof *address) < 0) {
        err(1, "port %d", ntohs(address->sin_port));
    }
    return s;
}

static void from_device(int device, int s, const struct sockaddr_in *peer) {
    for (int i = 0; i < READS_PER_WAKE_UP; i++) {
        ssize_t length = read(device, packet, sizeof packet);
        if (length < 0) {
            if (errno != EAGAIN && errno != EINTR && errno != EIO) {
                err(1, "read");
            }
            return;
        }
        // What cannot be sent now is lost: the tunnel is no better a network than the one below it.
        sendto(s, packet, (size_t) length, 0, (const struct sockaddr *) peer, sizeof *peer);
    }
}

static void from_peer(int s, int device, const struct sockaddr_in *peer) {
    for (int i = 0; i < READS_PER_WAKE_UP; i++) {
        struct sockaddr_in sender;
        socklen_t size = sizeof sender;
        ssize_t length = recvfrom(s, packet, sizeof packet, 0, (struct sockaddr *) &sender, &size);
        if (length < 0) {
            // Nobody listens at the peer yet, or nothing is left to read.
            return;
        }
        if (sender.sin_port == peer->sin_port && sender.sin_addr.s_addr == peer->sin_addr.s_addr
            && write(device, packet, (size_t) length) < 0 && errno == EBADFD) {
            err(1, "write");
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 4) {
        errx(2, "usage: %s DEVICE PORT PEER-PORT", argv[0]);
    }
    struct sockaddr_in here = local(argv[2]), peer = local(argv[3]);
    int device = open_device(argv[1], IFF_TUN, 0), s = open_socket(&here), epoll = epoll_create1(0);
    int fds[2] = {device, s};
    for (int i = 0; i < 2; i++) {
        struct epoll_event wanted = {.events = EPOLLIN, .data.fd = fds[i]};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &wanted) < 0) {
            err(1, "epoll_ctl");
        }
    }
    for (;;) {
        struct epoll_event ready[2];
        int count = epoll_wait(epoll, ready, 2, -1);
        for (int i = 0; i < count; i++) {
            if (ready[i].data.fd == device) {
                from_device(device, s, &peer);
            } else {
                from_peer(s, device, &peer);
            }
        }
    }
}

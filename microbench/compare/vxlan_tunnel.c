/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 *
 * One end of a VXLAN tunnel: "vxlan_tunnel [-v] DEVICE LOCAL REMOTE" joins a tap to UDP port 4789 of an IPv4 address by
 * epoll(7), with the calls that Ringtap's channel makes: a read(2) or write(2) for each frame of the tap, recvmmsg(2) of
 * datagrams that the kernel has joined (UDP_GRO), sendmmsg(2) of rows of datagrams that it cuts up (UDP_SEGMENT). With -v
 * the tap has a vnet header, and super-frames of TCP are segmented here. What does not fit is dropped.
 */
#include "tap.h"
#include <arpa/inet.h>
#include <linux/virtio_net.h>
#include <netinet/udp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define BATCH 64
#define MAX_SEGMENTS 64
#define MAX_ROW 65507
#define HEADER 8
#define ROOM 64 /* in front of a frame: headers */
#define MAX_PARTS 1024
#define SOCKET_BUFFER (8 << 20)

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

static const uint8_t vxlan[HEADER] = {8, 0, 0, 0, 0, 0, 42, 0};
static uint8_t frames[BATCH][ROOM + MAX_FRAME] __attribute__((aligned(64)));
static uint8_t heads[MAX_PARTS][256];
static struct sockaddr_in peer;
static int device, s, header;

static struct mmsghdr out[BATCH];
static union {
    char room[CMSG_SPACE(sizeof(uint16_t))];
    struct cmsghdr align;
} controls[BATCH];
static struct iovec parts[MAX_PARTS];
static int messages, used, row_size, row_bytes, row_count;

static void flush(void) {
    for (int done = 0; done < messages;) {
        int n = sendmmsg(s, out + done, (unsigned) (messages - done), 0);
        // What cannot be sent now is lost: the tunnel is no better a network than the one below it.
        done += n < 1 ? 1 : n;
    }
    messages = used = 0;
}

/* Adds a datagram of one or two parts behind the header, to the row of the last one where it fits. */
static void add(void *first, size_t first_length, void *second, size_t second_length) {
    int length = (int) (HEADER + first_length + second_length);
    if (messages == BATCH || used + 3 > MAX_PARTS) {
        flush();
    }
    int joins = messages > 0 && row_size > 0 && length <= row_size && row_count < MAX_SEGMENTS
        && row_bytes + length <= MAX_ROW;
    if (!joins) {
        out[messages++].msg_hdr = (struct msghdr) {.msg_name = &peer, .msg_namelen = sizeof peer,
            .msg_iov = parts + used};
        row_size = length;
        row_bytes = row_count = 0;
    }
    struct msghdr *message = &out[messages - 1].msg_hdr;
    parts[used++] = (struct iovec) {(void *) vxlan, HEADER};
    parts[used++] = (struct iovec) {first, first_length};
    message->msg_iovlen += 2;
    if (second_length > 0) {
        parts[used++] = (struct iovec) {second, second_length};
        message->msg_iovlen++;
    }
    row_bytes += length;
    if (++row_count == 2) {
        struct cmsghdr *control = &controls[messages - 1].align;
        *control = (struct cmsghdr) {.cmsg_len = CMSG_LEN(sizeof(uint16_t)), .cmsg_level = SOL_UDP,
            .cmsg_type = UDP_SEGMENT};
        *(uint16_t *) CMSG_DATA(control) = (uint16_t) row_size;
        message->msg_control = control;
        message->msg_controllen = CMSG_SPACE(sizeof(uint16_t));
    }
    if (length < row_size) {
        row_size = 0;
    }
}

static uint64_t sum(const uint8_t *data, size_t length, uint64_t start) {
    for (; length >= 4; data += 4, length -= 4) {
        uint32_t word;
        memcpy(&word, data, 4);
        start += word;
    }
    uint32_t last = 0;
    memcpy(&last, data, length);
    return start + last;
}

static uint16_t folded(uint64_t sum) {
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t) sum;
}

static void put16(uint8_t *at, unsigned value) {
    at[0] = (uint8_t) (value >> 8);
    at[1] = (uint8_t) value;
}

/* Segments a super-frame of TCP without VLAN tags. */
static void segment(const struct virtio_net_hdr *vnet, uint8_t *frame, size_t length) {
    size_t l3 = 14, l4 = vnet->csum_start;
    int v4 = frame[12] == 8;
    size_t payload = l4 + (size_t) (frame[l4 + 12] >> 4) * 4, mss = vnet->gso_size;
    unsigned id = (unsigned) (frame[l3 + 4] << 8 | frame[l3 + 5]);
    uint32_t sequence;
    memcpy(&sequence, frame + l4 + 4, 4);
    sequence = ntohl(sequence);
    for (size_t at = payload, i = 0; at < length; at += mss, i++) {
        size_t n = length - at < mss ? length - at : mss;
        if (messages == BATCH || used + 3 > MAX_PARTS) {
            flush();
        }
        uint8_t *head = heads[used];
        memcpy(head, frame, payload);
        unsigned transport = (unsigned) (payload - l4 + n);
        uint64_t pseudo = sum(head + l3 + (v4 ? 12 : 8), v4 ? 8 : 32, htons(6) + (uint64_t) htons((uint16_t) transport));
        if (v4) {
            put16(head + l3 + 2, (unsigned) (payload - l3 + n));
            put16(head + l3 + 4, id + (unsigned) i);
            put16(head + l3 + 10, 0);
            uint16_t check = (uint16_t) ~folded(sum(head + l3, l4 - l3, 0));
            memcpy(head + l3 + 10, &check, 2);
        } else {
            put16(head + l3 + 4, (unsigned) (payload - l3 - 40 + n));
        }
        uint32_t next = htonl(sequence + (uint32_t) (i * mss));
        memcpy(head + l4 + 4, &next, 4);
        if (at + n < length) {
            head[l4 + 13] &= (uint8_t) ~0x09;
        }
        if (i > 0) {
            head[l4 + 13] &= (uint8_t) ~0x80;
        }
        put16(head + l4 + 16, 0);
        uint16_t check = (uint16_t) ~folded(sum(frame + at, n, sum(head + l4, payload - l4, pseudo)));
        memcpy(head + l4 + 16, &check, 2);
        add(head, payload, frame + at, n);
    }
    row_size = 0;
}

static void from_device(void) {
    for (int i = 0; i < BATCH; i++) {
        uint8_t *frame = frames[i] + ROOM - header;
        ssize_t length = read(device, frame, (size_t) header + MAX_FRAME);
        if (length < 0) {
            if (errno != EAGAIN && errno != EINTR && errno != EIO) {
                err(1, "read");
            }
            break;
        }
        struct virtio_net_hdr *vnet = (struct virtio_net_hdr *) frame;
        frame += header;
        length -= header;
        if (header && vnet->gso_type != VIRTIO_NET_HDR_GSO_NONE) {
            segment(vnet, frame, (size_t) length);
            continue;
        }
        if (header && vnet->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
            uint16_t check = (uint16_t) ~folded(sum(frame + vnet->csum_start, (size_t) length - vnet->csum_start, 0));
            memcpy(frame + vnet->csum_start + vnet->csum_offset, &check, 2);
        }
        add(frame, (size_t) length, NULL, 0);
    }
    flush();
}

static void from_peer(void) {
    static struct mmsghdr in[BATCH];
    static struct iovec into[BATCH];
    static struct sockaddr_in senders[BATCH];
    static union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } told[BATCH];
    for (int i = 0; i < BATCH; i++) {
        into[i] = (struct iovec) {frames[i] + ROOM, MAX_FRAME};
        in[i].msg_hdr = (struct msghdr) {.msg_name = &senders[i], .msg_namelen = sizeof senders[i], .msg_iov = &into[i],
            .msg_iovlen = 1, .msg_control = &told[i], .msg_controllen = sizeof told[i]};
    }
    int count = recvmmsg(s, in, BATCH, 0, NULL);
    for (int i = 0; i < count; i++) {
        int length = (int) in[i].msg_len, size = length;
        struct cmsghdr *control = CMSG_FIRSTHDR(&in[i].msg_hdr);
        if (control && control->cmsg_level == SOL_UDP && control->cmsg_type == UDP_GRO) {
            size = *(int *) CMSG_DATA(control);
        }
        if (senders[i].sin_addr.s_addr != peer.sin_addr.s_addr) {
            continue;
        }
        for (int at = 0; at < length; at += size) {
            int n = length - at < size ? length - at : size;
            uint8_t *datagram = frames[i] + ROOM + at;
            if (n < HEADER + 14 || memcmp(datagram, vxlan, HEADER)) {
                continue;
            }
            uint8_t *frame = datagram + HEADER - header;
            memset(frame, 0, (size_t) header);
            if (write(device, frame, (size_t) (n - HEADER + header)) < 0 && errno == EBADFD) {
                err(1, "write");
            }
        }
    }
}

int main(int argc, char **argv) {
    int vnet = argc == 5 && !strcmp(argv[1], "-v");
    if (argc != 4 + vnet) {
        errx(2, "usage: %s [-v] DEVICE LOCAL REMOTE", argv[0]);
    }
    argv += vnet;
    header = vnet ? VNET_HEADER : 0;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(4789)};
    inet_pton(AF_INET, argv[2], &here.sin_addr);
    peer = here;
    inet_pton(AF_INET, argv[3], &peer.sin_addr);
    int room = SOCKET_BUFFER, on = 1;
    s = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    setsockopt(s, SOL_UDP, UDP_GRO, &on, sizeof on);
    if (s < 0 || bind(s, (struct sockaddr *) &here, sizeof here) < 0) {
        err(1, "%s", argv[2]);
    }
    device = open_device(argv[1], IFF_TAP, vnet);
    int epoll = epoll_create1(0), fds[2] = {device, s};
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
                from_device();
            } else {
                from_peer();
            }
        }
    }
}

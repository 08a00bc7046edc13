/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 *
 * The load: "flood frames INTERFACE MAC SECONDS" sends 64-byte frames past the queues of an interface, "flood packets
 * INTERFACE FROM TO SECONDS" IPv4 packets of 64 bytes past those of a TUN device, "flood udp ADDRESS SECONDS" datagrams
 * of 64 bytes, each a packet of its own; "flood sink SECONDS" counts the datagrams that arrive and prints the count.
 * "flood ping ADDRESS SECONDS" sends an echo request as soon as the reply to the last one came, as ping -f does, and
 * prints the median round trip in microseconds; ping prints a mean, in whole ones, that tells more of neighbours that
 * had the CPU now and then than of a switch. Source addresses stay the same, as those of one host do.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define LENGTH 64
#define PORT 9999
#define MOST_PINGS (1 << 20)
/* Of no protocol, by IEEE 802 and RFC 3692. */
#define EXPERIMENTAL 0x88b5
#define EXPERIMENTAL_PROTOCOL 253

static char bytes[BATCH][2048];
static struct iovec parts[BATCH];
static struct mmsghdr messages[BATCH];

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static void prepare(size_t length) {
    for (int i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec) {bytes[i], length};
        messages[i].msg_hdr = (struct msghdr) {.msg_iov = &parts[i], .msg_iovlen = 1};
    }
}

/* A packet socket on an interface, whose hardware address goes into the request. */
static int packet_socket(const char *name, int protocol, struct ifreq *request) {
    int s = socket(AF_PACKET, SOCK_RAW, 0), on = 1;
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = (int) if_nametoindex(name),
        .sll_protocol = htons((uint16_t) protocol)};
    strncpy(request->ifr_name, name, IFNAMSIZ - 1);
    if (s < 0 || bind(s, (struct sockaddr *) &address, sizeof address) < 0 || ioctl(s, SIOCGIFHWADDR, request) < 0
        || setsockopt(s, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) < 0) {
        err(1, "%s", name);
    }
    return s;
}

static void send_until(int s, double end) {
    prepare(LENGTH);
    while (now() < end) {
        sendmmsg(s, messages, BATCH, 0);
    }
}

static void send_frames(const char *name, const char *to, double end) {
    struct ifreq request = {0};
    int s = packet_socket(name, EXPERIMENTAL, &request);
    struct ether_addr *destination = ether_aton(to);
    if (destination == NULL) {
        errx(2, "%s is not a MAC address", to);
    }
    for (int i = 0; i < BATCH; i++) {
        memcpy(bytes[i], destination, ETH_ALEN);
        memcpy(bytes[i] + ETH_ALEN, request.ifr_hwaddr.sa_data, ETH_ALEN);
        bytes[i][12] = (char) (EXPERIMENTAL >> 8);
        bytes[i][13] = (char) EXPERIMENTAL;
    }
    send_until(s, end);
}

static void send_packets(const char *name, const char *from, const char *to, double end) {
    struct ifreq request = {0};
    int s = packet_socket(name, ETH_P_IP, &request);
    struct iphdr header = {.version = 4, .ihl = 5, .tot_len = htons(LENGTH), .ttl = 64,
        .protocol = EXPERIMENTAL_PROTOCOL};
    if (inet_pton(AF_INET, from, &header.saddr) != 1 || inet_pton(AF_INET, to, &header.daddr) != 1) {
        errx(2, "%s or %s is not an address", from, to);
    }
    uint32_t sum = 0;
    uint16_t words[sizeof header / 2];
    memcpy(words, &header, sizeof header);
    for (size_t i = 0; i < sizeof header / 2; i++) {
        sum += words[i];
    }
    sum = (sum & 0xffff) + (sum >> 16);
    header.check = (uint16_t) ~(sum + (sum >> 16));
    for (int i = 0; i < BATCH; i++) {
        memcpy(bytes[i], &header, sizeof header);
    }
    send_until(s, end);
}

static struct sockaddr_in datagrams_to(const char *address) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    if (inet_pton(AF_INET, address, &to.sin_addr) != 1) {
        errx(2, "%s is not an address", address);
    }
    return to;
}

static void send_datagrams(const char *address, double end) {
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in to = datagrams_to(address);
    if (s < 0 || connect(s, (struct sockaddr *) &to, sizeof to) < 0) {
        err(1, "%s", address);
    }
    send_until(s, end);
}

static unsigned long count_datagrams(double end) {
    int s = socket(AF_INET, SOCK_DGRAM, 0), room = 8 << 20;
    struct sockaddr_in any = datagrams_to("0.0.0.0");
    struct timeval tenth = {.tv_usec = 100000};
    setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tenth, sizeof tenth);
    if (s < 0 || bind(s, (struct sockaddr *) &any, sizeof any) < 0) {
        err(1, "port %d", PORT);
    }
    prepare(sizeof bytes[0]);
    unsigned long count = 0;
    while (now() < end) {
        int received = recvmmsg(s, messages, BATCH, MSG_WAITFORONE, NULL);
        count += received > 0 ? (unsigned long) received : 0;
    }
    return count;
}

static int64_t nanoseconds_of(const struct timespec *t) {
    return (int64_t) t->tv_sec * 1000000000 + t->tv_nsec;
}

/* When the reply of this sequence number came to this host, by the kernel's clock; 0 if none came in time. */
static int64_t reply_time(int s, uint16_t sequence) {
    for (;;) {
        char control[CMSG_SPACE(sizeof(struct timespec))];
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 1, .msg_control = control,
            .msg_controllen = sizeof control};
        ssize_t length = recvmsg(s, &message, 0);
        if (length < 0) {
            return 0;
        }
        size_t header = (size_t) (bytes[0][0] & 0xf) * 4;
        struct icmphdr icmp;
        struct timespec came;
        struct cmsghdr *stamp = CMSG_FIRSTHDR(&message);
        if ((size_t) length < header + sizeof icmp || stamp == NULL) {
            continue;
        }
        memcpy(&icmp, bytes[0] + header, sizeof icmp);
        memcpy(&came, CMSG_DATA(stamp), sizeof came);
        if (icmp.type == ICMP_ECHOREPLY && icmp.un.echo.sequence == sequence) {
            return nanoseconds_of(&came);
        }
    }
}

static int compare_times(const void *a, const void *b) {
    int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;
    return (x > y) - (x < y);
}

static double median_round_trip(const char *address, double end) {
    static int64_t times[MOST_PINGS];
    int s = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), on = 1;
    struct sockaddr_in to = datagrams_to(address);
    struct timeval lost = {.tv_usec = 10000};
    if (s < 0 || connect(s, (struct sockaddr *) &to, sizeof to) < 0
        || setsockopt(s, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0
        || setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &lost, sizeof lost) < 0) {
        err(1, "%s", address);
    }
    prepare(sizeof bytes[0]);
    size_t count = 0;
    for (uint16_t sequence = 1; now() < end && count < MOST_PINGS; sequence++) {
        struct {
            struct icmphdr header;
            char data[56];
        } request = {.header = {.type = ICMP_ECHO, .un.echo.sequence = sequence}};
        uint32_t check = (uint32_t) htons(ICMP_ECHO << 8) + sequence;
        struct timespec sent;
        request.header.checksum = (uint16_t) ~((check & 0xffff) + (check >> 16));
        clock_gettime(CLOCK_REALTIME, &sent);
        int64_t came = send(s, &request, sizeof request, 0) < 0 ? 0 : reply_time(s, sequence);
        if (came > 0) {
            times[count++] = came - nanoseconds_of(&sent);
        }
    }
    if (count == 0) {
        errx(1, "no reply from %s", address);
    }
    qsort(times, count, sizeof times[0], compare_times);
    return (double) times[count / 2] / 1e3;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (argc == 5 && strcmp(what, "frames") == 0) {
        send_frames(argv[2], argv[3], now() + atof(argv[4]));
    } else if (argc == 6 && strcmp(what, "packets") == 0) {
        send_packets(argv[2], argv[3], argv[4], now() + atof(argv[5]));
    } else if (argc == 4 && strcmp(what, "udp") == 0) {
        send_datagrams(argv[2], now() + atof(argv[3]));
    } else if (argc == 3 && strcmp(what, "sink") == 0) {
        printf("%lu\n", count_datagrams(now() + atof(argv[2])));
    } else if (argc == 4 && strcmp(what, "ping") == 0) {
        printf("%.3f\n", median_round_trip(argv[2], now() + atof(argv[3])));
    } else {
        errx(2, "usage: flood frames INTERFACE MAC SECONDS | packets INTERFACE FROM TO SECONDS | udp ADDRESS SECONDS"
            " | sink SECONDS | ping ADDRESS SECONDS");
    }
    return 0;
}

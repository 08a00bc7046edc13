/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 *
 * Two interfaces joined by AF_XDP sockets in one UMEM: a received frame is sent by its descriptor, and the chunk that
 * comes back from the completion ring goes to the fill ring of the socket that received it. Forwards blindly; epoll(7)
 * when there is nothing, a sendto(2) for each batch: the least that a program with these system calls can do. Queue 0 of
 * each interface, copy mode, the XDP program in the driver.
 */
#define _GNU_SOURCE
#include <err.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ENTRIES 2048
#define CHUNK 2048
#define CHUNKS_EACH (2 * ENTRIES)
#define BATCH 64
#ifndef XDP_MAX_TX_SKB_BUDGET
#define XDP_MAX_TX_SKB_BUDGET 9
#endif

/* One of the four rings of a socket. */
struct xsk_ring {
    uint32_t *producer, *consumer;
    union {
        struct xdp_desc *descriptors;
        uint64_t *addresses;
    };
};

struct side {
    int socket;
    struct xsk_ring rx, tx, fill, completion;
};

static uint32_t other_counter(const uint32_t *counter) {
    return __atomic_load_n(counter, __ATOMIC_ACQUIRE);
}

static void advance(uint32_t *counter, uint32_t by) {
    __atomic_store_n(counter, *counter + by, __ATOMIC_RELEASE);
}

static int call_bpf(enum bpf_cmd command, union bpf_attr *attributes, const char *what) {
    long result = syscall(SYS_bpf, command, attributes, sizeof *attributes);
    if (result < 0) {
        err(1, "%s", what);
    }
    return (int) result;
}

/* Has all frames of queue 0 go to the socket, as long as this process lives. */
static void take_frames(int socket, uint32_t interface) {
    uint32_t queue = 0;
    union bpf_attr map = {.map_type = BPF_MAP_TYPE_XSKMAP, .key_size = 4, .value_size = 4, .max_entries = 1};
    int fd = call_bpf(BPF_MAP_CREATE, &map, "BPF_MAP_CREATE");
    union bpf_attr element = {.map_fd = (uint32_t) fd, .key = (uintptr_t) &queue, .value = (uintptr_t) &socket};
    call_bpf(BPF_MAP_UPDATE_ELEM, &element, "BPF_MAP_UPDATE_ELEM");
    struct bpf_insn instructions[] = {
        /* r2 = context->rx_queue_index; r1 = map; r3 = XDP_PASS; return bpf_redirect_map(r1, r2, r3) */
        {.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_1,
            .off = offsetof(struct xdp_md, rx_queue_index)},
        {.code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = BPF_REG_1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = fd},
        {.code = 0},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .imm = XDP_PASS},
        {.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map},
        {.code = BPF_JMP | BPF_EXIT},
    };
    union bpf_attr program = {.prog_type = BPF_PROG_TYPE_XDP, .insns = (uintptr_t) instructions,
        .insn_cnt = sizeof instructions / sizeof instructions[0], .license = (uintptr_t) "GPL"};
    union bpf_attr link = {.link_create = {.prog_fd = (uint32_t) call_bpf(BPF_PROG_LOAD, &program, "BPF_PROG_LOAD"),
        .target_ifindex = interface, .attach_type = BPF_XDP, .flags = XDP_FLAGS_DRV_MODE}};
    call_bpf(BPF_LINK_CREATE, &link, "BPF_LINK_CREATE");
}

static void option(int socket, int name, const void *value, socklen_t length) {
    if (setsockopt(socket, SOL_XDP, name, value, length) < 0) {
        err(1, "setsockopt(SOL_XDP, %d)", name);
    }
}

static struct xsk_ring map_ring(int socket, const struct xdp_ring_offset *at, uint32_t entries, size_t entry, off_t page) {
    char *memory = mmap(NULL, at->desc + entries * entry, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, socket, page);
    if (memory == MAP_FAILED) {
        err(1, "mmap");
    }
    struct xsk_ring ring = {(uint32_t *) (memory + at->producer), (uint32_t *) (memory + at->consumer),
        {.descriptors = (struct xdp_desc *) (memory + at->desc)}};
    return ring;
}

static void open_side(struct side *side, const char *name, void *umem, const struct side *first) {
    uint32_t entries = ENTRIES, chunks = CHUNKS_EACH, interface = if_nametoindex(name);
    struct xdp_umem_reg memory = {.addr = (uintptr_t) umem, .len = 2UL * CHUNKS_EACH * CHUNK, .chunk_size = CHUNK};
    struct xdp_mmap_offsets offsets;
    socklen_t length = sizeof offsets;
    side->socket = socket(AF_XDP, SOCK_RAW, 0);
    if (interface == 0 || side->socket < 0) {
        err(1, "%s", name);
    }
    if (first == NULL) {
        option(side->socket, XDP_UMEM_REG, &memory, sizeof memory);
    }
    option(side->socket, XDP_UMEM_FILL_RING, &chunks, sizeof chunks);
    option(side->socket, XDP_UMEM_COMPLETION_RING, &entries, sizeof entries);
    option(side->socket, XDP_RX_RING, &entries, sizeof entries);
    option(side->socket, XDP_TX_RING, &entries, sizeof entries);
    /* Linux 6.17; an older kernel sends fewer frames in a call. */
    setsockopt(side->socket, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, &entries, sizeof entries);
    if (getsockopt(side->socket, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &length) < 0) {
        err(1, "XDP_MMAP_OFFSETS");
    }
    side->rx = map_ring(side->socket, &offsets.rx, entries, sizeof(struct xdp_desc), XDP_PGOFF_RX_RING);
    side->tx = map_ring(side->socket, &offsets.tx, entries, sizeof(struct xdp_desc), XDP_PGOFF_TX_RING);
    side->fill = map_ring(side->socket, &offsets.fr, chunks, sizeof(uint64_t), XDP_UMEM_PGOFF_FILL_RING);
    side->completion = map_ring(side->socket, &offsets.cr, entries, sizeof(uint64_t), XDP_UMEM_PGOFF_COMPLETION_RING);
    for (uint64_t i = 0; i < CHUNKS_EACH; i++) {
        side->fill.addresses[i] = (i + (first == NULL ? 0 : CHUNKS_EACH)) * CHUNK;
    }
    advance(side->fill.producer, CHUNKS_EACH);
    struct sockaddr_xdp address = {.sxdp_family = AF_XDP, .sxdp_ifindex = interface,
        .sxdp_flags = XDP_COPY | XDP_USE_NEED_WAKEUP};
    if (first != NULL) {
        address.sxdp_flags = XDP_SHARED_UMEM;
        address.sxdp_shared_umem_fd = (uint32_t) first->socket;
    }
    if (bind(side->socket, (struct sockaddr *) &address, sizeof address) < 0) {
        err(1, "%s: bind", name);
    }
    take_frames(side->socket, interface);
}

/* Chunks that were sent go back to where they came from. */
static void recycle(struct side *from, struct side *to) {
    uint32_t done = *to->completion.consumer, count = other_counter(to->completion.producer) - done;
    uint32_t at = *from->fill.producer;
    for (uint32_t i = 0; i < count; i++) {
        from->fill.addresses[(at + i) % CHUNKS_EACH] =
            to->completion.addresses[(done + i) % ENTRIES] / CHUNK * CHUNK;
    }
    advance(to->completion.consumer, count);
    advance(from->fill.producer, count);
}

/* A call sends a limited number of frames, so it is repeated as long as it gets on. */
static void send_all(struct side *to) {
    uint32_t left = *to->tx.producer - other_counter(to->tx.consumer), before;
    while (left != 0) {
        before = left;
        sendto(to->socket, NULL, 0, MSG_DONTWAIT, NULL, 0);
        left = *to->tx.producer - other_counter(to->tx.consumer);
        if (left == before) {
            return;
        }
    }
}

static void forward(struct side *from, struct side *to) {
    for (;;) {
        recycle(from, to);
        uint32_t at = *from->rx.consumer, count = other_counter(from->rx.producer) - at;
        uint32_t sent = *to->tx.producer, room = ENTRIES - (sent - other_counter(to->tx.consumer));
        count = count < BATCH ? count : BATCH;
        count = count < room ? count : room;
        for (uint32_t i = 0; i < count; i++) {
            struct xdp_desc frame = from->rx.descriptors[(at + i) % ENTRIES];
            to->tx.descriptors[(sent + i) % ENTRIES] = frame;
        }
        advance(from->rx.consumer, count);
        advance(to->tx.producer, count);
        send_all(to);
        if (count < BATCH) {
            return;
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 3) {
        errx(2, "usage: %s INTERFACE INTERFACE", argv[0]);
    }
    struct side sides[2];
    int epoll = epoll_create1(0);
    void *umem = mmap(NULL, 2UL * CHUNKS_EACH * CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (umem == MAP_FAILED) {
        err(1, "mmap");
    }
    for (int i = 0; i < 2; i++) {
        struct epoll_event wanted = {.events = EPOLLIN, .data.u32 = (uint32_t) i};
        open_side(&sides[i], argv[1 + i], umem, i == 0 ? NULL : &sides[0]);
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, sides[i].socket, &wanted) < 0) {
            err(1, "epoll_ctl");
        }
    }
    for (;;) {
        struct epoll_event ready[2];
        int count = epoll_wait(epoll, ready, 2, -1);
        for (int i = 0; i < count; i++) {
            int from = (int) ready[i].data.u32;
            forward(&sides[from], &sides[!from]);
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a C program does with netmap rings, for comparison with NetmapRingBenchmark: the program's side of one full ring
 * at a time. The indices are written once for each ring full, as netmap programs do.
 */
#include <stdint.h>
#include <string.h>

#define BUF_CHANGED 0x0001
#define MOREFRAG 0x0020
#define FIRST_BUFFER 2

/* The fields of struct netmap_slot and struct netmap_ring that are used, where API 14 has them. */
struct slot {
    uint32_t buf_idx;
    uint16_t len;
    uint16_t flags;
    uint64_t ptr;
};

struct ring {
    int64_t buf_ofs;
    uint32_t num_slots;
    uint32_t buf_size;
    uint16_t ringid;
    uint16_t dir;
    uint32_t head;
    uint32_t cur;
    uint32_t tail;
    uint32_t flags;
    uint8_t rest[256 - 36];
    struct slot slots[];
};

_Static_assert(sizeof(struct slot) == 16 && sizeof(struct ring) == 256, "the layout of netmap");

static struct ring *ring_at(char *region, int64_t offset) {
    return (struct ring *) (region + offset);
}

static char *buffer(struct ring *ring, uint32_t index) {
    return (char *) ring + ring->buf_ofs + (uint64_t) index * ring->buf_size;
}

static uint32_t next(struct ring *ring, uint32_t slot) {
    return slot + 1 == ring->num_slots ? 0 : slot + 1;
}

/* Slots are checked as far as a careful program does it: an index of no buffer, a length beyond it. */
static int is_good(struct ring *ring, struct slot *slot) {
    return slot->buf_idx >= FIRST_BUFFER && slot->len <= ring->buf_size && !(slot->flags & MOREFRAG);
}

int ring_transmit(char *region, int64_t tx_offset, const char *frame, int length) {
    struct ring *tx = ring_at(region, tx_offset);
    uint32_t head = tx->head;
    int count = 0;
    for (; head != tx->tail; head = next(tx, head), count++) {
        struct slot *slot = &tx->slots[head];
        if (slot->buf_idx < FIRST_BUFFER) {
            break;
        }
        memcpy(buffer(tx, slot->buf_idx), frame, (size_t) length);
        slot->len = (uint16_t) length;
        slot->flags = 0;
    }
    tx->head = tx->cur = head;
    return count;
}

int ring_receive(char *region, int64_t rx_offset, char *frame) {
    struct ring *rx = ring_at(region, rx_offset);
    uint32_t head = rx->head;
    int count = 0;
    for (; head != rx->tail; head = next(rx, head), count++) {
        struct slot *slot = &rx->slots[head];
        if (!is_good(rx, slot)) {
            break;
        }
        memcpy(frame, buffer(rx, slot->buf_idx), slot->len);
        /* Each frame is looked at by somebody, or the compiler would be free to copy only the last. */
        __asm__ volatile("" : : "r"(frame) : "memory");
    }
    rx->head = rx->cur = head;
    return count;
}

int ring_copy(char *region, int64_t rx_offset, int64_t tx_offset) {
    struct ring *rx = ring_at(region, rx_offset), *tx = ring_at(region, tx_offset);
    uint32_t from = rx->head, to = tx->head;
    int count = 0;
    for (; from != rx->tail && to != tx->tail; from = next(rx, from), to = next(tx, to), count++) {
        struct slot *in = &rx->slots[from], *out = &tx->slots[to];
        if (!is_good(rx, in) || out->buf_idx < FIRST_BUFFER) {
            break;
        }
        memcpy(buffer(tx, out->buf_idx), buffer(rx, in->buf_idx), in->len);
        out->len = in->len;
        out->flags = 0;
    }
    rx->head = rx->cur = from;
    tx->head = tx->cur = to;
    return count;
}

int ring_swap(char *region, int64_t rx_offset, int64_t tx_offset) {
    struct ring *rx = ring_at(region, rx_offset), *tx = ring_at(region, tx_offset);
    uint32_t from = rx->head, to = tx->head;
    int count = 0;
    for (; from != rx->tail && to != tx->tail; from = next(rx, from), to = next(tx, to), count++) {
        struct slot *in = &rx->slots[from], *out = &tx->slots[to];
        if (!is_good(rx, in)) {
            break;
        }
        uint32_t free = out->buf_idx;
        out->buf_idx = in->buf_idx;
        out->len = in->len;
        out->flags = BUF_CHANGED;
        in->buf_idx = free;
        in->flags = BUF_CHANGED;
    }
    rx->head = rx->cur = from;
    tx->head = tx->cur = to;
    return count;
}

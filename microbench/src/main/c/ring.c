/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a C program does with netmap rings, for comparison with NetmapRingBenchmark: the program's side of one full ring
 * at a time. The indices are written once for each ring full, as netmap programs do.
 *
 * Each function is there twice: with the checks that a careful C program makes, and, as ring_checked_..., with all that
 * Ringtap makes of what netmap wrote, each slot being read once, so that what was checked is what is used.
 */
#include <stdint.h>
#include <string.h>

#define BUF_CHANGED 0x0001
#define MOREFRAG 0x0020
#define FIRST_BUFFER 2

#define INLINE static inline __attribute__((always_inline))

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
    uint8_t flags_and_time[56 - 32];
    uint64_t offset_mask;
    uint8_t rest[256 - 64];
    struct slot slots[];
};

_Static_assert(sizeof(struct slot) == 16 && sizeof(struct ring) == 256, "the layout of netmap");

/* A slot as it was when it was looked at, and where its data begin. */
struct frame {
    uint32_t buf_idx;
    uint16_t len;
    uint16_t flags;
    uint64_t offset;
};

/* A ring, and how many buffers there are behind it; none if that is not to be checked. */
struct view {
    struct ring *ring;
    uint32_t buffers;
};

INLINE struct view view(char *region, int64_t size, int64_t offset, int checked) {
    struct ring *ring = (struct ring *) (region + offset);
    uint32_t buffers = checked ? (uint32_t) ((size - offset - ring->buf_ofs) / ring->buf_size) : 0;
    return (struct view) {ring, buffers};
}

INLINE char *buffer(struct ring *ring, uint32_t index, uint64_t offset) {
    return (char *) ring + ring->buf_ofs + (uint64_t) index * ring->buf_size + offset;
}

INLINE uint32_t next(struct ring *ring, uint32_t slot) {
    return slot + 1 == ring->num_slots ? 0 : slot + 1;
}

INLINE struct frame look(struct ring *ring, uint32_t slot, int checked) {
    struct slot *at = &ring->slots[slot];
    struct frame frame = {at->buf_idx, at->len, at->flags, 0};
    if (checked && ring->offset_mask != 0) {
        frame.offset = at->ptr & ring->offset_mask;
    }
    return frame;
}

INLINE int has_buffer(struct view view, struct frame frame, int checked) {
    return frame.buf_idx >= FIRST_BUFFER && (!checked || frame.buf_idx < view.buffers);
}

/* A careful program's checks: an index of no buffer, a length beyond it, a frame of several slots. */
INLINE int is_good(struct view view, struct frame frame, int checked) {
    uint32_t size = view.ring->buf_size;
    return has_buffer(view, frame, checked) && frame.len <= size && !(frame.flags & MOREFRAG)
        && (!checked || (frame.len != 0 && frame.offset <= size - frame.len));
}

INLINE int fits(struct view view, struct frame frame, uint32_t length, int checked) {
    return has_buffer(view, frame, checked)
        && (!checked || (length <= view.ring->buf_size && frame.offset <= view.ring->buf_size - length));
}

INLINE void publish(struct ring *ring, uint32_t slot) {
    ring->head = ring->cur = slot;
}

INLINE int transmit(struct view tx, const char *data, int length, int checked) {
    uint32_t head = tx.ring->head;
    int count = 0;
    for (; head != tx.ring->tail; head = next(tx.ring, head), count++) {
        struct frame free = look(tx.ring, head, checked);
        if (!fits(tx, free, (uint32_t) length, checked)) {
            break;
        }
        memcpy(buffer(tx.ring, free.buf_idx, free.offset), data, (size_t) length);
        tx.ring->slots[head].len = (uint16_t) length;
        tx.ring->slots[head].flags = 0;
    }
    publish(tx.ring, head);
    return count;
}

INLINE int receive(struct view rx, int checked) {
    uint32_t head = rx.ring->head;
    int count = 0;
    for (; head != rx.ring->tail; head = next(rx.ring, head), count++) {
        struct frame full = look(rx.ring, head, checked);
        if (!is_good(rx, full, checked)) {
            break;
        }
        /* Somebody is told the buffer, where the data begin and how long they are. */
        __asm__ volatile("" : : "r"(full.buf_idx), "r"(full.offset), "r"((uint32_t) full.len));
    }
    publish(rx.ring, head);
    return count;
}

INLINE int read_all(struct view rx, char *data, int checked) {
    uint32_t head = rx.ring->head;
    int count = 0;
    for (; head != rx.ring->tail; head = next(rx.ring, head), count++) {
        struct frame full = look(rx.ring, head, checked);
        if (!is_good(rx, full, checked)) {
            break;
        }
        memcpy(data, buffer(rx.ring, full.buf_idx, full.offset), full.len);
        /* Each frame is looked at by somebody, or the compiler would be free to copy only the last. */
        __asm__ volatile("" : : "r"(data) : "memory");
    }
    publish(rx.ring, head);
    return count;
}

INLINE int copy(struct view rx, struct view tx, int checked) {
    uint32_t from = rx.ring->head, to = tx.ring->head;
    int count = 0;
    for (; from != rx.ring->tail && to != tx.ring->tail;
         from = next(rx.ring, from), to = next(tx.ring, to), count++) {
        struct frame full = look(rx.ring, from, checked), free = look(tx.ring, to, checked);
        if (!is_good(rx, full, checked) || !fits(tx, free, full.len, checked)) {
            break;
        }
        memcpy(buffer(tx.ring, free.buf_idx, free.offset), buffer(rx.ring, full.buf_idx, full.offset), full.len);
        tx.ring->slots[to].len = full.len;
        tx.ring->slots[to].flags = 0;
    }
    publish(rx.ring, from);
    publish(tx.ring, to);
    return count;
}

INLINE int swap(struct view rx, struct view tx, int checked) {
    uint32_t from = rx.ring->head, to = tx.ring->head;
    int count = 0;
    for (; from != rx.ring->tail && to != tx.ring->tail;
         from = next(rx.ring, from), to = next(tx.ring, to), count++) {
        struct slot *in = &rx.ring->slots[from], *out = &tx.ring->slots[to];
        struct frame full = look(rx.ring, from, checked), free = look(tx.ring, to, checked);
        if (!is_good(rx, full, checked) || (checked && (!has_buffer(tx, free, 1) || free.offset != full.offset))) {
            break;
        }
        out->buf_idx = full.buf_idx;
        out->len = full.len;
        out->flags = BUF_CHANGED;
        in->buf_idx = free.buf_idx;
        in->flags = BUF_CHANGED;
    }
    publish(rx.ring, from);
    publish(tx.ring, to);
    return count;
}

#define EXPORT(prefix, checked) \
    int prefix##_transmit(char *region, int64_t size, int64_t tx, const char *data, int length) { \
        return transmit(view(region, size, tx, checked), data, length, checked); \
    } \
    int prefix##_receive(char *region, int64_t size, int64_t rx) { \
        return receive(view(region, size, rx, checked), checked); \
    } \
    int prefix##_read(char *region, int64_t size, int64_t rx, char *data) { \
        return read_all(view(region, size, rx, checked), data, checked); \
    } \
    int prefix##_copy(char *region, int64_t size, int64_t rx, int64_t tx) { \
        return copy(view(region, size, rx, checked), view(region, size, tx, checked), checked); \
    } \
    int prefix##_swap(char *region, int64_t size, int64_t rx, int64_t tx) { \
        return swap(view(region, size, rx, checked), view(region, size, tx, checked), checked); \
    }

EXPORT(ring, 0)
EXPORT(ring_checked, 1)

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 *
 * Two taps joined by io_uring: a readable tap is read by a batch of reads in one system call; what they brought is
 * written in the next, together with the reads that follow. Blind, as epoll_bridge.c is. A batch that was full makes
 * the next larger, one that was not makes it smaller: large ones would cost an idle link its latency.
 */
#include "tap.h"
#include <liburing.h>
#include <poll.h>

#define MIN_BATCH 2
#define MAX_BATCH 32
#define SETS 2

enum kind { POLLED, READ, WRITTEN };

/* One direction: what comes from this tap. While one set of buffers is written, the other is read into. */
struct side {
    int fd;
    int batch;
    int set;
    int reading;
    int found;
    int wants_set;
    int writing[SETS];
    int32_t length[MAX_BATCH];
    char (*frames[SETS])[MAX_FRAME];
};

static struct io_uring ring;
static struct side sides[2];

static struct io_uring_sqe *next_entry(void) {
    struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
    if (entry == NULL) {
        errx(1, "the submission queue is full");
    }
    return entry;
}

static void tag(struct io_uring_sqe *entry, enum kind kind, int side, int set, int index) {
    entry->user_data = (uint64_t) kind | (uint64_t) side << 4 | (uint64_t) set << 5 | (uint64_t) index << 8;
}

static void wait_readable(int side) {
    struct io_uring_sqe *entry = next_entry();
    io_uring_prep_poll_add(entry, sides[side].fd, POLLIN);
    tag(entry, POLLED, side, 0, 0);
}

static void read_batch(int side) {
    struct side *from = &sides[side];
    from->wants_set = from->writing[from->set] > 0;
    if (from->wants_set) {
        return;
    }
    from->found = 0;
    for (from->reading = 0; from->reading < from->batch; from->reading++) {
        struct io_uring_sqe *entry = next_entry();
        io_uring_prep_read(entry, from->fd, from->frames[from->set][from->reading], MAX_FRAME, 0);
        entry->rw_flags = RWF_NOWAIT;
        tag(entry, READ, side, from->set, from->reading);
    }
}

static void write_batch(int side) {
    struct side *from = &sides[side];
    for (int i = 0; i < from->batch; i++) {
        if (from->length[i] > 0) {
            struct io_uring_sqe *entry = next_entry();
            io_uring_prep_write(entry, sides[!side].fd, from->frames[from->set][i], (unsigned) from->length[i], 0);
            tag(entry, WRITTEN, side, from->set, i);
            from->writing[from->set]++;
        }
    }
}

static void batch_read(int side) {
    struct side *from = &sides[side];
    write_batch(side);
    if (from->found == from->batch) {
        from->batch = from->batch * 2 < MAX_BATCH ? from->batch * 2 : MAX_BATCH;
        from->set = !from->set;
        read_batch(side);
    } else {
        from->batch = from->found + 1 > MIN_BATCH ? from->found + 1 : MIN_BATCH;
        from->set = from->found > 0 ? !from->set : from->set;
        wait_readable(side);
    }
}

static void completed(uint64_t data, int32_t result) {
    enum kind kind = data & 0xf;
    int side = data >> 4 & 1, set = data >> 5 & 1, index = (int) (data >> 8);
    struct side *from = &sides[side];
    if (result == -EBADFD) {
        errx(1, "a tap is gone");
    }
    switch (kind) {
        case POLLED:
            read_batch(side);
            break;
        case READ:
            from->length[index] = result;
            from->found += result > 0;
            if (--from->reading == 0) {
                batch_read(side);
            }
            break;
        case WRITTEN:
            if (--from->writing[set] == 0 && from->wants_set && from->set == set) {
                read_batch(side);
            }
            break;
    }
}

int main(int argc, char **argv) {
    int fds[2];
    open_devices(argc, argv, fds);
    struct io_uring_params params = {
        .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_DEFER_TASKRUN};
    int error = io_uring_queue_init_params(512, &ring, &params);
    if (error < 0) {
        errx(1, "io_uring: %s", strerror(-error));
    }
    for (int side = 0; side < 2; side++) {
        sides[side].fd = fds[side];
        sides[side].batch = MIN_BATCH;
        for (int set = 0; set < SETS; set++) {
            sides[side].frames[set] = calloc(MAX_BATCH, MAX_FRAME);
            if (sides[side].frames[set] == NULL) {
                err(1, "calloc");
            }
        }
        wait_readable(side);
    }
    for (;;) {
        io_uring_submit_and_wait(&ring, 1);
        struct io_uring_cqe *done;
        unsigned head, count = 0;
        io_uring_for_each_cqe(&ring, head, done) {
            completed(done->user_data, done->res);
            count++;
        }
        io_uring_cq_advance(&ring, count);
    }
}

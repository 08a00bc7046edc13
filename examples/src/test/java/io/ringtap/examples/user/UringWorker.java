/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.user;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.uring.IoUringIoHandle;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoOps;

import java.io.IOException;
import java.util.List;

/**
 * A program that becomes another user, and has the kernel make a thread for an io_uring before or after that: by an
 * operation that waits, and is marked as one that a thread of the kernel is to do.
 */
final class UringWorker {
    private static final byte NOP = 0;
    private static final byte ASYNC = 1 << 4;

    private UringWorker() {
    }

    private static final class Handle implements IoUringIoHandle {
        @Override
        public void handle(IoRegistration registration, IoEvent event) {
        }

        @Override
        public void close() {
        }
    }

    public static void main(String[] arguments) throws Exception {
        ProcessUser user;
        try {
            user = ProcessUser.named(arguments[1]);
        } catch (IOException e) {
            System.out.println("refused: " + e.getMessage());
            return;
        }
        IoEventLoop loop = new MultiThreadIoEventLoopGroup(1, IoUringIoHandler.newFactory()).next();
        IoRegistration registration = loop.register(new Handle()).sync().getNow();
        if (arguments[0].equals("early")) {
            makeWorker(loop, registration);
        }
        try {
            user.become();
        } catch (IOException e) {
            System.out.println("refused: " + e.getMessage());
            System.exit(0);
        }
        makeWorker(loop, registration);
        for (ThreadStatus thread : workers()) {
            System.out.println("worker: " + thread.keptFrom(65534, 65534));
        }
        System.exit(0);
    }

    private static List<ThreadStatus> workers() throws IOException {
        return ThreadStatus.ofThisProcess().stream().filter(thread -> thread.name().startsWith("iou-wrk")).toList();
    }

    private static void makeWorker(IoEventLoop loop, IoRegistration registration) throws Exception {
        loop.submit(() -> registration.submit(
            new IoUringIoOps(NOP, ASYNC, (short) 0, -1, 0, 0, 0, 0, 1L, (short) 0, (short) 0, 0, 0))).sync();
        for (int look = 0; workers().isEmpty(); look++) {
            if (look > 1000) {
                throw new IOException("no thread of io_uring is made");
            }
            Thread.sleep(2);
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/**
 * The queues of taps and TUN devices that this JVM has open on Linux. Any thread.
 *
 * <p>A send buffer belongs to the device and not to the queue through which it is set (TUNSETSNDBUF, {@code
 * tun_set_sndbuf} of {@code drivers/net/tun.c}), so all queues ask the kernel again when one has set it, also those of
 * other devices. What another process sets is noticed by the first write that finds no room.
 */
final class OpenQueues {
    private static final Set<LinuxTunDevice> QUEUES = new HashSet<>();

    private OpenQueues() {
    }

    static void opened(LinuxTunDevice queue) throws IOException {
        synchronized (QUEUES) {
            queue.measureSendBuffer();
            QUEUES.add(queue);
        }
    }

    /** To be called before the descriptor is closed, whose number another one may get at once. */
    static void closed(LinuxTunDevice queue) {
        synchronized (QUEUES) {
            QUEUES.remove(queue);
        }
    }

    static void sendBufferChanged() {
        synchronized (QUEUES) {
            for (LinuxTunDevice queue : QUEUES) {
                try {
                    queue.measureSendBuffer();
                } catch (IOException gone) {
                    // Its channel finds out by itself.
                    continue;
                }
            }
        }
    }

    /** Whether one of them is of the interface that has this name in the network namespace of the calling thread. */
    static boolean contains(String name) {
        String namespace = LinkFinder.namespaceOfThread();
        synchronized (QUEUES) {
            return QUEUES.stream().anyMatch(queue -> queue.isOf(name, namespace));
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/**
 * Who hears of a send buffer that is set. It belongs to the device and not to the queue through which it is set
 * (TUNSETSNDBUF, {@code tun_set_sndbuf} of {@code drivers/net/tun.c}), so all queues of this JVM ask the kernel again,
 * those of other devices in vain. What another process sets is noticed by the first write that finds no room. Any
 * thread.
 */
final class SendBuffers {
    private static final Set<LinuxTunDevice> QUEUES = new HashSet<>();

    private SendBuffers() {
    }

    static void opened(LinuxTunDevice queue) throws IOException {
        synchronized (QUEUES) {
            queue.measureSendBuffer();
            QUEUES.add(queue);
        }
    }

    /** Before the descriptor is closed, whose number may be another's at once. */
    static void closed(LinuxTunDevice queue) {
        synchronized (QUEUES) {
            QUEUES.remove(queue);
        }
    }

    static void changed() {
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
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/** Frames, virtio-net headers and capture files as Netty handlers: no native code, no operating system. */
module io.ringtap.codec.ethernet {
    requires transitive io.netty.buffer;
    requires transitive io.netty.common;
    requires transitive io.netty.transport;

    exports io.ringtap.ethernet;
    exports io.ringtap.pcap;
    exports io.ringtap.virtio;
}

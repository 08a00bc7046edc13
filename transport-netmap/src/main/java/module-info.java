/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/** netmap rings, VALE switch ports and pipes as Netty channels, of the kernel or inside the JVM. */
module io.ringtap.transport.netmap {
    requires transitive io.ringtap.transport.common;

    exports io.ringtap.netmap;
    exports io.ringtap.netmap.embedded;

    provides io.ringtap.channel.spi.FrameTransport with io.ringtap.internal.netmap.NetmapTransport;
}

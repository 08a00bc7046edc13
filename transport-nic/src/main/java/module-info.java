/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/** Network interfaces of Linux as Netty channels. */
module io.ringtap.transport.nic {
    requires transitive io.ringtap.transport.common;

    exports io.ringtap.nic;

    provides io.ringtap.channel.spi.FrameTransport with io.ringtap.internal.nic.PacketTransport,
        io.ringtap.internal.nic.XdpTransport;
}

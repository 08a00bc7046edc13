/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/** Tap and TUN devices as Netty channels. */
module io.ringtap.transport.tap {
    requires transitive io.ringtap.transport.common;

    exports io.ringtap.tap;

    provides io.ringtap.channel.spi.FrameTransport with
        io.ringtap.internal.tap.TapTransport, io.ringtap.internal.tap.TunTransport,
        io.ringtap.internal.tap.VmnetTransport;
}

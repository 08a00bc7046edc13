/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/** Virtual Ethernet over UDP (VXLAN, RFC 7348) as Netty channels. */
module io.ringtap.transport.vxlan {
    requires transitive io.ringtap.transport.common;

    exports io.ringtap.vxlan;

    provides io.ringtap.channel.spi.FrameTransport with io.ringtap.vxlan.VxlanTransport;
}

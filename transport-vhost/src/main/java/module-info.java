/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/** The network card of a guest as a Netty channel: in shared memory, or over datagram and stream sockets. */
module io.ringtap.transport.vhost {
    requires transitive io.ringtap.transport.common;

    exports io.ringtap.vhost;

    provides io.ringtap.channel.spi.FrameTransport with io.ringtap.vhost.FrameDatagramTransport,
        io.ringtap.vhost.FrameStreamTransport, io.ringtap.vhost.VhostTransport, io.ringtap.vhost.VirtioUserTransport;
}

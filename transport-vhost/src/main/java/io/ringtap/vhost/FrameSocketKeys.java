/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.spi.PortKey;

import java.util.List;
import java.util.stream.Stream;

/** The keys of ports that are sockets. */
final class FrameSocketKeys {
    private static final List<PortKey<?>> SHARED = List.of(
        mode(FrameSocketOption.SOCKET_MODE),
        PortKey.number("max-frame", "the longest frame in bytes", FrameSocketOption.MAX_FRAME,
            FrameSocketOption.LEAST_MAX_FRAME, FrameSocketOption.LONGEST_FRAME),
        PortKey.number("sndbuf", "bytes of written frames that may wait in the kernel", ChannelOption.SO_SNDBUF, 1,
            Integer.MAX_VALUE));

    private FrameSocketKeys() {
    }

    /** Those of one kind of socket, then those of all. */
    static List<PortKey<?>> with(PortKey<?>... own) {
        return Stream.of(List.of(own), SHARED, PortKey.COMMON).<PortKey<?>>flatMap(List::stream).toList();
    }

    /** The permissions of the file of a socket. */
    static PortKey<Integer> mode(ChannelOption<Integer> option) {
        return new PortKey<>("mode", "OCTAL", "permissions of the socket's file: 0600 unless set", option,
            FrameSocketKeys::mode);
    }

    private static Integer mode(String text) {
        if (!text.matches("0?[0-7]{3}")) {
            throw new IllegalArgumentException("it is not three octal digits, such as 0660");
        }
        return Integer.parseInt(text, 8);
    }
}

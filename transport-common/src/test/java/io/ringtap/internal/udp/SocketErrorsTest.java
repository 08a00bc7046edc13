/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.udp;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.io.IOException;
import java.lang.ref.Reference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

@EnabledOnOs(OS.LINUX)
class SocketErrorsTest {
    private final SocketErrors errors = new SocketErrors();
    private final List<Integer> told = new ArrayList<>();
    private UdpSocket socket;

    /** Three datagrams to a port that nobody has. */
    @BeforeEach
    void send() throws IOException {
        InetAddress here = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        UdpSocket nobody = UdpSocket.open(false);
        nobody.bind(new InetSocketAddress(here, 0));
        NativeMemory name = SocketName.of(new InetSocketAddress(here, nobody.port()));
        nobody.close();
        socket = UdpSocket.open(false);
        socket.keepErrors();
        SystemCalls.check("connect", socket.connect(name));
        NativeMemory datagram = NativeMemory.allocate(8);
        for (int sent = 0; sent < 3;) {
            // Each call also reports the error of the datagram before, once.
            sent += SystemCalls.send(socket.descriptor(), datagram.address(), 8, 0) == 8 ? 1 : 0;
        }
        Reference.reachabilityFence(datagram);
    }

    @AfterEach
    void close() {
        socket.close();
        errors.free();
    }

    @Test
    void tellsOfEach() {
        assertThat(errors.read(socket.descriptor(), (high, low, error, info) -> told.add(error))).isEqualTo(3);
        assertThat(told).hasSize(3).allMatch(Errno.ECONNREFUSED::is);
        assertThat(errors.read(socket.descriptor(), (high, low, error, info) -> told.add(error))).isZero();
    }

    @Test
    void usesNoMemoryOnceTheListenerHasFreedIt() {
        int read = errors.read(socket.descriptor(), (high, low, error, info) -> {
            told.add(error);
            errors.free();
        });
        assertThat(read).isEqualTo(1);
        assertThat(told).hasSize(1);
        assertThat(errors.read(socket.descriptor(), (high, low, error, info) -> told.add(error))).isZero();
        assertThat(told).hasSize(1);
    }
}

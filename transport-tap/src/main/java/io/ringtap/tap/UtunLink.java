/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;

/** The network interface behind a utun socket of macOS. Any thread. Not run by us on macOS. */
final class UtunLink extends BsdLink {
    /** Takes over a connected socket, which stays the caller's if this fails. */
    UtunLink(DeviceCalls calls, int fd) throws IOException {
        super(calls, fd, DarwinUtun.AF_INET, DarwinUtun.SOCK_DGRAM);
    }

    @Override
    synchronized String name() throws IOException {
        ensureOpen();
        check("getsockopt(UTUN_OPT_IFNAME)", calls.getsockopt(fd, DarwinUtun.SYSPROTO_CONTROL,
            DarwinUtun.UTUN_OPT_IFNAME, request.clear()), "the descriptor is not that of a utun device");
        return request.getCString(0, DarwinUtun.IFNAMSIZ);
    }

    @Override
    BsdLinkNews openNews() throws IOException {
        int socket = calls.socket(DarwinUtun.PF_ROUTE, DarwinUtun.SOCK_RAW, 0);
        check("socket(PF_ROUTE)", socket, null);
        try {
            SystemCalls.check("fcntl(O_NONBLOCK)", calls.setNonBlocking(socket));
            return new BsdLinkNews(calls, socket);
        } catch (Throwable e) {
            calls.close(socket);
            throw e;
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.internal.unix.UnixSocketName;

/** A datagram socket whose peer is whoever sends the first datagram, until it goes away. */
final class LearningDatagramDevice extends DatagramDevice {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(LearningDatagramDevice.class);
    /** Longer than a struct sockaddr_un. */
    private static final int NAME = 112;
    private static final int IOVEC = 16;
    /** Of struct msghdr of Linux, which is the longest. */
    private static final int MSGHDR = 56;
    private static final int NAME_AT = 0;
    private static final int NAME_LENGTH_AT = 8;
    private static final int IOVEC_AT = 16;
    private static final int IOVECS_AT = 24;

    private final NativeMemory name = NativeMemory.allocate(NAME);
    private final NativeMemory iovec = NativeMemory.allocate(IOVEC);
    private final NativeMemory message = NativeMemory.allocate(MSGHDR);
    private boolean told;

    LearningDatagramDevice(FrameDatagramAddress local, int fd, SocketFile file, FrameSocketSettings settings) {
        super(local, fd, file, settings);
    }

    @Override
    long receive(long address, int room) {
        if (isUp()) {
            return SystemCalls.read(descriptor(), address, room);
        }
        iovec.buffer().putLong(0, address).putLong(Long.BYTES, room);
        message.buffer().putLong(NAME_AT, name.address()).putInt(NAME_LENGTH_AT, NAME)
            .putLong(IOVEC_AT, iovec.address()).putLong(IOVECS_AT, 1);
        long n = SystemCalls.recvmsg(descriptor(), message.address(), 0);
        if (n >= 0) {
            learn(message.buffer().getInt(NAME_LENGTH_AT));
        }
        return n;
    }

    private void learn(int length) {
        UnixSocketName sender = UnixSocketName.ofSockaddr(name.buffer(), Math.min(length, NAME));
        if (sender != null) {
            setPeer(sender);
            connect();
        } else if (!told) {
            told = true;
            LOGGER.warn("{} receives frames from a socket that has no name, and so cannot answer: bind that socket to"
                + " a path", localAddress());
        }
    }

    @Override
    void peerLost() {
        setPeer(null);
    }

    @Override
    public void close() {
        super.close();
        name.free();
        iovec.free();
        message.free();
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;
import java.util.function.BooleanSupplier;

/**
 * A socket that listens. There is one connection at a time: who connects while there is one is turned away at once, so
 * that nobody takes a guest's place, and nobody waits without being told.
 */
final class StreamListener extends StreamSource {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(StreamListener.class);
    private static final int BACKLOG = 16;
    /** After an accept(2) that failed for want of descriptors or memory. */
    private static final int PAUSE_MILLIS = 500;
    /** Connections that are accepted in one turn of the event loop. */
    private static final int AT_ONCE = 16;

    private final Object name;
    private final BooleanSupplier busy;
    private final int fd;
    private final SocketFile file;

    private StreamListener(Object name, BooleanSupplier busy, int fd, SocketFile file) {
        this.name = name;
        this.busy = busy;
        this.fd = fd;
        this.file = file;
    }

    /**
     * Opens a socket that listens.
     *
     * @param name of the port, for the log
     * @param busy whether there is a connection
     */
    static StreamListener open(FrameStreamAddress address, Object name, int mode, BooleanSupplier busy)
        throws IOException {
        int fd = StreamSocket.open(address);
        SocketFile file = null;
        try {
            if (address.isTcp()) {
                StreamSocket.reuseAddress(fd);
                NativeMemory sockaddr = address.toSockaddr();
                int bound = SystemCalls.bind(fd, sockaddr);
                sockaddr.free();
                if (bound < 0) {
                    throw new SystemCallException("bind", -bound,
                        Errno.EADDRINUSE.is(bound) ? "another program listens there" : null);
                }
            } else {
                file = SocketFile.bind(fd, address.socketName(), StreamSocket.SOCK_STREAM, mode);
            }
            SystemCalls.check("listen", SystemCalls.listen(fd, BACKLOG));
            return new StreamListener(name, busy, fd, file);
        } catch (Throwable e) {
            if (file != null) {
                file.remove();
            }
            SystemCalls.close(fd);
            throw e;
        }
    }

    @Override
    void begin() throws IOException {
        readiness().want(true, false);
        readiness().waitOn(fd, this);
    }

    /** It listens all the time. */
    @Override
    void connect() {
    }

    @Override
    void connectAgain() {
    }

    @Override
    public void readable() {
        for (int i = 0; i < AT_ONCE; i++) {
            int accepted = SystemCalls.accept(fd);
            if (accepted >= 0) {
                take(accepted);
            } else if (Errno.EAGAIN.is(accepted)) {
                return;
            } else if (!Errno.EINTR.is(accepted) && !Errno.ECONNABORTED.is(accepted)) {
                LOGGER.warn("{}: accept fails, and is tried again: {}", name, Errno.nameOf(-accepted));
                readiness().want(false, false);
                later(PAUSE_MILLIS, () -> readiness().want(true, false));
                return;
            }
        }
    }

    private void take(int accepted) {
        if (busy.getAsBoolean()) {
            LOGGER.warn("{} has a connection, and turns another one away", name);
            SystemCalls.close(accepted);
        } else {
            connected(accepted);
        }
    }

    @Override
    public void writable() {
        // Nobody writes to a socket that listens.
    }

    @Override
    public void failed() {
        LOGGER.warn("{} does not listen any more: {}", name, Errno.nameOf(takeError(fd)));
        readiness().waitOnNone();
    }

    @Override
    void close() {
        if (file != null) {
            file.remove();
        }
        SystemCalls.close(fd);
        super.close();
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;

/** Connects to a socket that listens, again and again while nobody does. */
final class StreamConnector extends StreamSource {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(StreamConnector.class);

    private final FrameStreamAddress address;
    private final Object name;
    private final int againMillis;
    /** While a connection is being made. */
    private int fd = -1;
    private boolean told;

    /**
     * Makes what connects, when it is attached.
     *
     * @param name of the port, for the log
     * @param againMillis from an attempt that fails, or a connection that ends, to the next attempt
     */
    StreamConnector(FrameStreamAddress address, Object name, int againMillis) {
        this.address = address;
        this.name = name;
        this.againMillis = againMillis;
    }

    @Override
    void connectAgain() {
        later(againMillis, this::connect);
    }

    @Override
    void connect() {
        NativeMemory sockaddr = null;
        try {
            fd = StreamSocket.open(address);
            sockaddr = address.toSockaddr();
            int result = SystemCalls.connect(fd, sockaddr);
            if (result == 0) {
                done();
            } else if (Errno.EINPROGRESS.is(result)) {
                readiness().want(false, true);
                readiness().waitOn(fd, this);
            } else {
                again(Errno.nameOf(-result));
            }
        } catch (IOException | RuntimeException | Error e) {
            again(e.getMessage());
        } finally {
            if (sockaddr != null) {
                sockaddr.free();
            }
        }
    }

    private void done() {
        int connected = fd;
        fd = -1;
        told = false;
        connected(connected);
    }

    private void again(String cause) {
        giveUp();
        if (!told) {
            told = true;
            LOGGER.info("{}: no connection yet, tried again every {} ms: {}", name, againMillis, cause);
        }
        connectAgain();
    }

    private void giveUp() {
        if (fd >= 0) {
            readiness().waitOnNone();
            SystemCalls.close(fd);
            fd = -1;
        }
    }

    @Override
    public void readable() {
        // Nothing is read before the connection is made.
    }

    @Override
    public void writable() {
        int error = takeError(fd);
        if (error == 0) {
            readiness().waitOnNone();
            done();
        } else {
            again(Errno.nameOf(error));
        }
    }

    @Override
    public void failed() {
        again(Errno.nameOf(takeError(fd)));
    }

    @Override
    void detach() {
        giveUp();
        super.detach();
    }
}

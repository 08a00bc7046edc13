/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.control;

import io.ringtap.internal.unix.AncillaryMessage;
import io.ringtap.internal.unix.Descriptors;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.internal.vhost.wire.MemoryTable;
import io.ringtap.internal.vhost.wire.VhostHeader;
import io.ringtap.internal.vhost.wire.VhostMessage;
import io.ringtap.internal.vhost.wire.VhostProtocolException;
import io.ringtap.internal.vhost.wire.VhostRequest;

import java.io.IOException;

/**
 * A connected stream socket of the Unix domain that carries messages of vhost-user and descriptors, in both directions
 * and without waiting. What is sent and finds no room is kept; a caller that receives nothing while {@link #isBehind}
 * has a peer that does not read keep a few messages at most. Not thread safe.
 */
public final class ControlSocket {
    /** What comes in parts may have descriptors with each of them. */
    private static final int MOST_DESCRIPTORS = 16;
    private static final int MSG_PEEK = 2;
    private static final int MSG_DONTWAIT = 0x40;

    private final int fd;
    private final AncillaryMessage ancillary = new AncillaryMessage();
    private final NativeMemory input = NativeMemory.allocate(VhostHeader.BYTES + VhostHeader.MOST_PAYLOAD);
    private final NativeMemory output = NativeMemory.allocate(VhostMessage.MOST_BYTES);
    private Descriptors descriptors = new Descriptors();
    /** Bytes of {@link #input} that belong to the message that is being received. */
    private int received;
    private VhostHeader header;
    private int unsent;
    private int unsentEnd;
    private int[] unsentDescriptors = {};
    private boolean closed;

    /** @param fd a socket that does not block, which this object owns from now on */
    public ControlSocket(int fd) {
        this.fd = fd;
    }

    /** The socket, to wait on. */
    public int descriptor() {
        return fd;
    }

    /**
     * Receives the header of a message, its payload and its descriptors, as far as they have come.
     *
     * @return whether a message is complete; until {@link #next}, {@link #header}, {@link #payload} and {@link
     *     #takeDescriptors} are those of that message
     * @throws VhostProtocolException if what comes is no message
     * @throws IOException if the connection has ended, or descriptors were lost
     */
    public boolean receive() throws IOException {
        while (header == null || received < VhostHeader.BYTES + header.size()) {
            int wanted = (header == null ? VhostHeader.BYTES : VhostHeader.BYTES + header.size()) - received;
            long n = ancillary.receive(fd, input, received, wanted, descriptors);
            if (Errno.EAGAIN.is(n) || Errno.EINTR.is(n)) {
                return false;
            }
            if (n < 0) {
                throw new SystemCallException("recvmsg", (int) -n, null);
            }
            if (n == 0) {
                throw new IOException("the other side has closed the connection"
                    + (received == 0 ? "" : " in the middle of a message"));
            }
            if (descriptors.count() > MOST_DESCRIPTORS) {
                throw new VhostProtocolException("a message came with " + descriptors.count() + " descriptors or more"
                    + " (expected: 0-" + MemoryTable.MOST_REGIONS + ')');
            }
            received += (int) n;
            if (received == VhostHeader.BYTES) {
                header = VhostHeader.decode(input.buffer(), 0);
            }
        }
        return true;
    }

    /** The header of the message that was received. */
    public VhostHeader header() {
        return header;
    }

    /** The request that was received. */
    public VhostMessage request() throws VhostProtocolException {
        return VhostMessage.decodeRequest(header, input.buffer(), VhostHeader.BYTES);
    }

    /** The reply that was received. */
    public VhostMessage reply(VhostRequest to) throws VhostProtocolException {
        return VhostMessage.decodeReply(to, header, input.buffer(), VhostHeader.BYTES);
    }

    /** The descriptors that came with the message, to be closed by the caller. */
    public Descriptors takeDescriptors() {
        Descriptors taken = descriptors;
        descriptors = new Descriptors();
        return taken;
    }

    /** Has done with the message that was received. */
    public void next() {
        descriptors.close();
        descriptors = new Descriptors();
        header = null;
        received = 0;
    }

    /**
     * Sends a message, or keeps what the socket has no room for, to be sent by {@link #flush}. Not while this
     * {@linkplain #isBehind is behind}.
     *
     * @param along descriptors that stay open here, and have to until the message has gone
     * @throws IOException if the connection has ended
     */
    public void send(VhostMessage message, int... along) throws IOException {
        if (isBehind()) {
            throw new IllegalStateException("a message waits to be sent");
        }
        unsent = 0;
        unsentEnd = message.encode(output.buffer(), 0);
        unsentDescriptors = along;
        flush();
    }

    /** Whether a part of a message waits for room in the socket. */
    public boolean isBehind() {
        return unsent < unsentEnd;
    }

    /**
     * Sends what waits, as far as there is room.
     *
     * @throws IOException if the connection has ended
     */
    public void flush() throws IOException {
        while (isBehind()) {
            long n = ancillary.send(fd, output, unsent, unsentEnd - unsent, unsentDescriptors);
            if (Errno.EAGAIN.is(n)) {
                return;
            }
            if (n < 0 && !Errno.EINTR.is(n)) {
                throw new SystemCallException("sendmsg", (int) -n, null);
            }
            if (n > 0) {
                unsent += (int) n;
                unsentDescriptors = new int[0];
            }
        }
    }

    /** Whether the other side has closed the connection, and everything was received that it has sent. */
    public boolean isEnded() {
        return SystemCalls.recv(fd, output.address(), 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    }

    /** Closes the socket, and descriptors that came and were not taken. Repeating it is harmless. */
    public void close() {
        if (!closed) {
            closed = true;
            descriptors.close();
            SystemCalls.close(fd);
            ancillary.free();
            input.free();
            output.free();
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.internal.unix.Descriptors;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.internal.vhost.control.ControlSocket;
import io.ringtap.internal.vhost.control.DeviceFeatures;
import io.ringtap.internal.vhost.control.QueuePairs;
import io.ringtap.internal.vhost.control.ServedRing;
import io.ringtap.internal.vhost.control.VhostSession;
import io.ringtap.internal.vhost.memory.SharedMemory;
import io.ringtap.internal.vhost.queue.DeviceFrameInput;
import io.ringtap.internal.vhost.queue.DeviceFrameOutput;
import io.ringtap.internal.vhost.queue.FrameOutput;
import io.ringtap.internal.vhost.queue.NetHeader;
import io.ringtap.internal.vhost.wire.VhostMessage;
import io.ringtap.virtio.VirtioNetOffloads;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.LockSupport;

/**
 * A back end without a channel: a connection that is answered, and two rings that are looked at when a test asks. What
 * a front end has left in its ring when it goes is taken out of it. Its thread and that of the test hold its monitor.
 */
final class BackEndPeer implements QueuePairs, VhostSession.Answer {
    private final Doorbell doorbell = new Doorbell();
    private final Queue<byte[]> taken = new ArrayDeque<>();
    private final ControlSocket socket;
    private final VhostSession session;
    private final Thread thread;
    private DeviceFrameInput input;
    private DeviceFrameOutput output;
    private ServedRing transmit;
    private ServedRing receive;
    private boolean ended;

    /** Serves a connection. */
    BackEndPeer(int fd) {
        socket = new ControlSocket(fd);
        session = new VhostSession("back end", DeviceFeatures.offered(VirtioNetOffloads.ALL, VirtioNetOffloads.ALL, 1),
            this, 1);
        thread = new Thread(this::serve, "back end");
        thread.setDaemon(true);
        thread.start();
    }

    private void serve() {
        while (!isEnded()) {
            answerAll();
            LockSupport.parkNanos(100_000);
        }
    }

    private synchronized void answerAll() {
        try {
            while (!ended && socket.receive()) {
                VhostMessage message = socket.request();
                Descriptors descriptors = socket.takeDescriptors();
                socket.next();
                session.handle(message, descriptors, this);
            }
        } catch (IOException end) {
            close();
        }
    }

    @Override
    public void give(VhostMessage reply) {
        try {
            if (reply != null) {
                socket.send(reply);
            }
        } catch (IOException end) {
            close();
        }
    }

    @Override
    public void fail(IOException cause) {
        close();
    }

    @Override
    public void suspend(int pair, Runnable suspended) {
        takeAll();
        input = null;
        output = null;
        suspended.run();
    }

    @Override
    public void serve(int pair, ServedRing out, ServedRing in, long agreed, SharedMemory memory) {
        transmit = out;
        receive = in;
        NetHeader header = NetHeader.of(0, agreed);
        input = out == null ? null : new DeviceFrameInput(out.device(), header);
        output = in == null ? null : new DeviceFrameOutput(in.device(), header);
        if (input != null) {
            input.requestNotifications();
        }
    }

    @Override
    public void mtu(int mtu) {
        // Nobody asks.
    }

    @Override
    public void announce(long macAddress) {
        // Nobody asks.
    }

    private void takeAll() {
        while (input != null && input.take(1) == 1) {
            ByteBuf frame = Unpooled.buffer(input.length(input.next() - 1));
            input.read(input.next() - 1, frame);
            input.giveBack(input.next() - 1);
            taken.add(frame.array());
        }
        if (input != null && input.publish()) {
            doorbell.ring(transmit.call());
        }
    }

    /** Whether frames can pass. */
    synchronized boolean isRunning() {
        return input != null && output != null && transmit.enabled() && receive.enabled();
    }

    synchronized boolean isEnded() {
        return ended;
    }

    /** Puts a frame into the receive queue; {@code false} if there is none, or no room in it. */
    synchronized boolean send(byte[] frame) {
        if (output == null || output.write(Unpooled.wrappedBuffer(frame)) != FrameOutput.WRITTEN) {
            return false;
        }
        if (output.publish()) {
            doorbell.ring(receive.call());
        }
        return true;
    }

    /** The next frame of the transmit queue; {@code null} if there is none. */
    synchronized byte[] receive() {
        if (taken.isEmpty()) {
            takeAll();
        }
        return taken.poll();
    }

    /** A frame that was taken before; {@code null} if there is none. */
    synchronized byte[] receiveTaken() {
        return taken.poll();
    }

    /** Ends the connection. Repeating it is harmless. */
    synchronized void close() {
        if (!ended) {
            ended = true;
            socket.close();
            session.close(() -> { });
            doorbell.free();
        }
    }

    /** A stream socket of the front end that has connected; -1 if there is none. */
    static int accept(int listening) {
        return Math.max(-1, SystemCalls.accept(listening));
    }
}

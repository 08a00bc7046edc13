/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.channel.FrameChannel;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameTestbed;
import io.ringtap.testsuite.remote.FreeBsdInterface;
import io.ringtap.testsuite.remote.FreeBsdMachine;
import io.ringtap.testsuite.remote.PacketFilter;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/** An interface of FreeBSD's tun and tap driver on a real machine, with a packet filter as its far end. */
final class FreeBsdTestbed implements FrameTestbed {
    /** The longest frame of the suites. */
    private static final int TUN_MTU = 1514;

    private static final AtomicInteger UNITS = new AtomicInteger(100);

    private final TunKind kind;
    private final FreeBsdInterface device;
    private final PacketFilter far;

    /**
     * Makes the interface.
     *
     * @param driver {@code tap}, {@code vmnet} or {@code tun}
     */
    FreeBsdTestbed(FreeBsdMachine machine, String driver) throws IOException {
        kind = driver.equals("tun") ? TunKind.TUN : TunKind.TAP;
        device = FreeBsdInterface.create(machine, driver, UNITS);
        try {
            far = PacketFilter.open(machine, device.name());
        } catch (IOException e) {
            device.close();
            throw e;
        }
    }

    /** The interface. */
    FreeBsdInterface device() {
        return device;
    }

    @Override
    public FrameChannel newChannel() {
        FrameChannel channel = kind == TunKind.TUN ? new TunChannel() : new TapChannel();
        channel.config().setOption(InterfaceChannelOption.UP, true);
        if (kind == TunKind.TUN) {
            channel.config().setOption(InterfaceChannelOption.MTU, TUN_MTU);
        }
        return channel;
    }

    @Override
    public InterfaceAddress address() {
        return kind == TunKind.TUN ? new TunAddress(device.name()) : new TapAddress(device.name());
    }

    @Override
    public void ready() {
        // The packet filter has been there before the channel.
    }

    @Override
    public void send(byte[] frame) throws IOException {
        far.send(frame);
    }

    @Override
    public byte[] receive(long timeoutMillis) throws IOException {
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
        byte[] frame;
        do {
            frame = far.receive(Math.max(0, (deadline - System.nanoTime()) / 1_000_000));
        } while (frame != null && !TestFrames.isOurs(frame));
        return frame;
    }

    /** The driver drops what it has no room for. */
    @Override
    public boolean stall() {
        return false;
    }

    @Override
    public void resume() {
        throw new IllegalStateException("never stalled");
    }

    /** Changes the MTU, and sets the interface down and up again. */
    @Override
    public void disturb() throws IOException {
        device.setMtu(1600);
        device.setUp(false);
        device.setUp(true);
    }

    @Override
    public void close() throws IOException {
        far.close();
        device.close();
    }
}

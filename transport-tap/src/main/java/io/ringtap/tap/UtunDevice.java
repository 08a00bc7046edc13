/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;

/** A utun of macOS. What it relies on is in {@code bsd/net/if_utun.c}; it was not run by us on macOS. */
final class UtunDevice extends BsdDevice {
    private static final FamilyPrefix FAMILY = new FamilyPrefix(DarwinUtun.AF_INET6);

    /** An open device. */
    UtunDevice(DeviceCalls calls, UtunLink link) throws IOException {
        super(calls, TunKind.TUN, link, VnetHeaderLength.NONE, VirtioNetOffloads.NONE, FAMILY, "macOS");
    }

    @Override
    public boolean canBeFull() {
        return true;
    }

    @Override
    public VirtioNetHeader vnetHeader() {
        return VirtioNetHeader.of(VnetHeaderLength.NONE);
    }

    @Override
    public VirtioNetBackend vnetBackend() {
        return VirtioNetBackend.PLAIN;
    }

    @Override
    public int write(ByteBuf packet) throws IOException {
        return written(send(packet));
    }

    @Override
    public IOException failure() {
        return new IOException(lastAddress() + " is gone");
    }
}

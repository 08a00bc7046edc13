/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.channel.FrameChannel;
import io.ringtap.testkit.TestNamespace;

import java.io.IOException;

/** A tap, whose frames a bridge forwards. */
final class TapTestbed extends InterfaceTestbed {
    TapTestbed() throws IOException {
    }

    @Override
    public TapAddress address() {
        return new TapAddress(DEVICE);
    }

    @Override
    FrameChannel channel() {
        return new TapChannel();
    }

    @Override
    void lead(TestNamespace namespace) throws IOException {
        namespace.ip("link", "add", "name", "br0", "type", "bridge", "forward_delay", "0", "mcast_snooping", "0");
        namespace.ip("link", "set", "v0", "master", "br0");
        namespace.ip("link", "set", DEVICE, "master", "br0");
        namespace.ip("link", "set", "br0", "up");
    }
}

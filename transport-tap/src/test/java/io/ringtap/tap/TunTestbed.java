/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.channel.FrameChannel;
import io.ringtap.testkit.TestNamespace;

import java.io.IOException;

/**
 * A TUN device. The frames of the suites are accepted as packets, as their first octet is that of an IPv6 header. A
 * traffic control filter redirects them to an interface where they are frames again.
 */
final class TunTestbed extends InterfaceTestbed {
    /** The longest frame of the suites. */
    private static final int MTU = 1514;

    TunTestbed() throws IOException {
    }

    @Override
    public TunAddress address() {
        return new TunAddress(DEVICE);
    }

    @Override
    FrameChannel channel() {
        TunChannel channel = new TunChannel();
        channel.config().setMtu(MTU);
        return channel;
    }

    @Override
    void lead(TestNamespace namespace) throws IOException {
        namespace.tc("qdisc", "add", "dev", DEVICE, "ingress");
        namespace.tc("filter", "add", "dev", DEVICE, "parent", "ffff:", "protocol", "all",
            "u32", "match", "u32", "0", "0", "action", "mirred", "egress", "redirect", "dev", "v0");
    }
}

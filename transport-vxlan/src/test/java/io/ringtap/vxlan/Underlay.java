/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vxlan;

import io.ringtap.testkit.TestNamespace;

import java.io.IOException;
import java.net.InetAddress;

/** Two namespaces that a virtual cable joins: the network that tunnels go through. */
final class Underlay implements AutoCloseable {
    static final String NEAR_DEVICE = "va";
    static final String FAR_DEVICE = "vb";

    final TestNamespace near;
    final TestNamespace far;

    private Underlay(TestNamespace near, TestNamespace far) {
        this.near = near;
        this.far = far;
    }

    /** @param mtu of the cable */
    static Underlay create(int mtu) throws IOException {
        TestNamespace near = TestNamespace.create(true);
        TestNamespace far = null;
        try {
            far = TestNamespace.create(true);
            near.ip("link", "add", NEAR_DEVICE, "mtu", "" + mtu, "type", "veth", "peer", "name", FAR_DEVICE, "mtu",
                "" + mtu, "netns", far.name());
            near.ip("address", "add", "192.0.2.1/24", "dev", NEAR_DEVICE);
            far.ip("address", "add", "192.0.2.2/24", "dev", FAR_DEVICE);
            far.ip("address", "add", "192.0.2.3/24", "dev", FAR_DEVICE);
            near.ip("address", "add", "2001:db8::1/64", "dev", NEAR_DEVICE, "nodad");
            far.ip("address", "add", "2001:db8::2/64", "dev", FAR_DEVICE, "nodad");
            near.ip("link", "set", NEAR_DEVICE, "up");
            far.ip("link", "set", FAR_DEVICE, "up");
            return new Underlay(near, far);
        } catch (IOException | RuntimeException e) {
            near.close();
            if (far != null) {
                far.close();
            }
            throw e;
        }
    }

    static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (IOException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    @Override
    public void close() throws IOException {
        near.close();
        far.close();
    }
}

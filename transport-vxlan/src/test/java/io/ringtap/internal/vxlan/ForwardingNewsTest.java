/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.ringtap.internal.unix.BridgeForwarding;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** What the kernel tells of neighbours, and which of it is of an FDB. */
@RequiresTap
class ForwardingNewsTest {
    @Test
    void theNeighboursOfTheHostAreNoNews() throws Exception {
        try (TestNamespace host = TestNamespace.create()) {
            host.ip("link", "add", "va", "type", "veth", "peer", "name", "vb");
            host.ip("link", "set", "va", "up");
            host.ip("link", "add", "vxlan42", "type", "vxlan", "id", "42", "dstport", "4790", "nolearning");
            host.ip("link", "set", "vxlan42", "up");
            try (BridgeForwarding forwarding =
                     NetworkNamespace.call(host.name(), () -> BridgeForwarding.open("vxlan42"))) {
                host.ip("neigh", "add", "192.0.2.7", "lladdr", "02:00:00:00:00:07", "dev", "va");
                assertThat(forwarding.takeNews()).as("an ARP entry").isFalse();
                TestNamespace.run("bridge", "-n", host.name(), "fdb", "add", "02:00:00:00:00:03", "dev", "vxlan42",
                    "dst", "192.0.2.3");
                assertThat(forwarding.takeNews()).as("an entry of the device").isTrue();
                assertThat(forwarding.takeNews()).as("it was taken").isFalse();
            }
        }
    }
}

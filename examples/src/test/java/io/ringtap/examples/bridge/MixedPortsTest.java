/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.bridge.Bridge;
import io.ringtap.bridge.BridgeBuilder;
import io.ringtap.bridge.BridgePort;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.NamespaceTraffic;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * A guest, a tap and the kernel of another host on one bridge. In the place of the guest is a second bridge, with the
 * driver of the guest's network card and a tap.
 *
 * <pre>
 *   guest: tap [bridge] virtio-user ---- vhost [bridge] vxlan ---- vxlan42 of the kernel: far
 *                                              tap: near
 * </pre>
 */
@RequiresTap
class MixedPortsTest {
    private static final int SOON = 10_000;

    private final List<AutoCloseable> resources = new ArrayList<>();
    private final List<TestNamespace> hosts = new ArrayList<>();
    private EventLoopGroup group;

    @AfterEach
    void cleanUp() throws Exception {
        for (AutoCloseable resource : resources) {
            resource.close();
        }
        group.shutdownGracefully(0, 10, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
    }

    private <T extends AutoCloseable> T closing(T resource) {
        resources.add(0, resource);
        return resource;
    }

    private TestNamespace host() throws IOException {
        TestNamespace host = closing(TestNamespace.create(true));
        hosts.add(host);
        return host;
    }

    private String inner(TestNamespace host, boolean ipv6) {
        return (ipv6 ? "fd00:9::" : "10.9.0.") + (hosts.indexOf(host) + 1);
    }

    private void configure(TestNamespace host, String device) throws IOException {
        host.ip("address", "add", inner(host, false) + "/24", "dev", device);
        host.ip("address", "add", inner(host, true) + "/64", "dev", device, "nodad");
        host.ip("link", "set", device, "mtu", "1450", "up");
    }

    private Bridge bridge(String... ports) throws Exception {
        BridgeBuilder builder = Bridge.builder();
        for (String port : ports) {
            builder.port(port);
        }
        Bridge bridge = closing(builder.build());
        bridge.open(group).get(10, TimeUnit.SECONDS);
        return bridge;
    }

    @ParameterizedTest
    @CsvSource({"EPOLL, 12", "IO_URING, 12", "POLL, 0"})
    void aGuestATapAndATunnel(String loop, int vnet, @TempDir Path directory) throws Exception {
        group = new MultiThreadIoEventLoopGroup(1, FrameLoop.valueOf(loop).newFactory());
        TestNamespace near = host();
        TestNamespace far = host();
        TestNamespace guest = host();
        near.ip("link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", far.name());
        near.ip("address", "add", "192.0.2.1/24", "dev", "eth0");
        far.ip("address", "add", "192.0.2.2/24", "dev", "eth0");
        near.ip("link", "set", "eth0", "up");
        far.ip("link", "set", "eth0", "up");
        far.ip("link", "add", "vxlan42", "type", "vxlan", "id", "42", "dstport", "4789", "local", "192.0.2.2", "remote",
            "192.0.2.1", "dev", "eth0");
        configure(far, "vxlan42");
        String header = ",vnet=" + vnet;
        String socket = directory.resolve("guest").toString();
        Bridge hub = bridge("vhost:" + socket + header, "tap:t0,up=on,netns=" + near.name() + header,
            "vxlan:42,local=192.0.2.1,remote=192.0.2.2,netns=" + near.name() + header);
        configure(near, "t0");
        bridge("virtio-user:" + socket + header, "tap:t0,up=on,netns=" + guest.name() + header);
        configure(guest, "t0");
        await("the guest is there", SOON, () -> NamespaceTraffic.reaches(guest, inner(near, false), 1000));
        for (TestNamespace from : hosts) {
            for (TestNamespace to : hosts) {
                if (from != to) {
                    for (boolean ipv6 : new boolean[] {false, true}) {
                        assertThat(NamespaceTraffic.reaches(from, inner(to, ipv6), SOON))
                            .as("%s answers %s", inner(to, ipv6), inner(from, ipv6)).isTrue();
                        NamespaceTraffic.transfer(from, to, inner(to, ipv6));
                    }
                }
            }
        }
        for (BridgePort port : hub.ports()) {
            assertThat(port.stats().rxFrames()).as(port.name()).isPositive();
            assertThat(port.stats().rxDrops()).as(port.name()).isEmpty();
        }
    }
}

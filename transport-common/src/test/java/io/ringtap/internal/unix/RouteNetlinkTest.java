/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import io.netty.util.internal.PlatformDependent;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.testkit.OpenDescriptors;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Netlink of the running kernel, in a namespace. */
@RequiresTap
class RouteNetlinkTest {
    private TestNamespace namespace;
    private RouteNetlink netlink;

    @BeforeEach
    void open() throws IOException {
        namespace = TestNamespace.create();
        namespace.ip("link", "add", "name", "v0", "mtu", "1400", "type", "veth", "peer", "name", "v1");
        netlink = NetworkNamespace.call(namespace.name(), RouteNetlink::open);
    }

    @AfterEach
    void close() throws IOException {
        netlink.close();
        namespace.close();
    }

    @Test
    void tellsOfALinkByNameAndByIndex() throws IOException {
        namespace.ip("link", "set", "v0", "address", "02:00:5e:10:00:01", "up");
        LinkState state = netlink.link("v0");
        assertThat(state.name()).isEqualTo("v0");
        assertThat(state.mtu()).isEqualTo(1400);
        assertThat(state.mac()).isEqualTo(MacAddress.parse("02:00:5e:10:00:01"));
        assertThat(state.isUp()).isTrue();
        assertThat(state.hasCarrier()).as("its peer is down").isFalse();
        assertThat(state.isRunning()).isFalse();
        assertThat(netlink.link(state.index())).isEqualTo(state);
        assertThat(netlink.link("lo").mac()).isEqualTo(MacAddress.of(0));
    }

    @Test
    void changesALink() throws IOException {
        int index = netlink.link("v0").index();
        netlink.setMtu(index, 1300);
        netlink.setMac(index, MacAddress.parse("02:00:5e:10:00:02"));
        netlink.setUp(index, true);
        netlink.setUp(netlink.link("v1").index(), true);
        assertThat(namespace.ip("link", "show", "v0")).contains("mtu 1300", "02:00:5e:10:00:02", ",UP");
        assertThat(netlink.link(index).isRunning()).isTrue();
        netlink.setUp(index, false);
        assertThat(netlink.link(index).isUp()).isFalse();
    }

    @Test
    void aFailureNamesCallAndLink() {
        assertThatThrownBy(() -> netlink.link("absent")).isInstanceOfSatisfying(SystemCallException.class,
            e -> assertThat(e.is(Errno.ENODEV)).isTrue()).hasMessageContainingAll("RTM_GETLINK", "absent", "ENODEV");
        assertThatThrownBy(() -> netlink.link(9999)).hasMessageContaining("9999");
        assertThatThrownBy(() -> netlink.setMtu(netlink.link("v0").index(), 10)).isInstanceOf(IOException.class)
            .hasMessageContainingAll("set MTU 10", "EINVAL");
        assertThat(namespace).isNotNull();
    }

    @Test
    void aClosedSocketSaysSo() throws IOException {
        netlink.close();
        netlink.close();
        assertThatThrownBy(() -> netlink.link("v0")).isInstanceOf(IOException.class).hasMessageContaining("closed");
    }

    @Test
    void aSubscriberHearsOfEveryChange() throws IOException {
        List<String> news = new ArrayList<>();
        int index = netlink.link("v0").index();
        try (LinkNews subscription = NetworkNamespace.call(namespace.name(), LinkNews::open)) {
            namespace.ip("link", "set", "v0", "mtu", "1350");
            namespace.ip("link", "del", "v0");
            subscription.read(new LinkNews.Listener() {
                @Override
                public void linkChanged(int in, LinkState state) {
                    news.add(state.name() + " " + state.mtu());
                }

                @Override
                public void linkRemoved(int in, int removed) {
                    news.add("removed " + removed);
                }

                @Override
                public void newsLost() {
                    news.add("lost");
                }
            });
        }
        assertThat(news).contains("v0 1350", "removed " + index).doesNotContain("lost");
        assertThat(news.indexOf("v0 1350")).isLessThan(news.indexOf("removed " + index));
    }

    @Test
    void aNamespaceIsEnteredByOneThreadOnly() throws Exception {
        long before = OpenDescriptors.ofTaps();
        // Both sockets have the same port. If they were in one namespace, the second bind would fail.
        try (ServerSocket here = new ServerSocket(0);
             ServerSocket there = NetworkNamespace.call(namespace.name(),
                 () -> new ServerSocket(here.getLocalPort()))) {
            assertThat(there.getLocalPort()).isEqualTo(here.getLocalPort());
        }
        assertThatThrownBy(() -> NetworkNamespace.call(namespace.name(), () -> {
            throw new IOException("on purpose");
        })).isInstanceOf(IOException.class).hasMessage("on purpose");
        assertThatThrownBy(() -> NetworkNamespace.call(namespace.name(), () -> {
            throw new IllegalStateException("on purpose");
        })).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> NetworkNamespace.call(namespace.name(), () -> {
            throw new InterruptedException("on purpose");
        })).isInstanceOf(IOException.class).hasCauseInstanceOf(InterruptedException.class);
        assertThatThrownBy(() -> NetworkNamespace.call("rt-there-is-none", () -> 1))
            .hasMessageContainingAll("ENOENT", "ip netns list");
        Thread.currentThread().interrupt();
        assertThat(NetworkNamespace.call(namespace.name(), () -> 1)).isEqualTo(1);
        assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
        assertThat(OpenDescriptors.settle(before)).isLessThanOrEqualTo(before);
    }

    @Test
    void anOpeningThatFindsNoMemoryLeavesNoDescriptor() throws Exception {
        long before = OpenDescriptors.ofTaps();
        for (int failing = 0; failing < 3; failing++) {
            AtomicInteger left = new AtomicInteger(failing);
            Platform platform = Platform.current();
            Platform.install(platform.withMemory(size -> {
                if (left.getAndDecrement() == 0) {
                    throw new OutOfMemoryError("on purpose");
                }
                return platform.memory().apply(size);
            }));
            try {
                assertThatThrownBy(LinkNews::open).isInstanceOf(OutOfMemoryError.class);
            } finally {
                Platform.install(platform);
            }
        }
        assertThat(OpenDescriptors.settle(before)).isLessThanOrEqualTo(before);
    }

    @Test
    void itsMemoryIsGivenBackWithItsDescriptor() throws Exception {
        assumeTrue(PlatformDependent.hasUnsafe(), "without Unsafe the garbage collector frees direct memory");
        BufferPoolMXBean direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct")).findFirst().orElseThrow();
        RouteNetlink.open().close();
        long before = direct.getMemoryUsed();
        for (int i = 0; i < 200; i++) {
            RouteNetlink.open().close();
            LinkNews.open().close();
        }
        assertThat(direct.getMemoryUsed() - before).as("bytes left of 400 sockets").isLessThan(16 * 1024);
    }

    @Test
    void anAnswerLongerThanTheRoomThereIs() throws IOException {
        // Each alternative name adds 132 octets.
        for (int i = 0; i < 100; i++) {
            namespace.ip("link", "property", "add", "dev", "v0", "altname", "x".repeat(120) + i);
        }
        assertThat(netlink.link("v0").mtu()).isEqualTo(1400);
        try (LinkNews subscription = NetworkNamespace.call(namespace.name(), LinkNews::open)) {
            netlink.setMtu(netlink.link("v0").index(), 1300);
            List<String> news = new ArrayList<>();
            subscription.read(new Recorder(news));
            assertThat(news).as("rather lost than half of it").containsOnly("lost");
        }
    }

    @Test
    void otherNamespacesAreReachedByTheirNumber() throws Exception {
        try (TestNamespace other = TestNamespace.create();
             LinkNews subscription = NetworkNamespace.call(namespace.name(), LinkNews::open)) {
            other.ip("link", "add", "name", "v0", "mtu", "1234", "type", "veth", "peer", "name", "v1");
            int fd = SystemCalls.open("/run/netns/" + other, SystemCalls.O_RDONLY | SystemCalls.O_CLOEXEC);
            int number = netlink.namespaceId(fd);
            assertThat(netlink.namespaceId(fd)).isEqualTo(number).isNotNegative();
            SystemCalls.close(fd);
            LinkState there = netlink.link(number, "v0");
            assertThat(there.mtu()).isEqualTo(1234);
            assertThat(netlink.link(number, there.index())).isEqualTo(there);
            assertThat(netlink.link("v0").mtu()).isEqualTo(1400);
            List<String> news = new ArrayList<>();
            other.ip("link", "set", "v0", "mtu", "1235");
            subscription.read(new Recorder(news));
            assertThat(news).isEmpty();
            subscription.hearOfAllNamespaces(true);
            other.ip("link", "set", "v0", "mtu", "1236");
            subscription.read(new Recorder(news));
            assertThat(news).contains(number + " v0 1236").allMatch(line -> line.startsWith(number + " "));
            namespace.ip("link", "set", "v0", "mtu", "1401");
            subscription.skip();
            news.clear();
            namespace.ip("link", "set", "v0", "mtu", "1402");
            subscription.read(new Recorder(news));
            assertThat(news).contains("-1 v0 1402").doesNotContain("-1 v0 1401");
        }
    }

    @Test
    void addressesAreAddedListedAndRemoved() throws Exception {
        int index = netlink.link("v0").index();
        namespace.sysctl("net/ipv6/conf/v0/accept_dad", "1");
        namespace.sysctl("net/ipv6/conf/v0/disable_ipv6", "0");
        LinkAddress four = new LinkAddress(new byte[] {(byte) 192, 0, 2, 1}, 24);
        LinkAddress six = new LinkAddress(InetAddress.getByName("2001:db8::1").getAddress(), 64);
        netlink.addAddress(index, four);
        netlink.addAddress(index, six);
        assertThat(netlink.addresses(index)).contains(four, six);
        assertThat(namespace.ip("addr", "show", "v0")).contains("inet 192.0.2.1/24", "inet6 2001:db8::1/64")
            .as("an address that is used at once").doesNotContain("tentative");
        assertThat(netlink.addresses(netlink.link("v1").index())).doesNotContain(four, six);
        assertThatThrownBy(() -> netlink.addAddress(index, six)).isInstanceOfSatisfying(SystemCallException.class,
            e -> assertThat(e.is(Errno.EEXIST)).isTrue());
        netlink.removeAddress(index, six);
        assertThat(netlink.addresses(index)).contains(four).doesNotContain(six);
    }

    @Test
    void moreAddressesThanOneAnswerHolds() throws IOException {
        int index = netlink.link("v0").index();
        List<LinkAddress> added = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            LinkAddress address = new LinkAddress(new byte[] {10, 0, (byte) (i >> 8), (byte) i}, 32);
            netlink.addAddress(index, address);
            added.add(address);
        }
        assertThat(netlink.addresses(index)).containsAll(added);
    }

    @Test
    void anAddressWithAPeerIsTheLocalOne() throws IOException {
        namespace.ip("addr", "add", "10.0.0.1", "peer", "10.0.0.2/32", "dev", "v0");
        assertThat(netlink.addresses(netlink.link("v0").index()))
            .containsOnly(new LinkAddress(new byte[] {10, 0, 0, 1}, 32));
    }

    private record Recorder(List<String> news) implements LinkNews.Listener {
        @Override
        public void linkChanged(int in, LinkState state) {
            news.add(in + " " + state.name() + " " + state.mtu());
        }

        @Override
        public void linkRemoved(int in, int removed) {
            news.add(in + " removed " + removed);
        }

        @Override
        public void newsLost() {
            news.add("lost");
        }
    }
}

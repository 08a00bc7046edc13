/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.internal.netmap.kernel.KernelNetmap;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.TestLoops;
import io.ringtap.virtio.VnetHeaderLength;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static io.netty.buffer.Unpooled.buffer;
import static io.ringtap.netmap.Sink.bootstrap;
import static io.ringtap.netmap.Sink.frame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

/** The embedded netmap and, if there is one, netmap in the kernel give the same answers. */
class NetmapControlTest {
    private static final NetmapRingCounts COUNTS = new NetmapRingCounts(2, 2, 0, 0, 64, 64);
    private static final NetmapAddress PORT = NetmapAddress.parse("valeRc0:rtp0");

    static Stream<Named<NetmapDriver>> drivers() {
        return Stream.concat(Stream.of(Named.of("embedded", Netmap.embedded())), kernels());
    }

    static Stream<Named<NetmapDriver>> kernels() {
        return Netmap.isAvailable() ? Stream.of(Named.of("NIOCCTRL", new KernelNetmap(false)),
            Named.of("NIOCREGIF", new KernelNetmap(true))) : Stream.empty();
    }

    private static NetmapError errorOf(ThrowingCallable call) {
        return catchThrowableOfType(NetmapException.class, call).error();
    }

    @ParameterizedTest
    @MethodSource("drivers")
    @SuppressWarnings("try")
    void aPersistentPortIsAttachedAndDetached(NetmapDriver driver) throws IOException {
        NetmapControl control = new NetmapControl(driver);
        assertThat(control.valePorts()).doesNotContain("valeRc0:rtp0");
        assertThat(errorOf(() -> control.attach(PORT))).isEqualTo(NetmapError.EINVAL);
        assertThat(errorOf(() -> control.detach(PORT))).isEqualTo(NetmapError.ENXIO);
        assertThat(errorOf(() -> control.destroy("rtp0"))).isEqualTo(NetmapError.ENXIO);
        assertThat(errorOf(() -> control.create("vale0", COUNTS))).isEqualTo(NetmapError.EINVAL);
        assertThat(errorOf(() -> control.create("rt34567890123456", COUNTS))).isEqualTo(NetmapError.EINVAL);
        control.create("rtp0", COUNTS);
        try (Closeable destroy = () -> control.destroy("rtp0")) {
            assertThat(errorOf(() -> control.create("rtp0", COUNTS))).isEqualTo(NetmapError.EEXIST);
            assertThat(errorOf(() -> NetmapPort.open(driver, PORT, 0, 0).close())).isEqualTo(NetmapError.EINVAL);
            assertThat(errorOf(() -> control.attach(NetmapAddress.parse("netmap:rtp0"))))
                .isEqualTo(NetmapError.EINVAL);
            control.attach(PORT);
            try (Closeable detach = () -> control.detach(PORT)) {
                assertThat(control.valePorts()).contains("valeRc0:rtp0");
                assertThat(errorOf(() -> control.attach(PORT))).isEqualTo(NetmapError.EBUSY);
                assertThat(errorOf(() -> control.destroy("rtp0"))).isEqualTo(NetmapError.EBUSY);
                if (driver == Netmap.embedded()) {
                    // In the kernel, it leaves its switch when the last user closes it, and then cannot be removed.
                    assertThat(control.portInfo(PORT).counts()).isEqualTo(new NetmapRingCounts(2, 2, 0, 0, 64, 64));
                    try (NetmapPort port = NetmapPort.open(driver, PORT, 0, 0)) {
                        assertThat(port.txRings()).hasSize(2);
                        assertThat(errorOf(() -> control.detach(PORT))).isEqualTo(NetmapError.EBUSY);
                    }
                    assertThat(control.valePorts()).contains("valeRc0:rtp0");
                }
            }
            assertThat(control.valePorts()).doesNotContain("valeRc0:rtp0");
        }
        assertThat(errorOf(() -> control.destroy("rtp0"))).isEqualTo(NetmapError.ENXIO);
    }

    @ParameterizedTest
    @MethodSource("drivers")
    void openPortsAreListed(NetmapDriver driver) throws NetmapException {
        NetmapControl control = new NetmapControl(driver);
        try (NetmapPort a = NetmapPort.open(driver, NetmapAddress.parse("valeRc2:a"), 0, 0);
             NetmapPort b = NetmapPort.open(driver, NetmapAddress.parse("valeRc3:b"), 0, 0)) {
            assertThat(control.valePorts()).contains("valeRc2:a", "valeRc3:b");
            assertThat(control.portInfo(a.address()).memoryId()).isEqualTo(a.registration().memoryId());
            assertThat(errorOf(() -> control.attach(b.address()))).isEqualTo(NetmapError.EBUSY);
        }
        assertThat(control.valePorts()).doesNotContain("valeRc2:a", "valeRc3:b");
    }

    @ParameterizedTest
    @MethodSource("drivers")
    void theHeaderIsAsBeforeAfterAProbe(NetmapDriver driver) throws NetmapException {
        NetmapControl control = new NetmapControl(driver);
        NetmapAddress vale = NetmapAddress.parse("valeRc4:a");
        NetmapAddress pipe = NetmapAddress.parse("valeRc4:a{1");
        assertThat(errorOf(() -> control.headerLength(vale))).isEqualTo(NetmapError.ENXIO);
        assertThat(errorOf(() -> control.probeHeaders(vale))).isEqualTo(NetmapError.ENXIO);
        try (NetmapPort port = NetmapPort.open(driver, vale, 0, 0);
             NetmapPort end = NetmapPort.open(driver, pipe, 0, 0)) {
            for (VnetHeaderLength before : new VnetHeaderLength[] {VnetHeaderLength.NONE, VnetHeaderLength.MERGEABLE}) {
                port.file().headerLength("valeRc4:a", before.bytes());
                assertThat(control.probeHeaders(vale)).containsExactly(VnetHeaderLength.NONE, VnetHeaderLength.LEGACY,
                    VnetHeaderLength.MERGEABLE);
                assertThat(control.headerLength(vale)).isEqualTo(before);
            }
            assertThat(end.address().isPipe()).isTrue();
        }
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("kernels")
    void channelsOfBothFormsMeet(NetmapDriver driver) throws InterruptedException {
        EventLoopGroup group = TestLoops.available().findFirst().orElseThrow().newGroup(1);
        try {
            Sink atA = new Sink();
            Sink atEnd = new Sink();
            NetmapChannel a = (NetmapChannel) bootstrap(group, atA).option(NetmapChannelOption.DRIVER, driver)
                .option(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE)
                .bind(NetmapAddress.parse("valeRc5:a")).sync().channel();
            NetmapChannel b = Sink.open(group, new Sink(), "valeRc5:b");
            NetmapChannel master = (NetmapChannel) bootstrap(group, new Sink())
                .option(NetmapChannelOption.DRIVER, driver).bind(NetmapAddress.parse("valeRc5:b{7")).sync().channel();
            NetmapChannel end = Sink.open(group, atEnd, "valeRc5:b}7");
            b.writeAndFlush(frame(60)).sync();
            atA.assertReceives(buffer().writeZero(12).writeBytes(frame(60)));
            master.writeAndFlush(frame(61)).sync();
            atEnd.assertReceives(frame(61));
            a.close().sync();
            b.close().sync();
            master.close().sync();
            end.close().sync();
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void aCardIsAttachedWithAndWithoutItsHost() throws IOException {
        assumeThat(Netmap.isAvailable()).as("a kernel with netmap").isTrue();
        try (TestNamespace namespace = TestNamespace.create()) {
            namespace.ip("link", "add", "rtc0", "type", "veth", "peer", "name", "rtc1");
            NetworkNamespace.call(namespace.name(), () -> {
                for (NetmapDriver driver : kernels().map(Named::getPayload).toList()) {
                    NetmapControl control = new NetmapControl(driver);
                    control.attach(NetmapAddress.parse("valeRc6:rtc0"));
                    assertThat(control.valePorts()).containsExactly("valeRc6:rtc0");
                    control.detach(NetmapAddress.parse("valeRc6:rtc0"));
                    assertThat(control.valePorts()).isEmpty();
                    control.attach(NetmapAddress.parse("valeRc6:rtc0*"));
                    assertThat(control.valePorts()).containsExactlyInAnyOrder("valeRc6:rtc0", "valeRc6:rtc0^");
                    control.detach(NetmapAddress.parse("valeRc6:rtc0"));
                    assertThat(control.valePorts()).isEmpty();
                }
                return null;
            });
        }
    }
}

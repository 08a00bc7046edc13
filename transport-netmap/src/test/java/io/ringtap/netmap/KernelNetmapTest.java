/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.internal.netmap.driver.NetmapFile;
import io.ringtap.internal.netmap.layout.NetmapLayout.Register;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.testsuite.TestLoops;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.File;
import java.util.concurrent.TimeUnit;

import static io.ringtap.netmap.Sink.bootstrap;
import static io.ringtap.netmap.Sink.frame;
import static io.ringtap.netmap.Sink.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

/** The same channel on netmap in the kernel, if this machine has it. */
class KernelNetmapTest {
    @BeforeAll
    static void requireNetmap() {
        assumeThat(Netmap.isAvailable()).as("a kernel with netmap").isTrue();
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void framesCrossASwitch(TestLoop loop) throws InterruptedException {
        EventLoopGroup group = loop.newGroup(2);
        try {
            Sink atA = new Sink();
            Sink atB = new Sink();
            NetmapChannel a = open(group, atA, "valeRt0:a");
            NetmapChannel b = open(group, atB, "valeRt0:b");
            assertThat(a.localAddress().driver()).isEqualTo("kernel");
            for (int i = 0; i < 300; i++) {
                a.writeAndFlush(frame(60 + i)).sync();
                atB.assertReceives(frame(60 + i));
                b.writeAndFlush(frame(60 + i)).sync();
                atA.assertReceives(frame(60 + i));
            }
            a.writeAndFlush(frame(9000)).sync();
            atB.assertReceives(frame(9000));
            assertThat(b.lentFrames()).isEqualTo(300);
            assertThat(b.copiedFrames()).isEqualTo(1);
            a.close().sync();
            b.close().sync();
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void aStoppedPipeReaderStopsTheWriter(TestLoop loop) throws InterruptedException {
        EventLoopGroup group = loop.newGroup(2);
        try {
            Sink atB = new Sink();
            NetmapChannel a = open(group, new Sink(), "valeRt1:x{1");
            NetmapChannel b = (NetmapChannel) bootstrap(group, atB).option(ChannelOption.AUTO_READ, false)
                .bind(NetmapAddress.parse("valeRt1:x}1")).sync().channel();
            ChannelFuture last = null;
            for (int i = 0; i < 3000; i++) {
                last = a.writeAndFlush(frame(60 + i % 1000));
            }
            assertThat(last.await(500)).isFalse();
            assertThat(atB.frames).isEmpty();
            b.config().setAutoRead(true);
            for (int i = 0; i < 3000; i++) {
                atB.assertReceives(frame(60 + i % 1000));
            }
            last.sync();
            a.close().sync();
            b.close().sync();
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void aLentFrameGoesOnByIndex(TestLoop loop) throws InterruptedException {
        EventLoopGroup group = loop.newGroup(1);
        try {
            Sink atIn = new Sink();
            Sink atEnd = new Sink();
            NetmapChannel source = open(group, new Sink(), "valeRt2:source");
            NetmapChannel in = open(group, atIn, "valeRt2:in");
            NetmapChannel out = open(group, new Sink(), "valeRt2:in{1");
            NetmapChannel end = open(group, atEnd, "valeRt2:in}1");
            for (int i = 0; i < 1500; i++) {
                source.writeAndFlush(frame(60 + i % 100)).sync();
                out.writeAndFlush(atIn.take()).sync();
                atEnd.assertReceives(frame(60 + i % 100));
            }
            assertThat(out.swappedFrames()).isEqualTo(1500);
            assertThat(end.lentFrames()).isEqualTo(1500);
            source.writeAndFlush(frame(60)).sync();
            ByteBuf lent = atIn.take();
            in.close().sync();
            assertThat(Netmap.pinnedPorts()).containsExactly("valeRt2:in (kernel netmap)");
            assertThat(lent).isEqualTo(frame(60));
            lent.release();
            assertThat(Netmap.pinnedPorts()).isEmpty();
            source.close().sync();
            out.close().sync();
            end.close().sync();
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void aHeaderIsSetAndConverted() throws InterruptedException {
        EventLoopGroup group = TestLoops.available().findFirst().orElseThrow().newGroup(1);
        try {
            Sink atA = new Sink();
            NetmapChannel a = (NetmapChannel) bootstrap(group, atA)
                .option(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE)
                .bind(NetmapAddress.parse("valeRt3:a")).sync().channel();
            NetmapChannel b = open(group, new Sink(), "valeRt3:b");
            assertThat(a.vnetBackend().takes()).isEqualTo(VirtioNetOffloads.of(VirtioNetOffload.CSUM,
                VirtioNetOffload.TSO4, VirtioNetOffload.TSO6));
            assertThat(a.vnetBackend().gives()).isEqualTo(VirtioNetOffloads.ALL);
            assertThat(a.vnetBackend().isRestrictable()).isFalse();
            b.writeAndFlush(frame(60)).sync();
            atA.assertReceives(Unpooled.buffer().writeZero(12).writeBytes(frame(60)));
            a.close().sync();
            b.close().sync();
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    /** The errors of the kernel for requests that the embedded netmap refuses as well. */
    @ParameterizedTest
    @CsvSource({
        "netmap:rtnone0, ENXIO", "valeRt4:a^, EINVAL", "valeRt4:a*, EINVAL", "valeRt4:a^0, EINVAL",
        "valeRt4:a-1, EINVAL", "valeRt4:a@777, EINVAL", "netmap:rtp{1^, EINVAL", "netmap:rtp{1-1, EINVAL",
        "valeRt4:a2345678901234567, ENOMEM", "valeRt4:a@share=netmap:rtnone0, ENXIO",
    })
    void refusesAsTheEmbeddedNetmapDoes(String name, NetmapError error) {
        assertThat(catchThrowableOfType(NetmapException.class,
            () -> NetmapPort.open(Netmap.kernel(), NetmapAddress.parse(name), 0, 0).close()).error()).isEqualTo(error);
        assertThat(catchThrowableOfType(NetmapException.class,
            () -> NetmapPort.open(Netmap.embedded(), NetmapAddress.parse(name.replace("777", "7")), 0, 0).close())
            .error()).isEqualTo(error);
    }

    @Test
    void exclusiveAndHeaderErrorsAreTheSame() throws NetmapException {
        for (NetmapDriver driver : new NetmapDriver[] {Netmap.kernel(), Netmap.embedded()}) {
            try (NetmapPort port = NetmapPort.open(driver, NetmapAddress.parse("valeRt5:a/x"), 0, 0)) {
                assertThat(errorOf(driver, "valeRt5:a")).isEqualTo(NetmapError.EBUSY);
                NetmapFile file = port.file();
                assertThat(catchThrowableOfType(NetmapException.class, () -> file.headerLength("valeRt5:a", 11))
                    .error()).isEqualTo(NetmapError.EINVAL);
                assertThat(catchThrowableOfType(NetmapException.class, () -> file.headerLength("valeRt5:no", 12))
                    .error()).isEqualTo(NetmapError.ENXIO);
                file.headerLength("valeRt5:a", 12);
                assertThat(file.headerLength("valeRt5:a")).isEqualTo(12);
                assertThat(errorOf(driver, "valeRt5:a")).isEqualTo(NetmapError.EIO);
            }
        }
    }

    private static NetmapError errorOf(NetmapDriver driver, String name) {
        return catchThrowableOfType(NetmapException.class,
            () -> NetmapPort.open(driver, NetmapAddress.parse(name), 0, 0).close()).error();
    }

    @Test
    void aFailedOpenLeavesNoDescriptor() throws NetmapException {
        NetmapPort.open(Netmap.kernel(), NetmapAddress.parse("valeRt6:a"), Register.NO_TX_POLL, 3).close();
        int before = descriptors();
        for (int i = 0; i < 20; i++) {
            errorOf(Netmap.kernel(), "valeRt6:a^");
            errorOf(Netmap.kernel(), "netmap:rtnone0");
        }
        assertThat(descriptors()).isEqualTo(before);
    }

    private static int descriptors() {
        String[] open = new File("/proc/self/fd").list();
        return open == null ? 0 : open.length;
    }
}

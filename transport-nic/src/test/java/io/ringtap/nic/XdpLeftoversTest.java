/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.loop.PollIoHandler;
import io.ringtap.testkit.OpenDescriptors;
import io.ringtap.testkit.OtherJvm;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * What channels of interfaces leave behind: nothing. {@code -Dringtap.nic.cycles=10000} opens and closes each as often
 * as that.
 */
class XdpLeftoversTest extends VethTest {
    private static final int CYCLES = Integer.getInteger("ringtap.nic.cycles", 20);

    @Test
    void cyclesOfXdpLeaveNothing() throws Exception {
        String before = namespace.ip("-d", "link", "show");
        PacketSocket far = packetSocket("vb");
        List<BpfObjects> objects = new ArrayList<>();
        Bootstrap bootstrap = new Bootstrap().group(group).channel(XdpChannel.class)
            .option(XdpChannelOption.NETWORK_NAMESPACE, namespace.name());
        Map<Integer, String> descriptors = null;
        for (int cycle = 0; cycle < CYCLES; cycle++) {
            FrameCollector collector = new FrameCollector();
            Channel channel = bootstrap.handler(collector).bind(new XdpAddress("va")).sync().channel();
            objects.add(BpfObjects.of(namespace.name(), "va"));
            assertThat(objects.get(cycle).areGone()).isFalse();
            far.send(TestFrames.frame(cycle));
            assertThat(collector.next()).isEqualTo(TestFrames.frame(cycle));
            assertThat(write(channel, TestFrames.frame(-cycle))).isNull();
            assertThat(XdpChannelTest.received(far)).isEqualTo(TestFrames.frame(-cycle));
            channel.close().sync();
            descriptors = descriptors == null ? OpenDescriptors.now() : descriptors;
        }
        assertThat(objects).allSatisfy(each -> {
            assertThat(each.maps()).as("maps of a program").hasSize(1);
            assertThat(each.links()).as("links of a program").hasSize(1);
        });
        assertThat(OpenDescriptors.now()).hasSameSizeAs(descriptors);
        assertThat(mappings()).as("memory of frames, and rings").isZero();
        // A program is freed when no processor can be running it any more.
        await("no program, map or link is left", () -> objects.stream().allMatch(BpfObjects::areGone));
        assertThat(namespace.ip("-d", "link", "show")).isEqualTo(before);
    }

    @Test
    void cyclesOfPacketSocketsLeaveNothing() throws Exception {
        String before = namespace.ip("-d", "link", "show");
        PacketSocket far = packetSocket("vb");
        Map<Integer, String> descriptors = null;
        for (int cycle = 0; cycle < CYCLES; cycle++) {
            FrameCollector collector = new FrameCollector();
            PacketChannel channel = open(Map.of(), collector);
            far.send(TestFrames.frame(cycle));
            assertThat(collector.next()).isEqualTo(TestFrames.frame(cycle));
            channel.close().sync();
            descriptors = descriptors == null ? OpenDescriptors.now() : descriptors;
        }
        assertThat(OpenDescriptors.now()).hasSameSizeAs(descriptors);
        assertThat(namespace.ip("-d", "link", "show")).isEqualTo(before);
    }

    private static long mappings() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.contains("ringtap-umem") || line.contains("[XDP]")
                || line.contains("socket:")).count();
        }
    }

    @Test
    void aProcessThatIsKilledLeavesTheInterfaceAsItWas() throws Exception {
        String before = namespace.ip("-d", "link", "show");
        OtherJvm.Result killed = OtherJvm.run(jar -> true, Killed.class, namespace.name());
        assertThat(killed.status()).as(killed.output()).isEqualTo(137);
        String[] said = killed.output().lines().filter(line -> line.startsWith("objects ")).findFirst().orElseThrow()
            .split(" ");
        BpfObjects objects = new BpfObjects(Integer.parseInt(said[1]), List.of(Integer.parseInt(said[2])),
            List.of(Integer.parseInt(said[3])));
        await("no program, map or link is left", objects::areGone);
        assertThat(namespace.ip("-d", "link", "show")).isEqualTo(before);
        // And the queue is free.
        Channel channel = new Bootstrap().group(group).channel(XdpChannel.class).handler(new FrameCollector())
            .option(XdpChannelOption.NETWORK_NAMESPACE, namespace.name()).bind(new XdpAddress("va")).sync().channel();
        channel.close().sync();
    }

    /** Opens va of a namespace, says what is there, and kills itself. */
    static final class Killed {
        private Killed() {
        }

        public static void main(String[] arguments) throws Exception {
            EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, PollIoHandler.newFactory());
            new Bootstrap().group(group).channel(XdpChannel.class).handler(new FrameCollector())
                .option(XdpChannelOption.NETWORK_NAMESPACE, arguments[0]).bind(new XdpAddress("va")).sync();
            BpfObjects objects = BpfObjects.of(arguments[0], "va");
            System.out.println("objects " + objects.program() + ' ' + objects.maps().get(0) + ' '
                + objects.links().get(0));
            System.out.flush();
            new ProcessBuilder("kill", "-KILL", Long.toString(ProcessHandle.current().pid())).start().waitFor();
            TimeUnit.MINUTES.sleep(1);
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.internal.netmap.NetmapTransport;
import io.ringtap.netmap.embedded.EmbeddedNetmap;
import io.ringtap.netmap.embedded.ValeDrop;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

/** The channel on embedded ports, which have no descriptor to wait on, and so run on any event loop. */
class NetmapChannelTest extends NetmapChannelContract {
    private final EmbeddedNetmap netmap = Netmap.newEmbedded();

    @Override
    NetmapDriver netmap() {
        return netmap;
    }

    @Override
    void assertNoPorts() {
        assertThat(netmap.stats("vale0")).isNull();
    }

    @Override
    long dropped(long frames) {
        return frames;
    }

    @Test
    void runsOnALocalLoop() throws InterruptedException {
        use(new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory()));
        exchange();
    }

    @Test
    void runsOnALoopOfNio() throws InterruptedException {
        use(new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()));
        exchange();
    }

    @Test
    void aFrameForNobodyIsCounted() throws InterruptedException {
        open("vale0:a").send(frame(255, 1, 60)).sync();
        // A promise is kept when the frame is in the ring; the sync follows.
        await("it happens", () -> netmap.stats("vale0").drops().get(ValeDrop.NO_DESTINATION) == 1);
    }

    @Test
    void saysWhichNetmapItIsOn() throws InterruptedException {
        Port a = open("vale0:a@conf:rings=2");
        assertThat(a.channel.localAddress()).hasToString("vale0:a@conf:rings=2,driver=embedded");
        assertThat(a.channel.isActive()).isTrue();
        assertThat(a.channel.remoteAddress()).isNull();
        assertThat(a.channel.vnetHeaderLength()).isZero();
        assertThat(a.channel.linkLayer()).isEqualTo(LinkLayer.ETHERNET);
        assertThat(new NetmapChannel().linkLayer()).isEqualTo(LinkLayer.ETHERNET);
    }

    /** A switch finishes frames for its other ports; nobody does so in a pipe, and both hand out what was put in. */
    @Test
    void aPortTellsWhatMayBeLeftUndone() throws InterruptedException {
        assertThat(open("vale0:a").channel.vnetBackend()).isSameAs(VirtioNetBackend.PLAIN);
        Port b = new Port();
        VirtioNetBackend vale = open(b, bootstrap(b).option(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE),
            "vale0:b").channel.vnetBackend();
        assertThat(vale.takes()).isEqualTo(VirtioNetOffloads.ALL);
        assertThat(vale.gives()).isEqualTo(VirtioNetOffloads.ALL);
        assertThat(vale.isRestrictable()).isFalse();
        assertThat(vale.has(VnetHeaderLength.MERGEABLE)).isTrue();
        assertThat(vale.has(VnetHeaderLength.NONE)).isFalse();
        Port c = new Port();
        VirtioNetBackend pipe = open(c, bootstrap(c).option(FrameChannelOption.VNET_HEADER, VnetHeaderLength.LEGACY),
            "vale0:c{1").channel.vnetBackend();
        assertThat(pipe.takes()).isEqualTo(VirtioNetOffloads.NONE);
        assertThat(pipe.gives()).isEqualTo(VirtioNetOffloads.ALL);
    }

    @Test
    void optionsAreFixedWhileActive() throws InterruptedException {
        Port a = open("vale0:a");
        assertThatThrownBy(() -> a.channel.config().setLentBuffers(3)).isInstanceOf(IllegalStateException.class);
        assertThat(a.channel.config().getOption(NetmapChannelOption.LENT_BUFFERS)).isEqualTo(1024);
        assertThat(a.channel.config().getOptions()).containsEntry(NetmapChannelOption.DRIVER, netmap);
    }

    @Test
    void noOptionIsNull() {
        NetmapChannelConfig config = new NetmapChannel().config();
        assertThatThrownBy(() -> config.setVnetHeader(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> config.setOffloads(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> config.setDriver(null)).isInstanceOf(NullPointerException.class);
        for (ChannelOption<?> option : config.getOptions().keySet()) {
            Object before = config.getOption(option);
            assertThatThrownBy(() -> config.setOption(option, null)).as(option.name())
                .isInstanceOf(NullPointerException.class);
            assertThat(config.getOption(option)).isEqualTo(before);
        }
    }

    @Test
    void portsAreReadByName() {
        FramePort port = FramePorts.parse("[vale0:1@conf:rings=2,slots=64],vnet=12,lent=7,driver=embedded");
        assertThat(port.address()).isEqualTo(NetmapAddress.parse("vale0:1@conf:rings=2,slots=64"));
        assertThat(port.options()).containsEntry(NetmapChannelOption.LENT_BUFFERS, 7)
            .containsEntry(NetmapChannelOption.DRIVER, Netmap.embedded());
        assertThat(FramePorts.parse("vale0:1@conf:rings=2,tx-slots=64,vnet=12").address())
            .isEqualTo(NetmapAddress.parse("vale0:1@conf:rings=2,tx_slots=64"));
        assertThat(FramePorts.parse("vale0:1@extmem:file=/dev/shm/m,ring_num=8,vnet=12").address())
            .isEqualTo(NetmapAddress.parse("vale0:1@extmem:file=/dev/shm/m,ring_num=8"));
        assertThat(FramePorts.parse("netmap-raw:br-lan").address()).isEqualTo(NetmapAddress.raw("br-lan"));
        assertThatThrownBy(() -> FramePorts.parse("netmap:eth0/q")).hasMessageContaining("is no flag");
        assertThatThrownBy(() -> FramePorts.parse("vale0:1,driver=none")).hasMessageContaining("kernel|embedded");
        assertThatThrownBy(() -> FramePorts.parse("vale0:1,vnet=20")).hasMessage("port 'vale0:1,vnet=20', character 14:"
            + " '20' is no value for vnet: expected 0|10|12|auto (these ports have no header of 20 bytes)");
        assertThatThrownBy(() -> FramePorts.parse("[netmap:br-lan],vnet=0")).hasMessageStartingWith(
            "port '[netmap:br-lan],vnet=0', character 12: ").hasMessageContaining("netmap-raw:br-lan")
            .satisfies(e -> assertThat(e.getMessage().split("character")).as("one place").hasSize(2));
        assertThat(new NetmapTransport().claims("vale")).isFalse();
        assertThat(new NetmapTransport().claims("tap:netmap:x")).isFalse();
    }

    @Test
    void aPortGoesToTheNetmapThatIsThere() throws InterruptedException {
        assumeThat(Netmap.isAvailable()).isFalse();
        assertThat(Netmap.unavailabilityCause()).hasMessageContaining("/dev/netmap");
        assertThatThrownBy(Netmap::ensureAvailability).isInstanceOf(UnsupportedOperationException.class);
        Port a = new Port();
        open(a, new Bootstrap().group(group()).channel(NetmapChannel.class).handler(a), "vale7:a");
        assertThat(a.channel.localAddress().driver()).isEqualTo("embedded");
        assertThatThrownBy(() -> new Bootstrap().group(group()).channel(NetmapChannel.class).handler(new Port())
            .bind(NetmapAddress.parse("netmap:eth0")).sync()).isInstanceOf(NetmapException.class)
            .hasMessage("netmap: open(/dev/netmap) failed: ENOENT (not there): this kernel has no netmap loaded; on"
                + " Linux load netmap.ko, on FreeBSD 'kldload netmap'");
        assertThatThrownBy(() -> FramePorts.parse("vale7:b,driver=kernel").bootstrap(group()).handler(new Port())
            .bind().sync()).hasMessageEndingWith("'kldload netmap'; this port works without it, with driver=embedded");
    }
}

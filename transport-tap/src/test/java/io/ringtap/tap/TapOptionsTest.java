/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.system.PacketSocket;
import io.ringtap.testsuite.system.TamperedCalls;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Options of a tap, compared with the state of the kernel. */
class TapOptionsTest extends RealTapTest {
    private static final MacAddress MAC = MacAddress.parse("02:00:5e:10:00:42");

    @Test
    void optionsSetBeforeBindAreWhatTheKernelHas() throws Exception {
        TapChannel tap = open("t0", Map.of(TapChannelOption.MTU, 9000, TapChannelOption.MAC_ADDRESS, MAC,
            TapChannelOption.CARRIER, true, ChannelOption.SO_SNDBUF, 30_000, TapChannelOption.PERSIST, true,
            TapChannelOption.OWNER, 4711, TapChannelOption.GROUP, 4712, TapChannelOption.MULTI_QUEUE, true));
        String details = namespace.ip("-d", "link", "show", "t0");
        assertThat(details).contains("mtu 9000", MAC.toString(), "multi_queue", "persist on", "user 4711",
            "group 4712", "LOWER_UP", ",UP");
        TapChannelConfig config = tap.config();
        assertThat(config.getMtu()).isEqualTo(9000);
        assertThat(config.getMacAddress()).isEqualTo(MAC);
        assertThat(config.isUp()).isTrue();
        assertThat(config.getOption(TapChannelOption.CARRIER)).isTrue();
        assertThat(config.getOption(TapChannelOption.PERSIST)).isTrue();
        assertThat(config.getOption(TapChannelOption.MULTI_QUEUE)).isTrue();
        assertThat(config.getOption(TapChannelOption.OWNER)).isEqualTo(4711);
        assertThat(config.getOption(ChannelOption.SO_SNDBUF)).isEqualTo(30_000);
        assertThat(config.getOption(TapChannelOption.NETWORK_NAMESPACE)).isEqualTo(namespace.name());
        assertThat(config.getOptions()).containsEntry(TapChannelOption.MTU, 9000)
            .containsEntry(FrameChannelOption.VNET_HEADER, VnetHeaderLength.NONE)
            .containsKeys(ChannelOption.SO_SNDBUF, ChannelOption.AUTO_READ);
    }

    @Test
    void noOptionIsSetToNull() {
        TapChannelConfig config = new TapChannel().config();
        assertThatThrownBy(() -> config.setVnetHeader(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> config.setOffloads(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> config.setMacAddress(null)).isInstanceOf(NullPointerException.class);
        for (ChannelOption<?> option : config.getOptions().keySet()) {
            Object before = config.getOption(option);
            assertThatThrownBy(() -> config.setOption(option, null)).as(option.name())
                .isInstanceOf(NullPointerException.class);
            assertThat(config.getOption(option)).isEqualTo(before);
        }
    }

    @Test
    void whatIsNotSetIsLeftToTheKernel() throws Exception {
        TapChannelConfig config = open("t0").config();
        assertThat(config.getMtu()).isEqualTo(1500);
        assertThat(config.getMacAddress().isMulticast()).isFalse();
        assertThat(config.getOption(ChannelOption.SO_SNDBUF)).isEqualTo(Integer.MAX_VALUE);
        assertThat(config.getOption(TapChannelOption.PERSIST)).isFalse();
        assertThat(config.getOption(TapChannelOption.MULTI_QUEUE)).isFalse();
    }

    @Test
    void optionsChangeWhileActive() throws Exception {
        TapChannel tap = open("t0");
        TapChannelConfig config = tap.config();
        config.setMtu(2000).setMacAddress(MAC).setUp(false);
        assertThat(namespace.ip("link", "show", "t0")).contains("mtu 2000", MAC.toString(), "state DOWN");
        config.setUp(true);
        config.setOption(TapChannelOption.CARRIER, false);
        assertThat(config.getOption(TapChannelOption.CARRIER)).isFalse();
        assertThat(namespace.ip("link", "show", "t0")).contains("NO-CARRIER");
        config.setOption(TapChannelOption.CARRIER, true);
        config.setOption(ChannelOption.SO_SNDBUF, 77_000);
        assertThat(config.getOption(ChannelOption.SO_SNDBUF)).isEqualTo(77_000);
    }

    @Test
    void aWrongValueIsRefusedAndChangesNothing() throws Exception {
        TapChannelConfig config = open("t0").config();
        assertThatThrownBy(() -> config.setMtu(67)).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("68 to 65521");
        assertThatThrownBy(() -> config.setMacAddress(MacAddress.BROADCAST))
            .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> config.setOption(ChannelOption.SO_SNDBUF, -1))
            .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> config.setOption(TapChannelOption.OWNER, 1))
            .isInstanceOf(IllegalStateException.class).hasMessageContaining("before bind");
        assertThatThrownBy(() -> config.setOption(TapChannelOption.MTU, null))
            .isInstanceOf(NullPointerException.class);
        assertThat(config.getMtu()).isEqualTo(1500);
        assertThat(config.getOption(TapChannelOption.OWNER)).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {68, 576, 1500, 9000, 65521})
    void anyMtuCarriesItsLongestFrame(int mtu) throws Exception {
        FrameCollector collector = new FrameCollector();
        TapChannel tap = open("t0", Map.of(TapChannelOption.MTU, mtu), collector);
        PacketSocket peer = packetSocket("t0");
        peer.send(TestFrames.frame(1, mtu + 14));
        assertThat(collector.next()).isEqualTo(TestFrames.frame(1, mtu + 14));
        assertThat(write(tap, TestFrames.frame(2, mtu + 14))).isNull();
        assertThat(receive(peer)).isEqualTo(TestFrames.frame(2, mtu + 14));
    }

    @Test
    void anMtuChangedWhileActiveCountsAtOnce() throws Exception {
        FrameCollector collector = new FrameCollector();
        TapChannel tap = open("t0", Map.of(), collector);
        tap.config().setMtu(9000);
        PacketSocket peer = packetSocket("t0");
        peer.send(TestFrames.frame(1, 9014));
        assertThat(collector.next()).hasSize(9014);
        assertThat(tap.stats().rxDrops()).isZero();
    }

    @ParameterizedTest
    @EnumSource(VnetHeaderLength.class)
    void aVnetHeaderStandsInFrontOfEveryFrame(VnetHeaderLength length) throws Exception {
        BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
        TapChannel tap = open("t0", Map.of(FrameChannelOption.VNET_HEADER, length),
            new SimpleChannelInboundHandler<ByteBuf>() {
                @Override
                protected void channelRead0(ChannelHandlerContext ctx, ByteBuf message) {
                    received.add(ByteBufUtil.getBytes(message));
                }
            });
        PacketSocket peer = packetSocket("t0");
        peer.send(TestFrames.frame(1, 1514));
        byte[] message = received.poll(10, TimeUnit.SECONDS);
        byte[] expected = new byte[length.bytes() + 1514];
        System.arraycopy(TestFrames.frame(1, 1514), 0, expected, length.bytes(), 1514);
        assertThat(message).isEqualTo(expected);
        assertThat(write(tap, expected)).isNull();
        assertThat(receive(peer)).isEqualTo(TestFrames.frame(1, 1514));
    }

    @Test
    void ofSeveralHeadersTheFirstIsTaken() throws Exception {
        List<VnetHeaderLength> wanted = List.of(VnetHeaderLength.HASH, VnetHeaderLength.NONE);
        TapChannel tap = open("t0", Map.of(FrameChannelOption.VNET_HEADERS, wanted, FrameChannelOption.OFFLOADS,
            VirtioNetOffloads.of(VirtioNetOffload.CSUM)));
        assertThat(tap.config().getVnetHeader()).isSameAs(VnetHeaderLength.HASH);
        assertThat(tap.config().getOption(FrameChannelOption.VNET_HEADERS)).isEqualTo(wanted);
        assertThat(tap.vnetHeaderLength()).isEqualTo(20);
        assertThatThrownBy(() -> tap.config().setVnetHeaders(wanted)).isInstanceOf(IllegalStateException.class);
        TapChannel bare = open("t1", Map.of(FrameChannelOption.VNET_HEADERS,
            List.of(VnetHeaderLength.NONE, VnetHeaderLength.HASH), FrameChannelOption.OFFLOADS,
            VirtioNetOffloads.of(VirtioNetOffload.CSUM)));
        assertThat(bare.vnetHeaderLength()).isZero();
        assertThat(bare.config().getOffloads()).as("there is no header to tell them in")
            .isEqualTo(VirtioNetOffloads.NONE);
        TapChannelConfig config = new TapChannel().config();
        assertThatThrownBy(() -> config.setVnetHeaders(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> config.setVnetHeaders(List.of(VnetHeaderLength.HASH, VnetHeaderLength.HASH)))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("twice");
        config.setVnetHeader(VnetHeaderLength.LEGACY);
        assertThat(config.getVnetHeaders()).containsExactly(VnetHeaderLength.LEGACY);
    }

    @Test
    void offloadsAreWhatTheKernelAgreedTo() throws Exception {
        VirtioNetOffloads wanted = VirtioNetOffloads.of(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4,
            VirtioNetOffload.TSO6, VirtioNetOffload.USO4, VirtioNetOffload.USO6);
        TapChannel tap = open("t0", Map.of(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE,
            FrameChannelOption.OFFLOADS, wanted));
        assertThat(tap.config().getOffloads()).isEqualTo(wanted);
        assertThat(InterfaceFeatures.of(namespace, "t0"))
            .containsEntry("tx-checksum-ip-generic", true).containsEntry("tx-tcp-segmentation", true)
            .containsEntry("tx-tcp6-segmentation", true).containsEntry("tx-tcp-ecn-segmentation", false);
    }

    @Test
    void offloadsThatNeedOthersFailTheBind() throws Exception {
        assertThat(failure("t0", Map.of(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE,
            FrameChannelOption.OFFLOADS, VirtioNetOffloads.of(VirtioNetOffload.TSO4))))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("CSUM");
    }

    @Test
    void littleEndian() throws Exception {
        Map<ChannelOption<?>, Object> options = Map.of(TapChannelOption.VNET_LITTLE_ENDIAN, true,
            FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE, TapChannelOption.PERSIST, true);
        assertThat(open("t0", options).config().getOption(TapChannelOption.VNET_LITTLE_ENDIAN)).isTrue();
        assertThat(failure("t1", Map.of(TapChannelOption.VNET_LITTLE_ENDIAN, true)))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("VNET_HEADER");
    }

    @Test
    void gettersFollowARename() throws Exception {
        TapChannel tap = open("t0", Map.of(TapChannelOption.MTU, 1400));
        namespace.ip("link", "set", "t0", "down");
        namespace.ip("link", "set", "t0", "name", "renamed");
        namespace.ip("link", "set", "renamed", "mtu", "1300", "up");
        await("the name", () -> tap.localAddress().equals(new TapAddress("renamed")));
        assertThat(tap.config().getMtu()).isEqualTo(1300);
        assertThat(tap.config().isUp()).isTrue();
        tap.config().setMtu(1200);
        assertThat(namespace.ip("link", "show", "renamed")).contains("mtu 1200");
    }

    @Test
    void gettersAndFramesFollowIntoAnotherNamespace() throws Exception {
        FrameCollector collector = new FrameCollector();
        TapChannel tap = open("t0", Map.of(), collector);
        TestNamespace other = closing(TestNamespace.create());
        // There is now another device with the same index and name.
        namespace.ip("link", "set", "t0", "netns", other.name());
        namespace.ip("tuntap", "add", "dev", "t0", "mode", "tap");
        namespace.ip("link", "set", "t0", "mtu", "1280");
        other.ip("link", "set", "t0", "up", "mtu", "4000");
        assertThat(tap.config().getMtu()).isEqualTo(4000);
        assertThat(tap.config().isUp()).isTrue();
        tap.config().setMtu(5000).setUp(false).setUp(true);
        assertThat(other.ip("link", "show", "t0")).contains("mtu 5000");
        assertThat(namespace.ip("link", "show", "t0")).contains("mtu 1280");
        PacketSocket peer = closing(PacketSocket.open(other, "t0"));
        peer.send(TestFrames.frame(1, 5014));
        assertThat(collector.next()).isEqualTo(TestFrames.frame(1, 5014));
        assertThat(write(tap, TestFrames.frame(2))).isNull();
        assertThat(receive(peer)).isEqualTo(TestFrames.frame(2));
    }

    @Test
    void optionsOfADeviceThatIsGoneSaySo() throws Exception {
        TapChannel tap = open("t0");
        tap.close().sync();
        assertThat(tap.config().getMtu()).as("after close: what was set").isNull();
        assertThat(tap.deviceDrops().received()).isEqualTo(-1);
        TapChannel other = open("t1", Map.of(ChannelOption.AUTO_READ, false));
        other.eventLoop().submit(() -> {
            namespace.ip("link", "del", "t1");
            assertThatThrownBy(() -> other.config().getMtu()).isInstanceOf(ChannelException.class)
                .hasMessageContainingAll("MTU", "tap:t1");
            return null;
        }).sync();
        assertThat(other.closeFuture().await(10_000)).isTrue();
    }

    @Test
    void theKernelTellsWhatItDropped() throws Exception {
        TapChannel tap = open("t0", Map.of(ChannelOption.AUTO_READ, false));
        PacketSocket peer = packetSocket("t0");
        for (int i = 0; i < 2000; i++) {
            peer.send(TestFrames.frame(i));
        }
        assertThat(tap.deviceDrops().received()).isBetween(900L, 2000L);
        assertThat(tap.deviceDrops().sent()).isZero();
    }

    @Test
    void theKernelsDropsCountFromTheOpeningOfTheChannel() throws Exception {
        TapChannel first = open("t0", Map.of(ChannelOption.AUTO_READ, false, TapChannelOption.PERSIST, true));
        flood();
        assertThat(first.deviceDrops().received()).isBetween(900L, 2000L);
        first.close().sync();
        TapChannel second = open("t0", Map.of(ChannelOption.AUTO_READ, false));
        assertThat(second.deviceDrops()).isEqualTo(new DeviceDrops(0, 0));
        flood();
        assertThat(second.deviceDrops().received()).isBetween(900L, 2000L);
    }

    private void flood() throws Exception {
        PacketSocket peer = packetSocket("t0");
        for (int i = 0; i < 2000; i++) {
            peer.send(TestFrames.frame(i));
        }
    }

    @Test
    void aNameOfAnyBytesIsShownEscapedAndDoesNotHarm() throws Exception {
        TapChannel tap = open("t0");
        namespace.ip("link", "set", "t0", "down");
        Map<String, String> shown = Map.of("t\\033[31m", "tap:t\\x1b[31m", "t\\351t\\351", "tap:t\\xe9t\\xe9",
            "\\177", "tap:\\x7f");
        for (Map.Entry<String, String> name : shown.entrySet()) {
            String printed = "\"$(printf '" + name.getKey() + "')\"";
            TestNamespace.run("sh", "-c", "ip -n " + namespace + " link set t0 name " + printed);
            await("the name", () -> tap.localAddress().toString().equals(name.getValue()));
            assertThat(tap.deviceDrops()).isEqualTo(new DeviceDrops(0, 0));
            assertThat(tap.config().getMtu()).isEqualTo(1500);
            TestNamespace.run("sh", "-c", "ip -n " + namespace + " link set " + printed + " name t0");
            await("the name", () -> tap.localAddress().equals(new TapAddress("t0")));
        }
    }

    @Test
    void gettersAnswerWhileTheInterfaceIsRenamed() throws Exception {
        TapChannel tap = open("t0", Map.of(TapChannelOption.UP, false, TapChannelOption.MTU, 1400));
        Path renames = Files.createTempFile("rt-test", ".batch");
        try {
            Files.writeString(renames, "link set t0 name t1\nlink set t1 name t0\n".repeat(400));
            Future<String> renamed = closingExecutor().submit(() -> namespace.ip("-batch", renames.toString()));
            int asked = 0;
            while (!renamed.isDone()) {
                assertThat(tap.config().getMtu()).isEqualTo(1400);
                assertThat(tap.config().isUp()).isFalse();
                assertThat(tap.deviceDrops()).isEqualTo(new DeviceDrops(0, 0));
                asked++;
            }
            renamed.get();
            assertThat(asked).isGreaterThan(50);
        } finally {
            Files.delete(renames);
        }
    }

    private ExecutorService closingExecutor() {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        closing(executor::shutdownNow);
        return executor;
    }

    @Test
    void theAddressCostsNoSystemCall() throws Exception {
        TapChannel tap = open("t0");
        try (TamperedCalls calls = new TamperedCalls()) {
            int before = calls.calls();
            for (int i = 0; i < 1000; i++) {
                assertThat(tap.localAddress()).isEqualTo(new TapAddress("t0"));
            }
            assertThat(calls.calls() - before).isLessThan(100);
        }
    }
}

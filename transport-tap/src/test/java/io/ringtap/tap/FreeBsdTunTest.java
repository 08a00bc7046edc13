/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.unix.Errno;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A TUN device of FreeBSD, with recorded calls: its differences from a tap. */
class FreeBsdTunTest implements FrameSink {
    private static final Map<ChannelOption<?>, Object> EVERYTHING =
        Map.of(TunChannelOption.MTU, 1400, TunChannelOption.UP, true);

    private final RecordedCalls calls = new RecordedCalls();
    private final List<byte[]> packets = new ArrayList<>();
    private final List<DropReason> drops = new ArrayList<>();
    private ByteBuf memory = Unpooled.EMPTY_BUFFER;

    private FreeBsdTapDevice open(String name, Map<ChannelOption<?>, Object> options) throws IOException {
        calls.name = "tun0";
        return FreeBsdTapOpener.open(calls, TunKind.TUN, new TunAddress(name), TapSettings.of(TunKind.TUN, options));
    }

    @Override
    public ByteBuf allocate(int capacity) {
        memory.release();
        memory = Unpooled.directBuffer(capacity, capacity);
        return memory;
    }

    @Override
    public boolean frame(ByteBuf frame) {
        packets.add(ByteBufUtil.getBytes(frame));
        return true;
    }

    @Override
    public void drop(DropReason reason) {
        drops.add(reason);
    }

    @Test
    void openingAsksForTheAddressFamilyAndChangesNothingElse() throws IOException {
        FreeBsdTapDevice device = open("tun0", Map.of());
        assertThat(calls.calls).containsExactly("open /dev/tun0", "socket 1 10000002", "TUNGIFHEAD 50",
            "TUNSIFHEAD 50", "TAPGIFNAME 50", "SIOCGIFFLAGS 51", "TAPGIFNAME 50", "TAPGIFNAME 50", "TAPGIFNAME 50",
            "SIOCGIFMTU 51");
        assertThat(calls.familyPrefix).isOne();
        assertThat(device.localAddress()).isEqualTo(new TunAddress("tun0"));
        assertThat(device.receiveCapacity()).isEqualTo(4 + 1500 + 1);
        assertThat(device.vnetHeaderLength()).isZero();
        device.close();
        assertThat(calls.open).isEmpty();
        assertThat(calls.familyPrefix).as("the next program to open it finds it as it was").isZero();
        calls.familyPrefix = 1;
        open("tun0", Map.of()).close();
        assertThat(calls.familyPrefix).as("as somebody else has set it").isOne();
    }

    @Test
    void nothingWrittenIsAnInterfaceThatIsDown() throws IOException {
        FreeBsdTapDevice device = open("tun0", Map.of());
        ByteBuf packet = Unpooled.directBuffer().writeByte(0x45);
        assertThatThrownBy(() -> device.write(packet)).isInstanceOfSatisfying(FrameRefusedException.class,
            refused -> assertThat(refused.reason()).isEqualTo(DropReason.DOWN))
            .hasMessageContaining("ifconfig tun0 up").hasMessageNotContaining("up_on_open");
        packet.release();
        device.close();
    }

    @Test
    void everySettingArrivesAndAStepThatFailsGivesEverythingBack() throws IOException {
        FreeBsdTapDevice opened = open("tun%d", EVERYTHING);
        int steps = calls.calls.size();
        opened.close();
        assertThat(calls.calls).startsWith("open /dev/tun").containsSubsequence("TUNSIFHEAD 50", "SIOCSIFMTU 51",
            "SIOCSIFFLAGS 51").endsWith("close 51", "close 50");
        assertThat(calls.mtu).isEqualTo(1400);
        assertThat(calls.flags & 1).isOne();
        for (int step = 0; step < steps; step++) {
            RecordedCalls failing = new RecordedCalls();
            failing.name = "tun0";
            failing.failing = step;
            TapSettings settings = TapSettings.of(TunKind.TUN, EVERYTHING);
            assertThatThrownBy(() -> FreeBsdTapOpener.open(failing, TunKind.TUN, new TunAddress("tun%d"), settings))
                .as(calls.calls.get(step)).isInstanceOf(IOException.class).hasMessageContainingAll("EINVAL", "tun");
            assertThat(failing.open).as(calls.calls.get(step)).isEmpty();
        }
    }

    @Test
    void theFamilyIsTakenAwayFromWhatIsRead() throws IOException {
        FreeBsdTapDevice device = open("tun0", EVERYTHING);
        calls.calls.clear();
        calls.queued.add(new byte[] {0, 0, 0, 2, 0x45, 7});
        calls.queued.add(new byte[] {0, 0, 0, 2});
        calls.queued.add(new byte[] {0, 0, 0, 28, 0x60, 8, 9});
        device.read(this);
        assertThat(packets).as("a drop ends the read").hasSize(1);
        device.read(this);
        assertThat(calls.calls).containsExactly("read 50 1405", "read 50 1405", "read 50 1405", "read 50 1405");
        assertThat(packets).containsExactly(new byte[] {0x45, 7}, new byte[] {0x60, 8, 9});
        assertThat(drops).containsExactly(DropReason.MALFORMED);
        memory.release();
        device.close();
    }

    @Test
    void theFamilyIsPutBeforeWhatIsWritten() throws IOException {
        FreeBsdTapDevice device = open("tun0", EVERYTHING);
        write(device, Unpooled.directBuffer().writeByte(0x45).writeByte(7));
        write(device, Unpooled.wrappedBuffer(new byte[] {0x60, 8}, new byte[] {9}));
        assertThat(calls.written).containsExactly(new byte[] {0, 0, 0, 2, 0x45, 7},
            new byte[] {0, 0, 0, 28, 0x60, 8, 9});
        calls.calls.clear();
        assertThatThrownBy(() -> write(device, Unpooled.buffer().writeByte(0x55)))
            .isInstanceOf(FrameRefusedException.class).hasMessageContaining("neither version of IP");
        assertThatThrownBy(() -> write(device, Unpooled.buffer())).isInstanceOf(FrameRefusedException.class);
        assertThat(calls.calls).isEmpty();
        device.close();
    }

    private static void write(FreeBsdTapDevice device, ByteBuf packet) throws IOException {
        int length = packet.readableBytes();
        try {
            assertThat(device.write(packet)).isEqualTo(FrameDevice.WRITTEN);
        } finally {
            assertThat(packet.readableBytes()).isEqualTo(length);
            packet.release();
        }
    }

    @Test
    void whatFreeBsdHasNot() {
        assertThatThrownBy(() -> open("x%d", Map.of())).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("tun%d only");
        assertThatThrownBy(() -> open("tun0", Map.of(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE)))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContainingAll("tun device", "no VNET_HEADER");
        assertThat(calls.calls).isEmpty();
        calls.drivers = List.of("tun");
        calls.fail("open", Errno.ENOENT);
        assertThatThrownBy(() -> open("tun0", Map.of()))
            .hasMessageContainingAll("open(/dev/tun0)", "ifconfig tun0 create", "net.link.tun.devfs_cloning")
            .hasMessageNotContaining("user_open");
        assertThatThrownBy(() -> open("tun0", Map.of(TunChannelOption.MTU, 71))).hasMessageContaining("72 to 65535");
    }

    @Test
    void adopting() throws IOException {
        calls.type = 23;
        FreeBsdTapDevice device = FreeBsdTapOpener.adopt(calls, TunKind.TUN, 9);
        assertThat(calls.calls).startsWith("TAPGIFINFO 9", "setNonBlocking 9", "socket 1 10000002", "TUNGIFHEAD 9",
            "TUNSIFHEAD 9");
        device.close();
        assertThat(calls.calls).endsWith("TUNSIFHEAD 9", "close 50", "close 9");
        calls.type = 6;
        assertThatThrownBy(() -> FreeBsdTapOpener.adopt(calls, TunKind.TUN, 9))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("not of a tun interface");
    }
}

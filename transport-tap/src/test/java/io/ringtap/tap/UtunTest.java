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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A utun of macOS, with recorded calls. */
class UtunTest implements FrameSink {
    private static final Map<ChannelOption<?>, Object> EVERYTHING =
        Map.of(TunChannelOption.MTU, 1400, TunChannelOption.UP, true);

    private final RecordedCalls calls = new RecordedCalls();
    private final List<byte[]> packets = new ArrayList<>();
    private final List<DropReason> drops = new ArrayList<>();
    private ByteBuf memory = Unpooled.EMPTY_BUFFER;

    private UtunDevice open(String name, Map<ChannelOption<?>, Object> options) throws IOException {
        calls.name = "utun3";
        return UtunOpener.open(calls, new TunAddress(name), TapSettings.of(TunKind.TUN, options));
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

    @ParameterizedTest
    @CsvSource({"utun%d, 0", "utun0, 1", "utun3, 4"})
    void openingConnectsToTheControl(String name, int unit) throws IOException {
        UtunDevice device = open(name, Map.of());
        assertThat(calls.calls).containsExactly("socket 32 2 2", "CTLIOCGINFO 50", "connect 50", "setNonBlocking 50",
            "socket 2 2", "getsockopt 50 2 2", "getsockopt 50 2 2", "SIOCGIFMTU 51");
        ByteBuffer address = ByteBuffer.wrap(calls.connected).order(ByteOrder.nativeOrder());
        assertThat(calls.connected).hasSize(32).startsWith(32, 32);
        assertThat(address.getShort(2)).isEqualTo((short) 2);
        assertThat(address.getInt(4)).isEqualTo(7);
        assertThat(address.getInt(8)).isEqualTo(unit);
        assertThat(device.localAddress()).isEqualTo(new TunAddress("utun3"));
        assertThat(device.receiveCapacity()).isEqualTo(4 + 1500 + 1);
        device.close();
        assertThat(calls.calls).endsWith("close 51", "close 50");
        assertThat(calls.open).isEmpty();
        device.close();
        assertThatThrownBy(() -> device.read(TunChannelOption.MTU)).isInstanceOf(IOException.class)
            .hasMessageContaining("closed");
    }

    @Test
    void aStepThatFailsGivesEverythingBack() throws IOException {
        open("utun3", EVERYTHING).close();
        assertThat(calls.mtu).isEqualTo(1400);
        assertThat(calls.flags & 1).isOne();
        int steps = calls.calls.size() - 2;
        for (int step = 0; step < steps; step++) {
            RecordedCalls failing = new RecordedCalls();
            failing.name = "utun3";
            failing.failing = step;
            TapSettings settings = TapSettings.of(TunKind.TUN, EVERYTHING);
            assertThatThrownBy(() -> UtunOpener.open(failing, new TunAddress("utun3"), settings))
                .as(calls.calls.get(step)).isInstanceOf(IOException.class).hasMessageContainingAll("EINVAL", "utun3");
            assertThat(failing.open).as(calls.calls.get(step)).isEmpty();
        }
    }

    @Test
    void theFamilyIsTakenAwayFromWhatIsRead() throws IOException {
        UtunDevice device = open("utun3", EVERYTHING);
        calls.calls.clear();
        calls.queued.add(new byte[] {0, 0, 0, 2, 0x45, 7});
        calls.queued.add(new byte[] {0, 0, 0, 2});
        calls.queued.add(new byte[1405]);
        calls.queued.add(new byte[] {0, 0, 0, 30, 0x60, 8, 9});
        device.read(this);
        assertThat(packets).as("a drop ends the read").hasSize(1);
        device.read(this);
        device.read(this);
        assertThat(packets).containsExactly(new byte[] {0x45, 7}, new byte[] {0x60, 8, 9});
        assertThat(drops).containsExactly(DropReason.MALFORMED, DropReason.TRUNCATED);
        calls.fail("read", Errno.EBADF);
        assertThatThrownBy(() -> device.read(this)).isInstanceOf(IOException.class).hasMessageContaining("is gone");
        memory.release();
        device.close();
    }

    @Test
    void theFamilyIsPutBeforeWhatIsWritten() throws IOException {
        UtunDevice device = open("utun3", EVERYTHING);
        assertThat(write(device, Unpooled.directBuffer().writeByte(0x45).writeByte(7))).isEqualTo(FrameDevice.WRITTEN);
        assertThat(write(device, Unpooled.wrappedBuffer(new byte[] {0x60, 8}, new byte[] {9})))
            .isEqualTo(FrameDevice.WRITTEN);
        assertThat(calls.written).containsExactly(new byte[] {0, 0, 0, 2, 0x45, 7},
            new byte[] {0, 0, 0, 30, 0x60, 8, 9});
        calls.fail("write", Errno.EAGAIN).fail("write", Errno.ENOBUFS);
        assertThat(write(device, Unpooled.directBuffer().writeByte(0x45))).isEqualTo(FrameDevice.FULL);
        assertThatThrownBy(() -> write(device, Unpooled.directBuffer().writeByte(0x45)))
            .isInstanceOfSatisfying(FrameRefusedException.class,
                refused -> assertThat(refused.reason()).isEqualTo(DropReason.NO_BUFFERS));
        assertThatThrownBy(() -> write(device, Unpooled.buffer().writeByte(0x55)))
            .isInstanceOf(FrameRefusedException.class).hasMessageContaining("neither version of IP");
        device.close();
    }

    @Test
    void nothingWrittenIsAnInterfaceThatIsDown() throws IOException {
        UtunDevice device = open("utun3", Map.of());
        assertThatThrownBy(() -> write(device, Unpooled.directBuffer().writeByte(0x45)))
            .isInstanceOfSatisfying(FrameRefusedException.class,
                refused -> assertThat(refused.reason()).isEqualTo(DropReason.DOWN))
            .hasMessageContaining("ifconfig utun3 up");
        device.close();
    }

    private static int write(UtunDevice device, ByteBuf packet) throws IOException {
        try {
            return device.write(packet);
        } finally {
            packet.release();
        }
    }

    @Test
    void optionsOfTheOpenDevice() throws IOException {
        UtunDevice device = open("utun3", Map.of());
        device.change(TunChannelOption.MTU, 9000);
        assertThat(device.read(TunChannelOption.MTU)).isEqualTo(9000);
        assertThat(device.receiveCapacity()).isEqualTo(9005);
        device.change(TunChannelOption.UP, true);
        assertThat(device.read(TunChannelOption.UP)).isEqualTo(true);
        assertThatThrownBy(() -> device.change(TunChannelOption.PERSIST, true))
            .isInstanceOf(IllegalStateException.class).hasMessageContaining("macOS");
        device.close();
    }

    @Test
    void whatMacOsHasNot() {
        assertThatThrownBy(() -> open("tun0", Map.of())).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("utun%d for any");
        assertThatThrownBy(() -> open("utun3", Map.of(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE)))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("no VNET_HEADER");
        assertThatThrownBy(() -> open("utun3", Map.of(TunChannelOption.ADDRESSES,
            List.of(IpPrefix.parse("192.0.2.1/24"))))).hasMessageContainingAll("no ADDRESSES", "run ifconfig");
        assertThatThrownBy(() -> open("utun3", Map.of(TunChannelOption.MTU, 71))).hasMessageContaining("72 to 65535");
        assertThatThrownBy(() -> open("utun3", Map.of(TunChannelOption.CAPSICUM, true)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("CAPSICUM is an option of FreeBSD only");
        assertThat(calls.calls).isEmpty();
        calls.fail("connect", Errno.EPERM).fail("connect", Errno.EBUSY);
        assertThatThrownBy(() -> open("utun3", Map.of())).hasMessageContainingAll("utun3", "EPERM", "needs root");
        assertThatThrownBy(() -> open("utun3", Map.of())).hasMessageContainingAll("EBUSY", "exists already");
        assertThat(calls.open).isEmpty();
    }

    @Test
    void adopting() throws IOException {
        calls.name = "utun5";
        UtunDevice device = UtunOpener.adopt(calls, 9);
        assertThat(calls.calls).startsWith("setNonBlocking 9", "socket 2 2", "getsockopt 9 2 2");
        assertThat(device.localAddress()).isEqualTo(new TunAddress("utun5"));
        device.close();
        RecordedCalls other = new RecordedCalls().fail("getsockopt", Errno.EINVAL);
        assertThatThrownBy(() -> UtunOpener.adopt(other, 9)).isInstanceOf(IOException.class)
            .hasMessageContaining("utun device");
        assertThat(other.open).isEmpty();
        assertThat(other.calls).doesNotContain("close 9");
    }

    @Test
    void aNameOfAnyBytesIsShownEscaped() throws IOException {
        UtunDevice device = open("utun3", Map.of());
        calls.name = "t\033[31m\u00e9";
        assertThat(device.localAddress()).hasToString("tun:t\\x1b[31m\\xe9");
        device.close();
    }
}

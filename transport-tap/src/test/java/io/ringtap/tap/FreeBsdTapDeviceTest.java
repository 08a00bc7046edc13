/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.internal.unix.Errno;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Reading and writing of an open tap of FreeBSD, with recorded calls. */
class FreeBsdTapDeviceTest implements FrameSink {
    private final RecordedCalls calls = new RecordedCalls();
    private final List<byte[]> frames = new ArrayList<>();
    private final List<DropReason> drops = new ArrayList<>();
    private FreeBsdTapDevice device;
    private ByteBuf memory = Unpooled.EMPTY_BUFFER;
    private int budget = Integer.MAX_VALUE;

    private void open(VnetHeaderLength header) throws IOException {
        device = FreeBsdTapOpener.open(calls, TunKind.TAP, new TapAddress("tap0"),
            TapSettings.of(TunKind.TAP, Map.of(FrameChannelOption.VNET_HEADER, header, TapChannelOption.UP, true)));
        calls.calls.clear();
    }

    private void openForSuperFrames() throws IOException {
        device = FreeBsdTapOpener.open(calls, TunKind.TAP, new TapAddress("tap0"), TapSettings.of(TunKind.TAP,
            Map.of(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE, FrameChannelOption.OFFLOADS,
                VirtioNetOffloads.of(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4), TapChannelOption.UP, true)));
        calls.calls.clear();
    }

    @AfterEach
    void close() {
        memory.release();
        device.close();
        assertThat(calls.open).isEmpty();
    }

    @Override
    public ByteBuf allocate(int capacity) {
        memory.release();
        memory = Unpooled.directBuffer(capacity, capacity);
        return memory;
    }

    @Override
    public boolean frame(ByteBuf frame) {
        frames.add(ByteBufUtil.getBytes(frame));
        return --budget > 0;
    }

    @Override
    public void drop(DropReason reason) {
        drops.add(reason);
    }

    private static byte[] octets(int length) {
        byte[] octets = new byte[length];
        for (int i = 0; i < length; i++) {
            octets[i] = (byte) i;
        }
        return octets;
    }

    private int write(int length) throws IOException {
        ByteBuf frame = Unpooled.directBuffer(Math.max(1, length)).writeZero(length);
        try {
            return device.write(frame);
        } finally {
            assertThat(frame.readableBytes()).isEqualTo(length);
            frame.release();
        }
    }

    @Test
    void oneReadAFrame() throws IOException {
        open(VnetHeaderLength.MERGEABLE);
        calls.queued.add(octets(12 + 60));
        calls.queued.add(octets(12 + 1514));
        device.read(this);
        assertThat(calls.calls).containsExactly("read 50 1535", "read 50 1535", "read 50 1535");
        assertThat(frames).containsExactly(octets(72), octets(1526));
        assertThat(drops).isEmpty();
    }

    @Test
    void whereThereAreSuperFramesEachReadKnowsThatThereIsAFrame() throws IOException {
        openForSuperFrames();
        calls.queued.add(octets(12 + 60));
        calls.queued.add(octets(12 + 1514));
        device.read(this);
        assertThat(calls.calls).containsExactly("FIONREAD 50", "read 50 1535", "FIONREAD 50", "read 50 1535",
            "FIONREAD 50");
        assertThat(frames).containsExactly(octets(72), octets(1526));
        assertThat(drops).isEmpty();
    }

    @Test
    void aSuperFrameIsReadWhole() throws IOException {
        openForSuperFrames();
        calls.queued.add(octets(12 + 2000));
        calls.queued.add(octets(12 + 65535));
        device.read(this);
        assertThat(calls.calls).containsExactly("FIONREAD 50", "read 50 3070", "FIONREAD 50", "read 50 65548",
            "FIONREAD 50");
        assertThat(frames).containsExactly(octets(12 + 2000), octets(12 + 65535));
        assertThat(device.receiveCapacity()).isEqualTo(65548);
    }

    @Test
    void theSinkEndsTheRound() throws IOException {
        open(VnetHeaderLength.NONE);
        calls.queued.add(octets(60));
        calls.queued.add(octets(61));
        budget = 1;
        device.read(this);
        assertThat(frames).hasSize(1);
        assertThat(calls.calls).endsWith("read 50 1523");
    }

    @ParameterizedTest
    @CsvSource({"EAGAIN", "EHOSTDOWN", "EIO"})
    void anErrorWithoutConsequenceIsNothingToRead(Errno error) throws IOException {
        open(VnetHeaderLength.NONE);
        calls.queued.add(octets(60));
        calls.fail("read", error);
        device.read(this);
        assertThat(frames).isEmpty();
        assertThat(drops).isEmpty();
        device.read(this);
        assertThat(frames).hasSize(1);
    }

    @Test
    void aSignalIsNoEnd() throws IOException {
        open(VnetHeaderLength.NONE);
        calls.queued.add(octets(60));
        calls.fail("read", Errno.EINTR);
        device.read(this);
        assertThat(frames).hasSize(1);
    }

    @Test
    void aHeaderWithoutAFrameIsCounted() throws IOException {
        open(VnetHeaderLength.LEGACY);
        calls.queued.add(octets(10 + 60));
        calls.queued.add(octets(10 + 61));
        calls.answer("read", 10);
        device.read(this);
        assertThat(drops).containsExactly(DropReason.MALFORMED);
        assertThat(frames).as("a drop ends the read").isEmpty();
        device.read(this);
        assertThat(frames).hasSize(2);
    }

    @Test
    void aFrameThatFilledItsBufferIsCounted() throws IOException {
        open(VnetHeaderLength.NONE);
        calls.queued.add(octets(60));
        calls.answer("read", 1523);
        calls.mtu = 4000;
        device.read(this);
        assertThat(drops).containsExactly(DropReason.TRUNCATED);
        assertThat(device.receiveCapacity()).isEqualTo(4023);
        device.read(this);
        assertThat(frames).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"FIONREAD, ENXIO", "read, EBADF"})
    void aDeviceThatIsGoneEndsTheChannel(String call, Errno error) throws IOException {
        openForSuperFrames();
        calls.queued.add(octets(60));
        calls.fail(call, error);
        assertThatThrownBy(() -> device.read(this)).isInstanceOf(IOException.class)
            .hasMessageContaining("tap:tap0 is gone");
        calls.fail("write", error);
        assertThatThrownBy(() -> write(60)).isExactlyInstanceOf(IOException.class).hasMessageContaining("is gone");
    }

    @Test
    void oneWriteAFrame() throws IOException {
        open(VnetHeaderLength.NONE);
        assertThat(write(60)).isEqualTo(FrameDevice.WRITTEN);
        assertThat(calls.calls).containsExactly("write 50 60");
        assertThat(calls.written).hasSize(1);
        calls.fail("write", Errno.EAGAIN);
        assertThat(write(60)).isEqualTo(FrameDevice.FULL);
    }

    @Test
    void nothingWrittenIsAnInterfaceThatIsDown() throws IOException {
        open(VnetHeaderLength.NONE);
        device.change(TapChannelOption.UP, false);
        assertRefused(60, DropReason.DOWN, "'ifconfig tap0 up' as root; with 'sysctl net.link.tap.up_on_open=1'");
        device.change(TapChannelOption.UP, true);
        assertThat(write(60)).isEqualTo(FrameDevice.WRITTEN);
        assertThat(calls.written).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"EIO, TOO_LONG, TAPMRU", "ENOBUFS, NO_BUFFERS, no memory", "EINVAL, REFUSED, invalid"})
    void whatTheKernelRefuses(Errno error, DropReason reason, String message) throws IOException {
        open(VnetHeaderLength.NONE);
        calls.fail("write", error);
        assertRefused(60, reason, message);
        assertThat(write(60)).isEqualTo(FrameDevice.WRITTEN);
    }

    @Test
    void whatTheKernelWouldSwallowIsNotWritten() throws IOException {
        open(VnetHeaderLength.MERGEABLE);
        assertRefused(0, DropReason.REFUSED, "14 bytes");
        assertRefused(25, DropReason.REFUSED, "behind a vnet header of 12 bytes");
        assertThat(calls.calls).isEmpty();
        assertThat(write(26)).isEqualTo(FrameDevice.WRITTEN);
    }

    /** The driver drops such a frame and calls it written. */
    @Test
    void aChecksumThatTheDriverDoesNotFindIsRefused() throws IOException {
        open(VnetHeaderLength.MERGEABLE);
        ByteBuf frame = Unpooled.directBuffer().writeZero(12 + 14 + 40).setShort(12 + 12, 0x0800)
            .setByte(12 + 14, 0x45).setByte(12 + 14 + 9, 6);
        assertThat(device.write(frame)).as("nothing to complete").isEqualTo(FrameDevice.WRITTEN);
        frame.setByte(0, 1).setShortLE(6, 34).setShortLE(8, 16);
        assertThat(device.write(frame)).isEqualTo(FrameDevice.WRITTEN);
        calls.calls.clear();
        frame.setShortLE(6, 2);
        assertThatThrownBy(() -> device.write(frame)).isInstanceOfSatisfying(FrameRefusedException.class,
            refused -> assertThat(refused.reason()).isEqualTo(DropReason.REFUSED))
            .hasMessageContaining("may point at no checksum of TCP or UDP");
        assertThat(calls.calls).as("not offered to it").isEmpty();
        frame.release();
    }

    @Test
    void optionsOfTheOpenDevice() throws IOException {
        open(VnetHeaderLength.NONE);
        device.change(TapChannelOption.MTU, 9000);
        assertThat(device.read(TapChannelOption.MTU)).isEqualTo(9000);
        assertThat(device.read(TapChannelOption.MAC_ADDRESS)).hasToString("58:9c:fc:00:00:01");
        device.change(TapChannelOption.MAC_ADDRESS, MacAddress.parse("02:00:00:00:00:02"));
        assertThat(calls.mac).isEqualTo(0x02_00_00_00_00_02L);
        assertThatThrownBy(() -> device.change(TapChannelOption.MTU, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> device.change(TapChannelOption.CARRIER, true))
            .isInstanceOf(IllegalStateException.class).hasMessageContaining("CARRIER of tap:tap0");
    }

    private void assertRefused(int length, DropReason reason, String message) {
        assertThatThrownBy(() -> write(length)).isInstanceOfSatisfying(FrameRefusedException.class,
            refused -> assertThat(refused.reason()).isEqualTo(reason)).hasMessageContaining(message);
    }

    @Test
    void aNameOfAnyBytesIsShownEscaped() throws IOException {
        open(VnetHeaderLength.NONE);
        calls.name = "t\033[31m\u00e9";
        assertThat(device.localAddress()).hasToString("tap:t\\x1b[31m\\xe9");
        assertThat(device.read(TapChannelOption.MTU)).isEqualTo(1500);
        assertThat(device.drops()).isEqualTo(DeviceDrops.UNKNOWN);
    }

    @Test
    void aRenameBetweenTheNameAndTheRequestIsFollowed() throws IOException {
        open(VnetHeaderLength.NONE);
        calls.renamed = "uplink";
        assertThat(device.read(TapChannelOption.MTU)).isEqualTo(1500);
        calls.renamed = "downlink";
        device.change(TapChannelOption.MTU, 1400);
        assertThat(calls.mtu).isEqualTo(1400);
        calls.renamed = "tap0";
        device.change(TapChannelOption.MAC_ADDRESS, MacAddress.parse("02:00:5e:10:00:01"));
        assertThat(calls.mac).isEqualTo(0x02_00_5e_10_00_01L);
        calls.renamed = "tap1";
        device.change(TapChannelOption.UP, false);
        assertThat(calls.flags & 1).isZero();
        // A tap that is gone is not queried again and again.
        calls.fail("SIOCGIFMTU", Errno.ENXIO);
        assertThatThrownBy(() -> device.read(TapChannelOption.MTU)).hasMessageContaining("ENXIO");
    }
}

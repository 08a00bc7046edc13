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
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.Ioctl;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.remote.FreeBsdInterface;
import io.ringtap.testsuite.remote.FreeBsdMachine;
import io.ringtap.testsuite.remote.PacketFilter;
import io.ringtap.testsuite.remote.RequiresFreeBsd;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedDeque;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What the tap and TUN devices of a FreeBSD kernel do, on which the code relies. */
@RequiresFreeBsd
class FreeBsdKernelTapTest {
    private static final int SYS_CHOWN = 16;
    private static final int SYS_DUP = 41;
    private static final int USER = 1001;
    private static final int IFF_PPROMISC = 0x20000;
    private static final int ENOENT = 2;
    private static final int EINVAL = 22;
    private static final int EAGAIN = 35;
    private static final int PATIENCE_MILLIS = 30_000;
    private static final VirtioNetOffloads TSO =
        VirtioNetOffloads.of(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4, VirtioNetOffload.TSO6);

    private static final byte[] BROADCAST = ethernet("88b5" + "00".repeat(46));

    private static FreeBsdMachine machine;

    private final Deque<Closeable> open = new ConcurrentLinkedDeque<>();

    @BeforeAll
    static void use(FreeBsdMachine inUse) {
        machine = inUse;
    }

    /** Devices before their interfaces, as destroying an interface waits for its device to be closed. */
    @AfterEach
    void close() throws IOException {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    private FreeBsdInterface create(String name) throws IOException {
        FreeBsdInterface made = FreeBsdInterface.create(machine, name);
        open.push(made);
        return made;
    }

    private FreeBsdTapDevice open(String name, Map<ChannelOption<?>, Object> options) throws IOException {
        TunKind kind = name.startsWith("tun") ? TunKind.TUN : TunKind.TAP;
        FreeBsdTapDevice device = FreeBsdTapOpener.open(DeviceCalls.ofSystem(), kind,
            kind == TunKind.TUN ? new TunAddress(name) : new TapAddress(name), TapSettings.of(kind, options));
        open.push(device::close);
        return device;
    }

    /** Runs what a user without privilege does, whose device it is. */
    private static <T> T asOwner(FreeBsdInterface device, Callable<T> work) throws Exception {
        byte[] path = ("/dev/" + device.name() + '\0').getBytes(StandardCharsets.US_ASCII);
        FreeBsdMachine.check("chown", machine.call(SYS_CHOWN, path, 0, 0, USER, USER));
        return machine.asUser(USER, USER, work);
    }

    private static int write(FrameDevice device, byte[] frame) throws IOException {
        ByteBuf buf = Unpooled.directBuffer(frame.length).writeBytes(frame);
        try {
            return device.write(buf);
        } finally {
            buf.release();
        }
    }

    @ParameterizedTest
    @CsvSource({"tap%d, 'ifconfig tap create'", "tap71, 'ifconfig tap71 create'", "vmnet7, 'ifconfig vmnet7 create'"})
    void withoutUserOpenAUserMakesNoDeviceByOpeningIt(String name, String advice) throws Exception {
        machine.asUser(USER, USER, () -> {
            assertThatThrownBy(() -> open(name, Map.of())).isInstanceOfSatisfying(SystemCallException.class,
                e -> assertThat(e.errno()).isEqualTo(ENOENT))
                .hasMessageContainingAll("ENOENT", "net.link.tap.user_open", advice)
                .hasMessageNotContaining("kldload");
            return null;
        });
    }

    @Test
    void aUserMakesNoTunByOpeningIt() throws Exception {
        machine.asUser(USER, USER, () -> {
            assertThatThrownBy(() -> open("tun71", Map.of()))
                .hasMessageContainingAll("ENOENT", "net.link.tun.devfs_cloning", "ifconfig tun71 create")
                .hasMessageNotContaining("user_open");
            return null;
        });
    }

    @Test
    void withoutCloningNobodyMakesADeviceByOpeningIt() throws Exception {
        machine.setSysctl("net.link.tap.devfs_cloning", 0);
        try {
            assertThatThrownBy(() -> open("tap71", Map.of()))
                .hasMessageContainingAll("ENOENT", "net.link.tap.devfs_cloning", "ifconfig tap71 create");
        } finally {
            machine.setSysctl("net.link.tap.devfs_cloning", 1);
        }
    }

    @Test
    void aNameThatIsNoDevice() {
        assertThatThrownBy(() -> open("uplink0", Map.of())).hasMessageContainingAll("ENOENT", "no driver 'uplink'");
    }

    /** What opening has made belongs to uucp, and stays. */
    @Test
    void withUserOpenTheDeviceIsMadeAndIsNotTheUsers() throws Exception {
        machine.setSysctl("net.link.tap.user_open", 1);
        try {
            machine.asUser(USER, USER, () -> {
                assertThatThrownBy(() -> open("tap72", Map.of())).hasMessageContainingAll("EACCES", "uucp",
                    "devfs.rules").hasMessageNotContaining("user_open");
                return null;
            });
        } finally {
            open.push(FreeBsdInterface.existing(machine, "tap72"));
            machine.setSysctl("net.link.tap.user_open", 0);
        }
    }

    @Test
    void theOwnerOfADeviceOpensItWithoutUserOpen() throws Exception {
        FreeBsdInterface tap = create("tap71");
        asOwner(tap, () -> {
            open("tap71", Map.of()).close();
            return null;
        });
    }

    @Test
    void aTapOfAUserIsDownUnlessOpeningSetsItUp() throws Exception {
        FreeBsdInterface tap = create("tap71");
        asOwner(tap, () -> {
            FreeBsdTapDevice device = open("tap71", Map.of());
            assertThatThrownBy(() -> write(device, TestFrames.frame(1)))
                .isInstanceOfSatisfying(FrameRefusedException.class,
                    e -> assertThat(e.reason()).isEqualTo(DropReason.DOWN))
                .hasMessageContaining("sysctl net.link.tap.up_on_open=1");
            assertThatThrownBy(() -> device.change(TapChannelOption.UP, true))
                .hasMessageContainingAll("EPERM", "sysctl net.link.tap.up_on_open=1");
            device.close();
            assertThatThrownBy(() -> open("tap71", Map.of(TapChannelOption.UP, true)))
                .hasMessageContainingAll("tap:tap71", "EPERM", "sysctl net.link.tap.up_on_open=1");
            return null;
        });
        machine.setSysctl("net.link.tap.up_on_open", 1);
        try (PacketFilter far = PacketFilter.open(machine, "tap71")) {
            asOwner(tap, () -> {
                FreeBsdTapDevice device = open("tap71", Map.of(TapChannelOption.UP, true));
                // Not promiscuous: of other frames, it passes on those for its own address alone.
                assertThat(write(device, BROADCAST)).isEqualTo(FrameDevice.WRITTEN);
                device.close();
                return null;
            });
            assertThat(far.receive(PATIENCE_MILLIS)).isEqualTo(BROADCAST);
        } finally {
            machine.setSysctl("net.link.tap.up_on_open", 0);
        }
        assertThat(tap.isUp()).as("closing it sets it down").isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tap71", "tun71"})
    void theLeastMtu(String name) throws IOException {
        FreeBsdInterface device = create(name);
        assertThatThrownBy(() -> device.setMtu(FreeBsdTap.MIN_MTU - 1)).hasMessageContaining("error " + EINVAL);
        assertThatThrownBy(() -> open(name, Map.of(TapChannelOption.MTU, FreeBsdTap.MIN_MTU - 1)))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("72 to");
        FreeBsdTapDevice open = open(name, Map.of(TapChannelOption.MTU, FreeBsdTap.MIN_MTU));
        assertThat(open.read(TapChannelOption.MTU)).isEqualTo(FreeBsdTap.MIN_MTU);
        open.close();
    }

    @Test
    void offloadsAreThoseThatTheInterfaceHas() throws Exception {
        Map<ChannelOption<?>, Object> wanted = Map.of(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE,
            FrameChannelOption.OFFLOADS, TSO);
        FreeBsdInterface tap = create("tap71");
        asOwner(tap, () -> {
            FreeBsdTapDevice device = open("tap71", wanted);
            assertThat(device.vnetHeaderLength()).isEqualTo(12);
            assertThat(device.read(FrameChannelOption.OFFLOADS)).isEqualTo(VirtioNetOffloads.NONE);
            device.close();
            return null;
        });
        FreeBsdTapDevice device = open("tap71", wanted);
        assertThat(device.read(FrameChannelOption.OFFLOADS)).isEqualTo(TSO);
        FreeBsdTapDevice same =
            FreeBsdTapOpener.adopt(DeviceCalls.ofSystem(), TunKind.TAP,
                (int) machine.call(SYS_DUP, device.descriptor()));
        assertThat(same.vnetBackend().gives()).as("of an adopted descriptor").isEqualTo(TSO);
        same.close();
        device.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tap71", "vmnet71"})
    void theInterfaceIsPromiscuousForAsLongAsItIsOpen(String name) throws IOException {
        FreeBsdInterface tap = create(name);
        FreeBsdTapDevice device = open(name, Map.of(TapChannelOption.UP, true));
        assertThat(tap.flags() & IFF_PPROMISC).isNotZero();
        device.close();
        assertThat(tap.flags() & IFF_PPROMISC).isZero();
        assertThat(tap.isUp()).as("a vmnet stays up").isEqualTo(name.startsWith("vmnet"));
    }

    @Test
    void aTunHasTheAddressFamilyInFrontForAsLongAsItIsOpen() throws IOException {
        FreeBsdInterface tun = create("tun71");
        FreeBsdTapDevice device = open(tun.name(), Map.of());
        device.close();
        int fd = SystemCalls.open("/dev/tun71", SystemCalls.O_RDWR);
        open.push(() -> SystemCalls.close(fd));
        NativeMemory prefix = NativeMemory.allocate(Integer.BYTES);
        assertThat(SystemCalls.ioctl(fd, FreeBsdTap.TUNGIFHEAD, prefix)).isZero();
        assertThat(prefix.buffer().getInt(0)).as("the next program to open it finds it as it was").isZero();
    }

    /** Each header is tried on the kernel, whose answer is the same whether or not it drops the frame. */
    @Test
    void headersThatTheDriverDropsAreRefused() throws IOException {
        List<byte[]> packets = List.of(ethernet("0800450000280000000040060000c0000201c0000202" + "00".repeat(20)),
            ethernet("81000001" + "0800450000280000000040060000c0000201c0000202" + "00".repeat(20)),
            ethernet("08004500001c0000000040110000c0000201c0000202" + "00".repeat(8)),
            ethernet("08004500001b0000000040110000c0000201c0000202" + "00".repeat(7)),
            ethernet("0800450000270000000040060000c0000201c0000202" + "00".repeat(19)),
            ethernet("08004500001c0000000040010000c0000201c0000202" + "00".repeat(8)),
            ethernet("86dd6000000000140640" + "20010db8" + "00".repeat(11) + "01" + "20010db8" + "00".repeat(11) + "02"
                + "00".repeat(20)),
            ethernet("86dd6000000000143c40" + "20010db8" + "00".repeat(11) + "01" + "20010db8" + "00".repeat(11) + "02"
                + "060104" + "00".repeat(13) + "00".repeat(19)),
            ethernet("86dd6000000000142c40" + "20010db8" + "00".repeat(11) + "01" + "20010db8" + "00".repeat(11) + "02"
                + "0600000800000000"),
            ethernet("0806" + "00".repeat(28)), ethernet("88a80001" + "0800" + "00".repeat(40)), ethernet("86dd"));
        int[][] headers = {{0, 9999, 9999}, {1, 34, 16}, {1, 34, 6}, {1, 38, 16}, {1, 18, 16}, {1, 17, 16},
            {1, 0, 16}, {1, 34, 10}, {1, 34, 0}, {2, 0, 0}, {3, 0, 0}, {1, 60000, 16}, {1, 54, 16}};
        VirtioNetHeader layout = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
        FreeBsdChecksums checksums = new FreeBsdChecksums(layout);
        int dropped = 0;
        FreeBsdInterface tap = create("tap71");
        try (PacketFilter far = PacketFilter.open(machine, tap.name())) {
            FreeBsdTapDevice device = open(tap.name(), Map.of(TapChannelOption.UP, true,
                FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE));
            for (byte[] packet : packets) {
                for (int[] header : headers) {
                    ByteBuf frame = Unpooled.directBuffer().writeZero(12).writeBytes(packet);
                    layout.setFlags(frame, 0, header[0]);
                    layout.setCsumStart(frame, 0, header[1]);
                    layout.setCsumOffset(frame, 0, header[2]);
                    boolean taken = checksums.isTaken(frame);
                    assertThat(DeviceCalls.ofSystem().write(device.descriptor(), frame))
                        .isEqualTo(frame.readableBytes());
                    assertThat(isReceived(device, far, packet))
                        .as(ByteBufUtil.hexDump(packet) + " behind " + Arrays.toString(header)).isEqualTo(taken);
                    if (!taken) {
                        dropped++;
                        assertThatThrownBy(() -> device.write(frame)).isInstanceOfSatisfying(
                            FrameRefusedException.class, e -> assertThat(e.reason()).isEqualTo(DropReason.REFUSED));
                    }
                    frame.release();
                }
            }
            device.close();
        }
        assertThat(dropped).isGreaterThan(50);
    }

    private static byte[] ethernet(String rest) {
        return ByteBufUtil.decodeHexDump("ffffffffffff020000000001" + rest);
    }

    /** Whether a frame that was written arrived: a later one has not overtaken it. */
    private static boolean isReceived(FreeBsdTapDevice device, PacketFilter far, byte[] frame) throws IOException {
        byte[] marker = TestFrames.frame(7);
        byte[] message = new byte[12 + marker.length];
        System.arraycopy(marker, 0, message, 12, marker.length);
        assertThat(write(device, message)).isEqualTo(FrameDevice.WRITTEN);
        boolean received = false;
        byte[] next = far.receive(PATIENCE_MILLIS);
        while (!Arrays.equals(next, marker)) {
            assertThat(next).isNotNull();
            received |= Arrays.equals(next, frame);
            next = far.receive(PATIENCE_MILLIS);
        }
        return received;
    }

    @ParameterizedTest
    @ValueSource(strings = {"tap71", "vmnet71", "tun71"})
    void nothingToReadIsEagainWhetherUpOrDown(String name) throws IOException {
        FreeBsdInterface device = create(name);
        FreeBsdTapDevice open = open(device.name(), Map.of());
        ByteBuf buf = Unpooled.directBuffer(2048);
        for (boolean up : new boolean[] {false, true, false}) {
            open.change(TapChannelOption.UP, up);
            // An interface that is set up may have packets of its own to send.
            long n;
            do {
                n = DeviceCalls.ofSystem().read(open.descriptor(), buf);
            } while (n > 0);
            assertThat(n).isEqualTo(-EAGAIN);
        }
        buf.release();
        open.close();
    }

    @Test
    void anAddressThatTheInterfaceHasNot() throws IOException {
        FreeBsdInterface tap = create("tap71");
        int socket = SystemCalls.socket(FamilyPrefix.AF_INET, FreeBsdTap.SOCK_DGRAM, 0);
        NativeMemory request = NativeMemory.allocate(FreeBsdTap.IFREQ_SIZE);
        request.putCString(0, tap.name());
        request.buffer().put(16, (byte) 16).put(17, (byte) FamilyPrefix.AF_INET).putInt(20, 0x0202_00c0);
        int result = SystemCalls.ioctl(socket, Ioctl.bsdWrite('i', 25, FreeBsdTap.IFREQ_SIZE), request);
        assertThat(Errno.EADDRNOTAVAIL.is(result)).isTrue();
        assertThatThrownBy(() -> SystemCalls.check("ioctl(SIOCDIFADDR)", result))
            .hasMessageStartingWith("ioctl(SIOCDIFADDR) failed: EADDRNOTAVAIL");
        SystemCalls.close(socket);
    }

    @Test
    void aSecondOpenIsRefused() throws IOException {
        FreeBsdInterface tap = create("tap71");
        FreeBsdTapDevice device = open(tap.name(), Map.of());
        assertThatThrownBy(() -> open(tap.name(), Map.of())).hasMessageContainingAll("EBUSY", "another program");
        device.close();
    }
}

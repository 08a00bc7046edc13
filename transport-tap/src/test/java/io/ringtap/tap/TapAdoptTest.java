/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.channel.DeviceEvent;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.system.PacketSocket;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A descriptor that somebody else has opened, such as a privileged parent process. */
class TapAdoptTest extends RealTapTest {
    /** Attaches as any other program does: with a blocking descriptor, and without setting a header length. */
    private int attached(int flags) throws Exception {
        int fd = NetworkNamespace.call(namespace.name(), () -> {
            int opened = SystemCalls.check("open", SystemCalls.open("/dev/net/tun", SystemCalls.O_RDWR));
            NativeMemory request = NativeMemory.allocate(LinuxTun.IFREQ_SIZE);
            request.putCString(0, "t0");
            request.buffer().putShort(LinuxTun.IFREQ_FLAGS, (short) flags);
            SystemCalls.check("TUNSETIFF", SystemCalls.ioctl(opened, LinuxTun.TUNSETIFF, request));
            return opened;
        });
        namespace.ip("link", "set", "t0", "up");
        return fd;
    }

    private TapChannel register(TapChannel tap) throws Exception {
        return track(group.register(tap).sync());
    }

    @Test
    void anAdoptedDescriptorIsActiveOnceRegistered() throws Exception {
        FrameCollector collector = new FrameCollector();
        TapChannel tap = new TapChannel(attached(LinuxTun.IFF_TAP | LinuxTun.IFF_NO_PI));
        tap.pipeline().addLast(collector);
        register(tap);
        assertThat(tap.isActive()).isTrue();
        assertThat(tap.localAddress()).isEqualTo(new TapAddress("t0"));
        assertThat(tap.vnetHeaderLength()).isZero();
        await("active", () -> collector.events().contains("active"));
        PacketSocket peer = packetSocket("t0");
        peer.send(TestFrames.frame(1));
        assertThat(collector.next()).isEqualTo(TestFrames.frame(1));
        assertThat(write(tap, TestFrames.frame(2))).isNull();
        assertThat(receive(peer)).isEqualTo(TestFrames.frame(2));
        namespace.ip("link", "set", "t0", "mtu", "1300");
        await("MtuChanged",
            () -> collector.deviceEvents().contains(new DeviceEvent.MtuChanged(1500, 1300)));
    }

    @Test
    void itsHeaderStaysAsItWas() throws Exception {
        TapChannel tap = new TapChannel(attached(LinuxTun.IFF_TAP | LinuxTun.IFF_NO_PI | LinuxTun.IFF_VNET_HDR));
        register(tap);
        assertThat(tap.vnetHeaderLength()).isEqualTo(10);
        assertThat(tap.config().getVnetHeader()).isEqualTo(VnetHeaderLength.LEGACY);
        assertThat(tap.config().getOffloads()).isEqualTo(VirtioNetOffloads.ALL);
    }

    @Test
    void theDescriptorIsClosedWithTheChannelAlsoUnregistered() throws Exception {
        TapChannel tap = new TapChannel(attached(LinuxTun.IFF_TAP | LinuxTun.IFF_NO_PI));
        tap.unsafe().closeForcibly();
        assertThat(namespace.ip("-br", "link")).doesNotContain("t0");
    }

    @Test
    void aDescriptorOfSomethingElseIsRefusedAndStaysOpen() throws Exception {
        int notTun = SystemCalls.open("/dev/null", SystemCalls.O_RDWR | SystemCalls.O_CLOEXEC);
        assertThatThrownBy(() -> new TapChannel(notTun)).isInstanceOf(SystemCallException.class)
            .hasMessageContaining("TUNGETIFF");
        assertThat(SystemCalls.close(notTun)).isZero();
        int tun = attached(1 | LinuxTun.IFF_NO_PI);
        assertThatThrownBy(() -> new TapChannel(tun)).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContainingAll("t0", "IFF_TAP");
        assertThat(SystemCalls.close(tun)).isZero();
    }
}

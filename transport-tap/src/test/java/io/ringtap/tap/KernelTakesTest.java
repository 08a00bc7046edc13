/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetHeaderValidator;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VirtioNetVerdict;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The Linux kernel accepts every frame that Ringtap finds valid. Otherwise a guest could make the kernel refuse frames,
 * and a refusal would be taken for a limit of the kernel.
 */
@RequiresTap
class KernelTakesTest {
    private static final VirtioNetHeader HEADER = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
    private static final int FRAMES = 20_000;
    private static final int[] TYPES = {VirtioNetHeader.GSO_NONE, VirtioNetHeader.GSO_TCPV4, VirtioNetHeader.GSO_TCPV6,
        VirtioNetHeader.GSO_TCPV4 | VirtioNetHeader.GSO_ECN, VirtioNetHeader.GSO_UDP, VirtioNetHeader.GSO_UDP_L4};

    private final VirtioNetHeaderValidator validator = new VirtioNetHeaderValidator(HEADER, VirtioNetOffloads.ALL);
    private final Random random = new Random(31);
    private TestNamespace namespace;
    private int fd;

    @BeforeEach
    void openTap() throws IOException {
        namespace = TestNamespace.create();
        fd = NetworkNamespace.call(namespace.name(), () -> {
            int opened = SystemCalls.check("open", SystemCalls.open(LinuxTun.DEVICE_NODE,
                SystemCalls.O_RDWR | SystemCalls.O_CLOEXEC));
            NativeMemory request = NativeMemory.allocate(LinuxTun.IFREQ_SIZE);
            request.putCString(0, "t0");
            request.buffer().putShort(LinuxTun.IFREQ_FLAGS,
                (short) (LinuxTun.IFF_TAP | LinuxTun.IFF_NO_PI | LinuxTun.IFF_VNET_HDR));
            SystemCalls.check("TUNSETIFF", SystemCalls.ioctl(opened, LinuxTun.TUNSETIFF, request));
            NativeMemory length = NativeMemory.allocate(Integer.BYTES);
            length.buffer().putInt(0, HEADER.bytes());
            SystemCalls.check("TUNSETVNETHDRSZ",
                SystemCalls.ioctl(opened, LinuxTun.TUNSETVNETHDRSZ, length));
            return opened;
        });
        namespace.ip("link", "set", "t0", "up");
    }

    @AfterEach
    void closeAll() throws IOException {
        SystemCalls.close(fd);
        namespace.close();
    }

    private long write(ByteBuf message) {
        int length = message.readableBytes();
        return SystemCalls.write(fd, NativeMemory.addressOf(message, message.readerIndex(), length), length);
    }

    @Test
    void aFrameThatIsFoundValid() {
        int valid = 0;
        for (int i = 0; i < FRAMES; i++) {
            PacketBuilder packet = packet();
            ByteBuf message = packet.partial().build(HEADER.bytes());
            HEADER.setFlags(message, 0, VirtioNetHeader.NEEDS_CSUM);
            HEADER.setGsoType(message, 0, TYPES[random.nextInt(TYPES.length)]);
            HEADER.setGsoSize(message, 0, random.nextInt(1 << random.nextInt(1, 17)));
            HEADER.setCsumStart(message, 0, packet.transportOffset() + seldom());
            HEADER.setCsumOffset(message, 0, packet.checksumOffset() + seldom());
            if (validator.validate(message) == VirtioNetVerdict.VALID) {
                valid++;
                assertThat(Errno.EINVAL.is(write(message))).as("%s: refused: gso_type %s, gso_size %s of %s", i,
                    HEADER.gsoType(message, 0), HEADER.gsoSize(message, 0), message.readableBytes()).isFalse();
            }
            message.release();
        }
        assertThat(valid).isGreaterThan(FRAMES / 20);
    }

    private int seldom() {
        return random.nextInt(8) == 0 ? random.nextInt(9) : 0;
    }

    private PacketBuilder packet() {
        int version = random.nextBoolean() ? 4 : 6;
        PacketBuilder packet = random.nextBoolean() ? PacketBuilder.tcp(version) : PacketBuilder.udp(version);
        if (random.nextInt(4) == 0) {
            packet.tag(0x8100, random.nextInt(4000));
        }
        if (version == 6 && random.nextInt(4) == 0) {
            packet.extension(60, new byte[7]);
        }
        return packet.randomPayload(random, random.nextInt(1 << random.nextInt(1, 16)))
            .padding(random.nextBoolean() ? random.nextInt(60) : 0);
    }

    /** 128 datagrams, and 46 octets more. The kernel would refuse it, so it is not written to the kernel. */
    @Test
    void datagramsWithPaddingBehindThemAreRefusedByBoth() {
        ByteBuf message = PacketBuilder.udp(4).payload(new byte[1151]).padding(46).partial().build(HEADER.bytes());
        HEADER.setFlags(message, 0, VirtioNetHeader.NEEDS_CSUM);
        HEADER.setGsoType(message, 0, VirtioNetHeader.GSO_UDP_L4);
        HEADER.setGsoSize(message, 0, 9);
        HEADER.setCsumStart(message, 0, 34);
        HEADER.setCsumOffset(message, 0, 6);
        assertThat(Errno.EINVAL.is(write(message))).isTrue();
        assertThat(validator.validate(message)).isSameAs(VirtioNetVerdict.TOO_MANY_SEGMENTS);
        message.release();
    }
}

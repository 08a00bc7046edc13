/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.RouteNetlink;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What another process with the descriptors of a bound socket may write into its rings, in place of the kernel: the
 * test is the producer of rings in which nothing happens.
 */
@RequiresTap
class CorruptRingsTest {
    private static final int RX = 0;
    private static final int TX = AfXdp.RING_OFFSET;
    private static final int COMPLETION = 3 * AfXdp.RING_OFFSET;
    private static final int CONSUMER = 8;

    private final NativeMemory offsets = NativeMemory.allocate(AfXdp.MMAP_OFFSETS);
    private final List<DropReason> drops = new ArrayList<>();
    private final List<ByteBuf> frames = new ArrayList<>();
    private TestNamespace namespace;
    private XdpSocket socket;
    private Umem umem;
    private XdpReceiver receiver;
    private XdpSender sender;
    private FrameBatch batch;
    private int forged;

    @BeforeEach
    void open() throws Exception {
        namespace = TestNamespace.create();
        // No address, and so nothing that the kernel sends by itself.
        namespace.ip("link", "add", "va", "type", "veth", "peer", "name", "vb");
        socket = NetworkNamespace.call(namespace.name(), () -> {
            try (RouteNetlink links = RouteNetlink.open()) {
                return XdpSocket.open(links.link("va").index(), 0, 2048);
            }
        });
        SystemCalls.check("XDP_MMAP_OFFSETS",
            SystemCalls.getsockopt(socket.descriptor(), AfXdp.SOL_XDP, AfXdp.XDP_MMAP_OFFSETS, offsets));
        umem = socket.pool().umem();
        receiver = new XdpReceiver(socket);
        sender = new XdpSender(socket);
    }

    @AfterEach
    void close() throws Exception {
        frames.forEach(ByteBuf::release);
        if (batch != null) {
            batch.release();
        }
        socket.close();
        namespace.close();
    }

    private final FrameSink sink = new FrameSink() {
        @Override
        public ByteBuf allocate(int capacity) {
            return Unpooled.directBuffer(capacity);
        }

        @Override
        public boolean frame(ByteBuf frame) {
            frames.add(frame);
            return true;
        }

        @Override
        public FrameBatch batch() {
            return batch;
        }

        @Override
        public int room(int longest) {
            return 64;
        }

        @Override
        public boolean added(int count) {
            return true;
        }

        @Override
        public void drop(DropReason reason) {
            drops.add(reason);
        }
    };

    private void forge(long address, int length, int options) {
        XdpRing rx = socket.rx();
        int at = rx.entryToRead(forged++);
        rx.memory().putLong(at, address).putInt(at + AfXdp.DESC_LEN, length).putInt(at + AfXdp.DESC_OPTIONS, options);
    }

    private void setCounter(XdpRing ring, int offset, int value) {
        ring.memory().putInt((int) offsets.buffer().getLong(offset), value);
    }

    private int received() {
        return batch == null ? frames.size() : batch.size();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void descriptorsThatNameNoFrameAreDroppedAndGiveTheKernelNothing(boolean batches) throws IOException {
        batch = batches ? FrameBatch.newInstance() : null;
        int lies = 0;
        for (long address : new long[] {umem.length(), -1, Long.MIN_VALUE, 1L << 32, (long) umem.length() + 256}) {
            forge(address, 60, 0);
            lies++;
        }
        // Of a chunk that the kernel was given: too long, across its end, negative, shorter than a header.
        for (long[] lie : new long[][] {{0, 2049}, {2000, 60}, {0, -1}, {0, Integer.MIN_VALUE}, {0, 13}, {0, 0}}) {
            forge(first() + lie[0], (int) lie[1], 0);
            lies++;
        }
        // One that the kernel was not given, as it is free to be sent.
        int free = socket.pool().toSend();
        socket.pool().free(free);
        forge(umem.addressOf(free), 60, 0);
        lies++;
        forge(second() + 256, 60, 0);
        // The same again, as if it had been filled twice.
        forge(second() + 256, 60, 0);
        lies++;
        setCounter(socket.rx(), RX, forged);
        receiver.read(sink);
        assertThat(drops).hasSize(lies).containsOnly(DropReason.MALFORMED);
        assertThat(received()).isEqualTo(1);
        assertThat(socket.fill().pending()).as("chunks of the kernel")
            .isLessThanOrEqualTo(XdpSocket.RING);
    }

    private long first() {
        return socket.fill().memory().getLong(entry(0));
    }

    private long second() {
        return socket.fill().memory().getLong(entry(1));
    }

    private int entry(int number) {
        return (int) offsets.buffer().getLong(2 * AfXdp.RING_OFFSET + 16) + number * AfXdp.ADDRESS;
    }

    @Test
    void aFrameWithoutAnEndIsWaitedFor() throws IOException {
        forge(first(), 60, AfXdp.XDP_PKT_CONTD);
        setCounter(socket.rx(), RX, 1);
        receiver.read(sink);
        assertThat(received() + drops.size()).isZero();
        forge(second(), 60, 0);
        setCounter(socket.rx(), RX, 2);
        receiver.read(sink);
        assertThat(frames).singleElement().satisfies(frame -> assertThat(frame.readableBytes()).isEqualTo(120));
    }

    @ParameterizedTest
    @ValueSource(ints = {XdpSocket.RING + 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void aProducerThatRunsAwayEndsTheDevice(int counter) {
        setCounter(socket.rx(), RX, counter);
        assertThatThrownBy(() -> receiver.read(sink)).isInstanceOf(IOException.class).hasMessageContaining("corrupt");
        setCounter(socket.completion(), COMPLETION, counter);
        assertThatThrownBy(() -> sender.flush()).isInstanceOf(IOException.class).hasMessageContaining("corrupt");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, -XdpSocket.RING - 1, Integer.MIN_VALUE})
    void aConsumerThatRunsAwayEndsTheDevice(int counter) {
        setCounter(socket.tx(), TX + CONSUMER, counter);
        assertThatThrownBy(() -> sender.hasRoom(1)).isInstanceOf(IOException.class).hasMessageContaining("corrupt");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MAX_VALUE, 1L << 32})
    void theCompletionOfAFrameThatWasNotSentEndsTheDevice(long address) {
        XdpRing completion = socket.completion();
        completion.memory().putLong(completion.entryToRead(0), address == 0 ? first() : address);
        setCounter(completion, COMPLETION, 1);
        int before = socket.pool().free();
        assertThatThrownBy(() -> sender.flush()).isInstanceOf(IOException.class).hasMessageContaining("corrupt");
        assertThat(socket.pool().free()).isEqualTo(before);
    }
}

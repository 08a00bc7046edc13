/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.ringtap.internal.unix.SharedMapping;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.internal.vhost.control.DeviceFeatures;
import io.ringtap.internal.vhost.queue.QueueFeatures;
import io.ringtap.internal.vhost.wire.LogArea;
import io.ringtap.internal.vhost.wire.Number64;
import io.ringtap.internal.vhost.wire.VhostRequest;
import io.ringtap.internal.vhost.wire.VringAddress;
import io.ringtap.testkit.Await;
import io.ringtap.testkit.LeakExtension;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.TestLoops;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** A front end that migrates its guest learns which pages the channel has written: those, and no others. */
@EnabledOnOs(OS.LINUX)
@ExtendWith(LeakExtension.class)
class DirtyLogTest {
    private static final int QUEUE = 256;
    private static final int PAGE = 4096;
    /** Of fcntl(2). */
    private static final int F_SEAL_SHRINK = 2;
    private static final long FIRST_PAGE = GuestPeer.GUEST / PAGE;

    @TempDir
    private Path folder;

    private final FrameCollector frames = new FrameCollector();
    private VhostChannel channel;
    private GuestPeer guest;

    /** The log, as a front end has it: sealed memory, which it reads and clears. */
    private static final class Log implements AutoCloseable {
        final long size;
        final int file;
        private final SharedMapping mapping;

        Log(int pages) throws IOException {
            size = (FIRST_PAGE + pages) / 8 + 8 & -8;
            file = SystemCalls.check("memfd_create", SystemCalls.memoryFile("ringtap-log"));
            SystemCalls.check("ftruncate", SystemCalls.truncate(file, size));
            SystemCalls.check("fcntl", SystemCalls.seal(file, F_SEAL_SHRINK));
            mapping = SharedMapping.map(file, size);
        }

        /** The pages of the guest that are marked, from its first one on; none is then. */
        Set<Integer> take() {
            ByteBuffer bits = mapping.buffer(0, (int) size);
            Set<Integer> pages = new TreeSet<>();
            for (int at = 0; at < size; at++) {
                for (int bit = 0; bit < 8; bit++) {
                    if ((bits.get(at) & 1 << bit) != 0) {
                        pages.add((int) (at * 8L + bit - FIRST_PAGE));
                    }
                }
                bits.put(at, (byte) 0);
            }
            return pages;
        }

        @Override
        public void close() {
            mapping.unmap();
            SystemCalls.close(file);
        }
    }

    @ParameterizedTest(name = "ring features {0}")
    @ValueSource(longs = {0, QueueFeatures.RING_PACKED})
    void thePagesThatAreWrittenAreMarked(long ring) throws Exception {
        long features = GuestPeer.usualFeatures() & ~QueueFeatures.EVENT_IDX | ring;
        EventLoopGroup group = TestLoops.available().findFirst().orElseThrow().newGroup(1);
        VhostAddress address = new VhostAddress(folder.resolve("vm1.sock").toString());
        channel = (VhostChannel) new Bootstrap().group(group).channel(VhostChannel.class).handler(frames)
            .bind(address).sync().channel();
        guest = GuestPeer.connect(address, QUEUE, features);
        try (GuestPeer peer = guest.start(features); Log log = new Log(peer.memory().capacity() / PAGE)) {
            Await.await("the link", channel::isLinkUp);
            assertThat(peer.ask(VhostRequest.SET_LOG_BASE, new LogArea(log.size, 0), log.file)).isZero();
            write(1, 10);
            transmit(1);
            assertThat(log.take()).as("before the guest migrates").isEmpty();
            receive(1, 10);

            peer.tell(VhostRequest.SET_FEATURES, new Number64(features | DeviceFeatures.LOG_ALL));
            logRings(false);
            Await.await("the link", channel::isLinkUp);
            Set<Integer> changed = write(20, 60);
            transmit(2);
            Set<Integer> ofFrames = without(without(changed, rings()), notifications());
            assertThat(ofFrames).hasSizeGreaterThan(10);
            assertThat(log.take()).as("frames only").isEqualTo(ofFrames);
            receive(20, 60);

            logRings(true);
            Await.await("the link", channel::isLinkUp);
            assertThat(log.take()).isSubsetOf(rings());
            changed = write(100, 60);
            assertThat(changed).containsAnyElementsOf(pages(peer.usedArea(GuestPeer.RECEIVE)));
            assertThat(without(log.take(), notifications())).as("frames and ring")
                .isEqualTo(without(changed, notifications()));
            receive(100, 60);
            channel.eventLoop().submit(() -> { }).sync();
            log.take();
            transmit(3);
            assertThat(log.take()).as("the ring of what the guest sends").isSubsetOf(rings())
                .containsAnyElementsOf(pages(peer.usedArea(GuestPeer.TRANSMIT)));

            peer.tell(VhostRequest.SET_FEATURES, new Number64(features));
            Await.await("the link", channel::isLinkUp);
            log.take();
            write(200, 10);
            transmit(4);
            assertThat(log.take()).as("when it does not migrate any more").isEmpty();
        } finally {
            channel.close().sync();
            group.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
        }
    }

    private Set<Integer> rings() {
        Set<Integer> pages = pages(guest.usedArea(GuestPeer.RECEIVE));
        pages.addAll(pages(guest.usedArea(GuestPeer.TRANSMIT)));
        return pages;
    }

    /** Pages where the device may say, at any time, whether it wants to be kicked. */
    private Set<Integer> notifications() {
        Set<Integer> pages = pages(guest.suppressionArea(GuestPeer.TRANSMIT));
        if (guest.isPacked()) {
            pages.addAll(pages(guest.suppressionArea(GuestPeer.RECEIVE)));
        }
        return pages;
    }

    private static Set<Integer> without(Set<Integer> pages, Set<Integer> others) {
        Set<Integer> left = new TreeSet<>(pages);
        left.removeAll(others);
        return left;
    }

    private static Set<Integer> pages(long[] area) {
        Set<Integer> pages = new TreeSet<>();
        for (long page = area[0] / PAGE; page <= (area[1] - 1) / PAGE; page++) {
            pages.add((int) (page - FIRST_PAGE));
        }
        return pages;
    }

    /**
     * Where nothing is logged of a ring, its address in the log says nothing: here it is that of two buffers which have
     * a page for themselves, as the frame in front of them is short.
     */
    private void logRings(boolean logged) throws IOException {
        for (int ring = 0; ring < 2; ring++) {
            VringAddress at = guest.address(ring);
            guest.tell(VhostRequest.SET_VRING_ADDR, new VringAddress(ring, logged ? VringAddress.LOG : 0,
                at.descriptors(), at.used(), at.available(), logged ? at.log() : guest.receiveBuffer(24)));
        }
    }

    /** Writes frames to the guest, which does nothing meanwhile; the pages of it that are not as they were. */
    private Set<Integer> write(int first, int count) throws Exception {
        ByteBuffer memory = guest.memory();
        byte[] before = new byte[memory.capacity()];
        memory.get(0, before);
        for (int i = first; i < first + count; i++) {
            channel.write(Unpooled.wrappedBuffer(frame(i)));
        }
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).sync();
        // The end of the flush.
        channel.eventLoop().submit(() -> { }).sync();
        Set<Integer> changed = new TreeSet<>();
        for (int at = 0; at < before.length; at++) {
            if (before[at] != memory.get(at)) {
                changed.add(at / PAGE);
            }
        }
        return changed;
    }

    /** Without an octet of 0, so that all that is written changes something. */
    private static byte[] frame(int number) {
        byte[] frame = new byte[60 + number * 131 % 1400];
        for (int i = 0; i < frame.length; i++) {
            frame[i] = (byte) (1 + (number * 7 + i) % 250);
        }
        return frame;
    }

    private void receive(int first, int count) throws Exception {
        for (int i = first; i < first + count; i++) {
            byte[][] frame = new byte[1][];
            Await.await("frame " + i, () -> (frame[0] = guest.receive()) != null);
            assertThat(frame[0]).isEqualTo(frame(i));
        }
    }

    private void transmit(int number) throws Exception {
        assertThat(guest.transmit(TestFrames.frame(number))).isTrue();
        assertThat(TestFrames.number(frames.next())).isEqualTo(number);
        channel.eventLoop().submit(() -> { }).sync();
    }
}

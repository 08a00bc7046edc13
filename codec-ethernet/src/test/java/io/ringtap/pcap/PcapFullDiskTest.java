/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ringtap.ethernet.FrameDirection;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Captures whose disk is full or fails. */
class PcapFullDiskTest extends PcapWriting {
    static boolean hasFullDevice() {
        return Files.isWritable(Path.of("/dev/full"));
    }

    @Test
    @EnabledIf("hasFullDevice")
    void countsWhatAFullDiskLost() throws Exception {
        PcapWriter writer = open(PcapWriter.to(Path.of("/dev/full")));
        PcapInterface tap0 = writer.addInterface("tap0");
        await("the failure", () -> !tap0.write(ALLOC, frame(1, 1000), 0, FrameDirection.INBOUND));
        assertThatThrownBy(writer::close).isInstanceOf(IOException.class)
            .hasMessage("capture incomplete: /dev/full: No space left on device");
        assertThat(tap0.dropped()).isEqualTo(tap0.received());
        assertThat(tap0.lost()).isEqualTo(tap0.received());
    }

    @Test
    void aFailedWriteIsToldOnceAndWhatGotThroughIsCounted() throws Exception {
        SmallDisk disk = new SmallDisk(10_000);
        List<Throwable> told = new CopyOnWriteArrayList<>();
        PcapWriter writer = open(PcapWriter.to(disk, "the pipe").onFailure(told::add));
        PcapInterface tap0 = writer.addInterface("tap0");
        PcapInterface tap1 = writer.addInterface("tap1");
        UserEvents events = new UserEvents();
        EmbeddedChannel channel = new EmbeddedChannel(new PcapWriteHandler(tap0), events);
        assertThat(tap0.failure()).isNull();
        for (int i = 0; told.isEmpty() || i < 1000; i++) {
            channel.writeOutbound(frame(1, 1000));
            channel.<ByteBuf>readOutbound().release();
            tap1.write(ALLOC, frame(1, 1000), 0, FrameDirection.INBOUND);
            if (i % 50 == 0) {
                Thread.sleep(1);
            }
        }
        assertThat(channel.isOpen()).as("the channel lives on").isTrue();
        channel.writeOutbound(frame(1, 1000));
        channel.<ByteBuf>readOutbound().release();
        assertThat(told).hasSize(1).first(InstanceOfAssertFactories.THROWABLE)
            .hasMessage("the pipe: No space left on device");
        assertThat(events.seen).containsExactly(new CaptureFailedEvent(tap0, told.get(0)));
        assertThat(tap0.failure()).isSameAs(told.get(0));
        assertThatThrownBy(writer::close).hasMessage("capture incomplete: the pipe: No space left on device");
        assertThat(disk.isOpen()).isFalse();
        // The bytes of complete packets after the section header and two interfaces.
        long whole = 0;
        try (PcapReader reader = new PcapReader(new ByteArrayInputStream(disk.taken.toByteArray()), ALLOC)) {
            for (CapturedPacket packet = reader.next(); packet != null; packet = reader.next()) {
                packet.data().release();
                whole++;
            }
            fail("the last one is cut");
        } catch (PcapFormatException cut) {
            assertThat(cut).hasMessageContaining("the file ends within");
        }
        assertThat(whole).isEqualTo(9);
        assertThat(tap0.received() - tap0.dropped() + tap1.received() - tap1.dropped()).isEqualTo(whole);
        channel.close();
    }

    /** A file system of so many bytes in memory, in its own mount namespace, which a sleeping process keeps alive. */
    private static final class TinyDisk implements AutoCloseable {
        private final Process holder;
        final Path root;

        TinyDisk(int bytes) throws Exception {
            holder = new ProcessBuilder("unshare", "--mount", "--propagation", "private", "sh", "-c",
                "mount -t tmpfs -o size=" + bytes + " tiny /mnt && echo mounted && exec sleep 100")
                .redirectErrorStream(true).start();
            String line = holder.inputReader().readLine();
            assumeTrue("mounted".equals(line), () -> "no file system can be mounted: " + line);
            root = Path.of("/proc/" + holder.pid() + "/root/mnt");
        }

        @Override
        public void close() {
            holder.destroy();
            holder.onExit().join();
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFullDiskHoldsWholeFramesAndTheOthersAreCounted() throws Exception {
        try (TinyDisk disk = new TinyDisk(64 << 10)) {
            Path file = disk.root.resolve("full.pcapng");
            CompletableFuture<Throwable> told = new CompletableFuture<>();
            PcapWriter writer = open(PcapWriter.to(file).onFailure(told::complete));
            PcapInterface tap0 = writer.addInterface("tap0");
            for (int i = 0; i < 100 || !told.isDone(); i++) {
                tap0.write(ALLOC, frame(i, 1000), 0, FrameDirection.INBOUND);
            }
            assertThat(told.get()).hasMessage(file + ": No space left on device");
            assertThatThrownBy(writer::close).hasMessage("capture incomplete: " + file + ": No space left on device");
            long whole = new PcapngDump(file).packets().size();
            assertThat(whole).isBetween(40L, 64L);
            assertThat(tap0.received() - tap0.dropped()).isEqualTo(whole);
            assertThat(tap0.lost()).isPositive();
        }
    }

    @Test
    void theListenerOfAFailureMayFail() throws Exception {
        PcapWriter writer = open(PcapWriter.to(new SmallDisk(10), "the pipe").onFailure(cause -> {
            throw new IllegalStateException("a fault of the listener");
        }));
        assertThatThrownBy(writer::close).hasMessage("capture incomplete: the pipe: No space left on device");
        assertThat(writer.closeAsync()).isCompletedExceptionally();
    }
}

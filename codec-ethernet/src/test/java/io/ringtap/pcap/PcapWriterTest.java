/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ringtap.ethernet.FrameDirection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What is in a capture file, and how frames get there. */
class PcapWriterTest extends PcapWriting {
    @Test
    void writesWhatThePcapngSpecificationAsksFor() throws IOException {
        Path file = dir.resolve("a.pcapng");
        try (PcapWriter writer = open(PcapWriter.to(file).snapLength(100))) {
            PcapInterface tap0 = writer.addInterface("tap0");
            assertThat(tap0.write(ALLOC, frame(1, 61), 0, FrameDirection.INBOUND)).isTrue();
            PcapInterface tap1 = writer.addInterface("tap1\u00e4");
            tap1.write(ALLOC, frame(2, 1500), 0, FrameDirection.OUTBOUND);
            tap0.write(ALLOC, Unpooled.wrappedBuffer(frame(3, 12), frame(4, 10), frame(14, 54)), 12,
                FrameDirection.OUTBOUND);
        }
        PcapngDump dump = new PcapngDump(file);
        assertThat(dump.blocks).extracting(PcapngDump.Block::type)
            .containsExactly(0x0a0d0d0a, 1, 6, 1, 6, 6, 5, 5);
        PcapngDump.Block section = dump.blocks.get(0);
        assertThat(section.i32(0)).isEqualTo(0x1a2b3c4d);
        assertThat(section.u16(4)).isEqualTo(1);
        assertThat(section.u16(6)).isZero();
        assertThat(section.time(8)).isEqualTo(-1);
        assertThat(section.text(16, 4)).isEqualTo("Ringtap");
        PcapngDump.Block tap0 = dump.blocks.get(1);
        assertThat(tap0.u16(0)).isEqualTo(1);
        assertThat(tap0.i32(4)).isEqualTo(100);
        assertThat(tap0.text(8, 2)).isEqualTo("tap0");
        assertThat(tap0.options(8).get(9)).containsExactly(9);
        assertThat(dump.blocks.get(3).text(8, 2)).isEqualTo("tap1\u00e4");

        List<PcapngDump.Block> packets = dump.packets();
        assertThat(packets).extracting(p -> p.i32(0)).containsExactly(0, 1, 0);
        assertThat(packets).extracting(p -> p.time(4)).containsExactly(TIME, TIME + 1, TIME + 2);
        assertThat(packets).extracting(p -> p.i32(16)).containsExactly(61, 1500, 64);
        assertThat(packets.get(0).data()).isEqualTo(bytes(1, 61));
        assertThat(packets.get(1).data()).as("snap length").isEqualTo(bytes(2, 100));
        assertThat(packets.get(2).data()).as("behind the vnet header").isEqualTo(bytes(4, 64));
        assertThat(packets).extracting(p -> p.packetOptions().get(2)[0]).containsExactly((byte) 1, (byte) 2, (byte) 2);

        PcapngDump.Block statistics = dump.blocks.get(6);
        assertThat(statistics.i32(0)).isZero();
        assertThat(statistics.time(4)).isEqualTo(TIME + 3);
        assertThat(statistics.u64(12, 4)).isEqualTo(2);
        assertThat(statistics.u64(12, 5)).isZero();
        assertThat(dump.blocks.get(7).i32(0)).isEqualTo(1);
    }

    @Test
    void stampsTheTimeOfDay() throws IOException {
        Path file = dir.resolve("now.pcapng");
        long before = System.currentTimeMillis();
        try (PcapWriter writer = PcapWriter.to(file).open()) {
            writer.addInterface("tap0").write(ALLOC, frame(1, 60), 0, FrameDirection.INBOUND);
        }
        assertThat(new PcapngDump(file).packets().get(0).time(4) / 1_000_000)
            .isBetween(before, System.currentTimeMillis());
    }

    @Test
    void writesOnBeforeItIsClosed() throws Exception {
        Path file = dir.resolve("live.pcapng");
        try (PcapWriter writer = open(PcapWriter.to(file))) {
            writer.addInterface("tap0").write(ALLOC, frame(1, 60), 0, FrameDirection.INBOUND);
            await("a packet in the file", () -> Files.size(file) >= 100 && !new PcapngDump(file).packets().isEmpty());
        }
    }

    @Test
    void dropsAndCountsWhatTheQueueHasNoRoomFor() throws IOException {
        Path file = dir.resolve("full.pcapng");
        PcapInterface tap0;
        try (PcapWriter writer = open(PcapWriter.to(file).queueBytes(200))) {
            tap0 = writer.addInterface("tap0");
            assertThat(tap0.write(ALLOC, frame(1, 157), 0, FrameDirection.INBOUND)).isFalse();
            assertThat(tap0.write(ALLOC, frame(1, 156), 0, FrameDirection.INBOUND)).isTrue();
            assertThat(tap0.write(ALLOC, frame(1, 10), 12, FrameDirection.INBOUND)).as("no whole header").isFalse();
        }
        PcapngDump dump = new PcapngDump(file);
        assertThat(dump.packets()).hasSize(1);
        assertThat(dump.ofType(5).get(0).u64(12, 4)).isEqualTo(3);
        assertThat(dump.ofType(5).get(0).u64(12, 5)).isEqualTo(2);
        assertThat(tap0.received()).isEqualTo(3);
        assertThat(tap0.dropped()).isEqualTo(2);
    }

    @Test
    void takesNothingAfterItIsClosed() throws IOException {
        Path file = dir.resolve("closed.pcapng");
        PcapWriter writer = open(PcapWriter.to(file));
        PcapInterface tap0 = writer.addInterface("tap0");
        writer.close();
        writer.close();
        assertThat(tap0.write(ALLOC, frame(1, 60), 0, FrameDirection.INBOUND)).isFalse();
        assertThat(tap0.dropped()).isEqualTo(1);
        assertThat(new PcapngDump(file).packets()).isEmpty();
    }

    @Test
    void everyFrameIsInTheFileOrCountedWhenItClosesUnderLoad() throws Exception {
        for (int round = 0; round < 20; round++) {
            Path file = dir.resolve("race" + round);
            PcapWriter writer = open(PcapWriter.to(file).queueBytes(100_000));
            List<PcapInterface> interfaces = new ArrayList<>();
            List<Thread> threads = new ArrayList<>();
            CountDownLatch started = new CountDownLatch(3);
            for (int t = 0; t < 3; t++) {
                PcapInterface tap = writer.addInterface("tap" + t);
                interfaces.add(tap);
                threads.add(new Thread(() -> {
                    ByteBuf frame = frame(1, 300);
                    for (int i = 0; i < 2000; i++) {
                        tap.write(ALLOC, frame, 0, FrameDirection.INBOUND);
                        if (i == 200) {
                            started.countDown();
                        }
                    }
                }));
            }
            threads.forEach(Thread::start);
            started.await();
            writer.close();
            for (Thread thread : threads) {
                thread.join();
            }
            List<PcapngDump.Block> packets = new PcapngDump(file).packets();
            for (PcapInterface tap : interfaces) {
                long inFile = packets.stream().filter(p -> p.i32(0) == tap.id()).count();
                assertThat(tap.received()).isEqualTo(2000);
                assertThat(inFile + tap.dropped()).isEqualTo(2000);
            }
        }
    }

    @Test
    void saysSoWhenTheFileCannotBeOpened() {
        assertThatThrownBy(() -> PcapWriter.to(dir.resolve("no/such/dir.pcapng")).open())
            .isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> PcapWriter.to(dir).snapLength(0)).hasMessageContaining("snapLength");
    }

    @Test
    void statisticsTellWhatTheSystemDropped() throws IOException {
        Path file = dir.resolve("drops.pcapng");
        AtomicLong drops = new AtomicLong(3);
        try (PcapWriter writer = open(PcapWriter.to(file))) {
            writer.addInterface("known", drops::get);
            writer.addInterface("unknown", () -> -1);
            writer.addInterface("silent");
            writer.addInterface("broken", () -> {
                throw new IllegalStateException("gone");
            });
            drops.set(7);
        }
        List<PcapngDump.Block> statistics = new PcapngDump(file).ofType(5);
        assertThat(statistics.get(0).u64(12, 7)).isEqualTo(7);
        assertThat(statistics.get(0).u64(12, 5)).isZero();
        assertThat(statistics.subList(1, 4)).allSatisfy(block -> assertThat(block.options(12)).doesNotContainKey(7)
            .containsKeys(4, 5));
    }

    @Test
    void theHandlerCapturesBothWaysAndPassesEverythingOn() throws IOException {
        Path file = dir.resolve("handler.pcapng");
        try (PcapWriter writer = open(PcapWriter.to(file))) {
            PcapInterface tap0 = writer.addInterface("tap0");
            EmbeddedChannel channel = new EmbeddedChannel(new PcapWriteHandler(tap0, 12));
            ByteBuf in = ALLOC.buffer().writeBytes(frame(0, 72));
            channel.writeInbound(in, "text");
            assertThat(channel.<Object>readInbound()).isSameAs(in);
            assertThat(channel.<Object>readInbound()).isEqualTo("text");
            assertThat(in.refCnt()).isEqualTo(1);
            assertThat(in.readableBytes()).isEqualTo(72);
            ByteBuf out = frame(50, 100);
            channel.writeOutbound(out, frame(0, 5));
            assertThat(channel.<Object>readOutbound()).isSameAs(out);
            assertThat(tap0.dropped()).as("shorter than the vnet header").isEqualTo(1);
            in.release();
            ByteBuf released = frame(0, 60);
            released.release();
            channel.pipeline().fireChannelRead(released);
            assertThat(channel.<Object>readInbound()).as("its own fault").isSameAs(released);
            channel.releaseOutbound();
            channel.close();
        }
        List<PcapngDump.Block> packets = new PcapngDump(file).packets();
        assertThat(packets).extracting(PcapngDump.Block::data).containsExactly(bytes(12, 60), bytes(62, 88));
        assertThat(packets).extracting(p -> p.packetOptions().get(2)[0]).containsExactly((byte) 1, (byte) 2);
    }

    static boolean hasTcpdump() {
        return Stream.of("/usr/bin/tcpdump", "/usr/sbin/tcpdump").map(Path::of).anyMatch(Files::isExecutable);
    }

    @Test
    @EnabledIf("hasTcpdump")
    void tcpdumpReadsIt() throws Exception {
        Path file = dir.resolve("tcpdump.pcapng");
        ByteBuf arp = Unpooled.buffer().writeLong(0xffff_ffff_ffff_0200L).writeInt(0xa).writeShort(0x0806)
            .writeLong(0x0001_0800_0604_0001L).writeShort(0x0200).writeInt(0xa).writeInt(0x0a00_0001).writeZero(6)
            .writeInt(0x0a00_0002);
        try (PcapWriter writer = open(PcapWriter.to(file))) {
            PcapInterface tap0 = writer.addInterface("tap0");
            PcapInterface tap1 = writer.addInterface("tap1");
            tap0.write(ALLOC, arp, 0, FrameDirection.INBOUND);
            tap1.write(ALLOC, arp, 0, FrameDirection.OUTBOUND);
            tap1.write(ALLOC, frame(1, 61), 0, FrameDirection.OUTBOUND);
        }
        String lines = run("tcpdump", "-nn", "-e", "-tt", "--nano", "-r", file.toString());
        assertThat(lines).contains("1700000000.123456789 02:00:00:00:00:0a > ff:ff:ff:ff:ff:ff, "
            + "ethertype ARP (0x0806), length 42: Request who-has 10.0.0.2 tell 10.0.0.1, length 28");
        assertThat(lines.lines().filter(line -> line.startsWith("1700000000.12345679"))).hasSize(2);

        Path converted = dir.resolve("converted.pcap");
        run("tcpdump", "--nano", "-r", file.toString(), "-w", converted.toString());
        try (PcapReader reader = PcapReader.open(converted)) {
            CapturedPacket packet = reader.next();
            assertThat(packet.timestampNanos()).isEqualTo(TIME);
            assertThat(packet.data()).isEqualTo(arp);
            packet.data().release();
            reader.next().data().release();
            reader.next().data().release();
            assertThat(reader.next()).isNull();
        }
    }
}

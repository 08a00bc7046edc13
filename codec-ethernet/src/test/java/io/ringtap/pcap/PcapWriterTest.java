/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ringtap.ethernet.FrameDirection;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

@Timeout(60)
class PcapWriterTest {
    private static final PooledByteBufAllocator ALLOC = PooledByteBufAllocator.DEFAULT;
    private static final long TIME = 1_700_000_000_123_456_789L;

    @TempDir
    Path dir;

    private final AtomicLong clock = new AtomicLong(TIME);

    private PcapWriter open(PcapWriter.Builder builder) throws IOException {
        return builder.open(clock::getAndIncrement);
    }

    private static ByteBuf frame(int seed, int length) {
        ByteBuf frame = Unpooled.buffer(length);
        for (int i = 0; i < length; i++) {
            frame.writeByte(seed + i);
        }
        return frame;
    }

    private static byte[] bytes(int seed, int length) {
        return frame(seed, length).array();
    }

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
    void rotatesIntoFilesThatAreWholeEach() throws IOException {
        Path file = dir.resolve("trace.pcapng");
        try (PcapWriter writer = open(PcapWriter.to(file).rotateBytes(4096))) {
            PcapInterface tap0 = writer.addInterface("tap0");
            PcapInterface tap1 = writer.addInterface("tap1");
            for (int i = 0; i < 30; i++) {
                (i % 2 == 0 ? tap0 : tap1).write(ALLOC, frame(i, 500), 0, FrameDirection.INBOUND);
            }
            tap0.write(ALLOC, frame(30, 9000), 0, FrameDirection.INBOUND);
        }
        List<Path> files = files();
        assertThat(files).extracting(f -> f.getFileName().toString()).containsExactly("trace.pcapng",
            "trace_00001.pcapng", "trace_00002.pcapng", "trace_00003.pcapng", "trace_00004.pcapng",
            "trace_00005.pcapng");
        int next = 0;
        for (Path each : files) {
            PcapngDump dump = new PcapngDump(each);
            assertThat(dump.blocks.get(0).type()).isEqualTo(0x0a0d0d0a);
            assertThat(dump.ofType(1)).extracting(b -> b.text(8, 2)).containsExactly("tap0", "tap1");
            assertThat(dump.ofType(5)).hasSize(2);
            for (PcapngDump.Block packet : dump.packets()) {
                assertThat(packet.data()[0]).isEqualTo((byte) next);
                assertThat(packet.i32(0)).isEqualTo(next % 2);
                next++;
            }
            if (next <= 28) {
                assertThat(Files.size(each)).isBetween(3000L, 4096L + 2 * 56);
            }
        }
        assertThat(next).isEqualTo(31);
    }

    @Test
    void keepsOnlyTheNewestFiles() throws IOException {
        try (PcapWriter writer = open(PcapWriter.to(dir.resolve("ring")).rotateBytes(1000).maxFiles(2))) {
            PcapInterface tap0 = writer.addInterface("tap0");
            for (int i = 0; i < 10; i++) {
                tap0.write(ALLOC, frame(i, 700), 0, FrameDirection.INBOUND);
            }
        }
        assertThat(files()).extracting(f -> f.getFileName().toString()).containsExactly("ring_00008", "ring_00009");
        assertThat(new PcapngDump(dir.resolve("ring_00009")).packets().get(0).data()).isEqualTo(bytes(9, 700));
    }

    private static String at(String pattern, long nanos) {
        return DateTimeFormatter.ofPattern(pattern)
            .format(Instant.ofEpochSecond(0, nanos).atZone(ZoneId.systemDefault()));
    }

    /** Writes a frame every five seconds; a file has those of ten seconds. */
    private void writeInPeriods(PcapWriter.Builder builder) throws IOException {
        try (PcapWriter writer = builder.rotateEvery(Duration.ofSeconds(10)).open(clock::get)) {
            PcapInterface tap0 = writer.addInterface("tap0");
            for (int i = 0; i < 5; i++) {
                clock.set(TIME + i * 5_000_000_000L);
                tap0.write(ALLOC, frame(i, 60), 0, FrameDirection.INBOUND);
            }
        }
    }

    @Test
    void beginsANewFileWhenTheTimeOfOneIsOver() throws IOException {
        writeInPeriods(PcapWriter.to(dir.resolve("t-%Y%m%d_%H%M%S-%s.pcapng")));
        List<String> names = new ArrayList<>();
        for (int period = 0; period < 3; period++) {
            long begin = TIME + period * 10_000_000_000L;
            names.add(at("'t-'yyyyMMdd_HHmmss'-'", begin) + begin / 1_000_000_000L + ".pcapng");
        }
        assertThat(files()).extracting(f -> f.getFileName().toString()).containsExactlyElementsOf(names);
        assertThat(new PcapngDump(dir.resolve(names.get(0))).packets()).hasSize(2);
        assertThat(new PcapngDump(dir.resolve(names.get(1))).packets()).hasSize(2);
        assertThat(new PcapngDump(dir.resolve(names.get(2))).packets()).hasSize(1);
        assertThat(new PcapngDump(dir.resolve(names.get(2))).packets().get(0).data()).isEqualTo(bytes(4, 60));
    }

    @Test
    void theLastPeriodHasNoEnd() throws IOException {
        writeInPeriods(PcapWriter.to(dir.resolve("t")).maxPeriods(2));
        assertThat(files()).extracting(f -> f.getFileName().toString()).containsExactly("t", "t_00001");
        assertThat(new PcapngDump(dir.resolve("t")).packets()).hasSize(2);
        assertThat(new PcapngDump(dir.resolve("t_00001")).packets()).hasSize(3);
    }

    @Test
    void numbersFilesOfOneNameThatFollowEachOther() throws IOException {
        writeInPeriods(PcapWriter.to(dir.resolve("t.pcapng")));
        assertThat(files()).extracting(f -> f.getFileName().toString())
            .containsExactly("t.pcapng", "t_00001.pcapng", "t_00002.pcapng");
    }

    @Test
    void rotatesBySizeWithinAPeriod() throws IOException {
        // Each file takes one frame.
        writeInPeriods(PcapWriter.to(dir.resolve("t-%s")).rotateBytes(200));
        long first = TIME / 1_000_000_000L;
        assertThat(files()).extracting(f -> f.getFileName().toString()).containsExactly("t-" + first,
            "t-" + first + "_00001", "t-" + (first + 10), "t-" + (first + 10) + "_00001", "t-" + (first + 20));
    }

    @Test
    void aNameThatComesAgainReplacesItsFile() throws IOException {
        // There are two names in turn, so that the third file has the name of the first.
        try (PcapWriter writer = PcapWriter.to(dir.resolve("t-%S")).rotateEvery(Duration.ofSeconds(30)).maxFiles(2)
            .open(clock::get)) {
            PcapInterface tap0 = writer.addInterface("tap0");
            for (int i = 0; i < 3; i++) {
                clock.set(TIME + i * 30_000_000_000L);
                tap0.write(ALLOC, frame(i, 60), 0, FrameDirection.INBOUND);
            }
        }
        Path last = dir.resolve("t-" + at("ss", TIME));
        assertThat(files()).hasSize(2).contains(last);
        assertThat(new PcapngDump(last).packets()).singleElement()
            .satisfies(packet -> assertThat(packet.data()).isEqualTo(bytes(2, 60)));
    }

    @Test
    void knowsTheConversionsOfNames() {
        Path pattern = Path.of("%Y %y %m %d %j %H %I %M %S %p %a %A %b %B %Z %z %F %T %R %s %%x");
        assertThat(TimedName.at(pattern, TIME, ZoneOffset.UTC)).hasToString("2023 23 11 14 318 22 10 13 20 PM Tue"
            + " Tuesday Nov November Z +0000 2023-11-14 22:13:20 22:13 1700000000 %x");
        assertThatThrownBy(() -> PcapWriter.to(Path.of("t%Q")).rotateEvery(Duration.ofSeconds(1)))
            .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("no conversion %Q is known: use %Y");
        assertThatThrownBy(() -> PcapWriter.to(Path.of("t%")).rotateEvery(Duration.ofSeconds(1)))
            .hasMessage("the name ends in %");
        assertThatThrownBy(() -> PcapWriter.to(new SmallDisk(10), "the pipe").rotateEvery(Duration.ofSeconds(1)))
            .isInstanceOf(UnsupportedOperationException.class);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.sorted().toList();
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

    /** A channel that accepts so many bytes and then fails. */
    private static final class SmallDisk implements WritableByteChannel {
        private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        private final int size;
        private volatile boolean open = true;

        SmallDisk(int size) {
            this.size = size;
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            int n = Math.min(bytes.remaining(), size - taken.size());
            if (n == 0) {
                throw new IOException("No space left on device");
            }
            byte[] next = new byte[n];
            bytes.get(next);
            taken.write(next, 0, n);
            return n;
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() {
            open = false;
        }
    }

    private static final class UserEvents extends ChannelInboundHandlerAdapter {
        final List<Object> seen = new ArrayList<>();

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            seen.add(event);
        }
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
    void filesAreTheirOwnersAlone() throws IOException {
        Path file = dir.resolve("mine.pcapng");
        Files.writeString(file, "an earlier capture");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        Path alias = Files.createLink(dir.resolve("alias"), file);
        try (PcapWriter writer = open(PcapWriter.to(file).rotateBytes(500))) {
            PcapInterface tap0 = writer.addInterface("tap0");
            tap0.write(ALLOC, frame(1, 400), 0, FrameDirection.INBOUND);
            tap0.write(ALLOC, frame(2, 400), 0, FrameDirection.INBOUND);
        }
        for (Path each : List.of(file, dir.resolve("mine_00001.pcapng"))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each))).isEqualTo("rw-------");
            assertThat(new PcapngDump(each).packets()).hasSize(1);
        }
        assertThat(alias).as("who has it by another name keeps it").hasContent("an earlier capture");
        assertThat(files()).hasSize(3);
    }

    @Test
    void noLinkAndNobodyElsesFileIsWrittenTo() throws IOException {
        Path target = Files.writeString(dir.resolve("target"), "keep");
        Path link = Files.createSymbolicLink(dir.resolve("link"), target);
        assertThatThrownBy(() -> PcapWriter.to(link).open())
            .hasMessage(link + ": is a symbolic link, which a capture does not follow");
        Path dangling = Files.createSymbolicLink(dir.resolve("dangling"), dir.resolve("nothing"));
        assertThatThrownBy(() -> PcapWriter.to(dangling).open()).hasMessageContaining("is a symbolic link");
        assertThat(dir.resolve("nothing")).doesNotExist();
        assertThatThrownBy(() -> PcapWriter.to(dir).open()).hasMessage(dir + ": is a directory");
        assertThat(target).hasContent("keep");
        if (canGiveAway(target)) {
            assertThatThrownBy(() -> PcapWriter.to(target).open()).hasMessage(target + ": belongs to 12345");
            assertThat(target).hasContent("keep");
        }
        assertThat(files()).containsExactly(dangling, link, target);
        // A link with the name of the second file.
        Files.createSymbolicLink(dir.resolve("trace_00001.pcapng"), target);
        assertThatThrownBy(() -> PcapWriter.to(dir.resolve("trace.pcapng")).rotateBytes(500).open())
            .isInstanceOf(FileAlreadyExistsException.class);
    }

    private static boolean canGiveAway(Path file) throws IOException {
        try {
            Files.setAttribute(file, "unix:uid", 12345);
            return true;
        } catch (FileSystemException notRoot) {
            return false;
        }
    }

    @Test
    void capturesThatRotateNeverMix() throws Exception {
        Path file = dir.resolve("trace.pcapng");
        Path third = dir.resolve("trace_00003.pcapng");
        Files.writeString(file, "first");
        Files.writeString(third, "first");
        assertThatThrownBy(() -> PcapWriter.to(file).rotateBytes(500).open()).hasMessage(third
            + ": is there from an earlier capture; move those files away, or capture to another name");
        assertThat(file).as("nothing is touched").hasContent("first");
        Files.move(third, dir.resolve("trace_3.pcapng"));
        PcapWriter writer = open(PcapWriter.to(file).rotateBytes(500));
        PcapInterface tap0 = writer.addInterface("tap0");
        Files.writeString(dir.resolve("trace_00001.pcapng"), "another's");
        tap0.write(ALLOC, frame(1, 400), 0, FrameDirection.INBOUND);
        tap0.write(ALLOC, frame(2, 400), 0, FrameDirection.INBOUND);
        assertThatThrownBy(writer::close).hasMessage("capture incomplete: " + dir.resolve("trace_00001.pcapng")
            + ": is there already, and not from this capture");
        assertThat(dir.resolve("trace_00001.pcapng")).hasContent("another's");
        assertThat(new PcapngDump(file).packets()).hasSize(1);
        assertThat(tap0.lost()).isEqualTo(1);
    }

    @Test
    void saysWhyTheNextFileCannotBeOpened() throws Exception {
        Path folder = Files.createDirectory(dir.resolve("folder"));
        PcapWriter writer = open(PcapWriter.to(folder.resolve("a")).rotateBytes(500));
        PcapInterface tap0 = writer.addInterface("tap0");
        Files.delete(folder.resolve("a"));
        Files.delete(folder);
        tap0.write(ALLOC, frame(1, 400), 0, FrameDirection.INBOUND);
        tap0.write(ALLOC, frame(2, 400), 0, FrameDirection.INBOUND);
        assertThatThrownBy(writer::close).hasMessage("capture incomplete: " + folder.resolve("a_00001")
            + ": no such file or directory");
        assertThat(tap0.lost()).isEqualTo(1);
        assertThatThrownBy(() -> PcapWriter.to(new SmallDisk(10), "the pipe").rotateBytes(500))
            .isInstanceOf(UnsupportedOperationException.class).hasMessageContaining("the pipe");
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

    static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}

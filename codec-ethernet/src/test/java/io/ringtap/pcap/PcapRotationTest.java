/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.ringtap.ethernet.FrameDirection;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Captures that begin a new file at a size or after a time. */
class PcapRotationTest extends PcapWriting {
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
}

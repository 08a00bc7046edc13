/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.ringtap.ethernet.FrameDirection;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Who may read a capture file, and which existing files are not written to. */
class PcapFileAccessTest extends PcapWriting {
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
}

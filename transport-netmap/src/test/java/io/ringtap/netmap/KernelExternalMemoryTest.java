/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoopGroup;
import io.ringtap.internal.netmap.kernel.KernelNetmap;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.testsuite.TestLoops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import static io.ringtap.netmap.Sink.frame;
import static io.ringtap.netmap.Sink.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

/** Ports of the kernel whose memory is in a file. */
class KernelExternalMemoryTest {
    private static final int SIZE = 8 << 20;
    private static final String MARK = "a mark that is nowhere else";

    @TempDir
    private Path directory;
    private EventLoopGroup group;

    @BeforeEach
    void requireNetmap() {
        assumeThat(Netmap.isAvailable()).as("a kernel with netmap").isTrue();
        group = TestLoops.available().findFirst().orElseThrow().newGroup(1);
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (group != null) {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    private Path file() throws IOException {
        Path file = directory.resolve("memory");
        try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
            made.setLength(SIZE);
        }
        return file;
    }

    /** Objects end where a page ends, as the pages of a file are not adjacent. */
    private static String name(String port, Path file) {
        return port + "@conf:slots=128@extmem:file=" + file + ",if-num=8,ring-num=16,ring-size=4096,buf-num=1800";
    }

    @Test
    void framesLieInTheFileAndPassByIndex() throws Exception {
        Path file = file();
        Sink atB = new Sink();
        Sink atD = new Sink();
        NetmapChannel a = open(group, new Sink(), name("valeRx0:p{1", file));
        NetmapChannel b = open(group, atB, name("valeRx0:p}1", file));
        NetmapChannel c = open(group, new Sink(), name("valeRx1:q{1", file));
        NetmapChannel d = open(group, atD, name("valeRx1:q}1", file));
        for (int i = 0; i < 300; i++) {
            ByteBuf frame = frame(100);
            frame.setCharSequence(40, MARK + ' ' + i % 10, StandardCharsets.US_ASCII);
            ByteBuf expected = frame.copy();
            a.writeAndFlush(frame).sync();
            c.writeAndFlush(atB.take()).sync();
            atD.assertReceives(expected);
        }
        assertThat(b.lentFrames()).isEqualTo(300);
        assertThat(c.swappedFrames()).isEqualTo(300);
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)).contains(MARK);
        ByteBuf kept = frame(60);
        a.writeAndFlush(kept.retainedDuplicate()).sync();
        ByteBuf lent = atB.take();
        b.close().sync();
        a.close().sync();
        assertThat(lent).isEqualTo(kept);
        lent.release();
        kept.release();
        assertThat(Netmap.pinnedPorts()).isEmpty();
        c.close().sync();
        d.close().sync();
    }

    @Test
    void whatCannotBeHasAName() throws IOException {
        Path file = file();
        assertThat(errorOf("valeRx2:a@extmem=" + directory.resolve("none")).getMessage())
            .contains("@extmem", directory.resolve("none").toString(), "ENOENT");
        try (NetmapPort port = NetmapPort.open(Netmap.kernel(), NetmapAddress.parse("valeRx2:a"), 0, 0)) {
            assertThat(errorOf(name(port.address().toString(), file)).error()).isEqualTo(NetmapError.EINVAL);
        }
        NetmapException legacy = catchThrowableOfType(NetmapException.class,
            () -> NetmapPort.open(new KernelNetmap(true), NetmapAddress.parse(name("valeRx2:b", file)), 0, 0).close());
        assertThat(legacy.error()).isEqualTo(NetmapError.EOPNOTSUPP);
    }

    private static NetmapException errorOf(String name) {
        return catchThrowableOfType(NetmapException.class,
            () -> NetmapPort.open(Netmap.kernel(), NetmapAddress.parse(name), 0, 0).close());
    }
}

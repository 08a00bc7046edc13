/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.ringtap.ethernet.FrameDirection;
import io.ringtap.pcap.PcapInterface;
import io.ringtap.pcap.PcapLinkType;
import io.ringtap.pcap.PcapWriter;
import io.ringtap.testkit.TestFrames;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class PacketPrinterTest {
    private static final String TIME = "\\d\\d:\\d\\d:\\d\\d\\.\\d{6} ";

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(printed, false, StandardCharsets.UTF_8);

    private static void write(PcapInterface capture, byte[] frame) {
        capture.write(UnpooledByteBufAllocator.DEFAULT, Unpooled.wrappedBuffer(frame), 0, FrameDirection.INBOUND);
    }

    @Test
    void eachFrameIsALineAtOnce() throws Exception {
        try (PacketPrinter printer = PacketPrinter.start(out, ZoneOffset.UTC);
            PcapWriter writer = printer.capture().snapLength(100).open()) {
            PcapInterface capture = writer.addInterface("t0");
            write(capture, TestFrames.frame(1, 60));
            await("the first line", () -> printed.size() > 0);
            write(capture, TestFrames.frame(2, 300));
        }
        assertThat(printed.toString(StandardCharsets.UTF_8).lines().toList()).satisfiesExactly(
            line -> assertThat(line).matches(TIME + "[0-9a-f:]{17} > [0-9a-f:]{17}, .*length 60.*"),
            line -> assertThat(line).matches(TIME + "[0-9a-f:]{17} > [0-9a-f:]{17}, .*length 100.* \\[cut, of 300]"));
    }

    @Test
    void packetsOfATunDeviceHaveNoEthernetHeader() throws Exception {
        byte[] packet = new byte[28];
        packet[0] = 0x45;
        packet[3] = 28;
        packet[9] = 17;
        packet[12] = 10;
        packet[16] = 11;
        packet[25] = 8;
        try (PacketPrinter printer = PacketPrinter.start(out, ZoneOffset.UTC);
            PcapWriter writer = printer.capture().linkType(PcapLinkType.RAW).open()) {
            write(writer.addInterface("tun0"), packet);
        }
        assertThat(printed.toString(StandardCharsets.UTF_8).strip())
            .matches(TIME + "IP 10\\.0\\.0\\.0\\.0 > 11\\.0\\.0\\.0\\.0: UDP, length 0");
    }

    @Test
    void aReaderThatHasGoneEndsTheCapture() throws Exception {
        PrintStream closed = new PrintStream(new OutputStream() {
            @Override
            public void write(int octet) throws IOException {
                throw new IOException("nobody reads");
            }
        }, true);
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        PacketPrinter printer = PacketPrinter.start(closed, ZoneOffset.UTC);
        PcapWriter writer = printer.capture().onFailure(failure::complete).open();
        PcapInterface capture = writer.addInterface("t0");
        await("the failure", () -> {
            write(capture, TestFrames.frame(1, 60));
            return failure.isDone();
        });
        assertThat(failure.get(1, TimeUnit.SECONDS)).isInstanceOf(IOException.class)
            .hasMessageStartingWith("the standard output: ");
        printer.close();
    }

    @Test
    void aCaptureThatWasNeverOpenedIsNoFailure() throws Exception {
        PacketPrinter.start(out, ZoneOffset.UTC).close();
        assertThat(printed.size()).isZero();
    }
}

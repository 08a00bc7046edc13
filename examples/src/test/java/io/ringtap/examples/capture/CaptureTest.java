/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.examples.ExampleCommand;
import io.ringtap.pcap.CapturedPacket;
import io.ringtap.pcap.PcapLinkType;
import io.ringtap.pcap.PcapReader;
import io.ringtap.pcap.PcapWriter;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@RequiresTap
@ParameterizedClass(name = "{0}")
@MethodSource("io.ringtap.testsuite.TestLoops#available")
class CaptureTest {
    private static final int FRAMES = 300;

    @Parameter
    TestLoop loop;
    @TempDir
    Path directory;

    private TestNamespace namespace;
    private EventLoopGroup group;
    private Path file;

    @BeforeEach
    void open() throws Exception {
        namespace = TestNamespace.create();
        group = loop.get();
        file = directory.resolve("t0.pcapng");
    }

    @AfterEach
    void close() throws Exception {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        namespace.close();
    }

    private FramePort port(String backend, String keys) {
        return FramePorts.parse(backend + ":t0,up=on,netns=" + namespace.name() + keys);
    }

    private static int length(int number) {
        return 60 + number * 4;
    }

    private void send() throws IOException {
        try (PacketSocket near = PacketSocket.open(namespace, "t0")) {
            for (int i = 0; i < FRAMES; i++) {
                near.send(TestFrames.frame(i, length(i)));
            }
        }
    }

    private static List<byte[]> read(Path file, int linkType) throws IOException {
        List<byte[]> frames = new ArrayList<>();
        try (PcapReader reader = PcapReader.open(file)) {
            for (CapturedPacket packet = reader.next(); packet != null; packet = reader.next()) {
                assertThat(packet.linkType()).isEqualTo(linkType);
                frames.add(ByteBufUtil.getBytes(packet.data()));
                packet.data().release();
            }
        }
        return frames;
    }

    @Test
    void whatArrivesIsInTheFileAndCounted() throws Exception {
        // The vnet header belongs to the port, and is not in the file.
        Capture capture = Capture.open(group, port("tap", ",vnet=12"), PcapWriter.to(file), Long.MAX_VALUE, "");
        try (capture) {
            send();
            await("all are read", () -> capture.channel().stats().rxFrames() == FRAMES);
        }
        assertThat(capture.counters()).startsWith("tap:t0: 300 frames captured, 0 dropped")
            .contains("the port received 300 and dropped 0, and the kernel 0");
        List<byte[]> frames = read(file, PcapLinkType.ETHERNET);
        assertThat(frames).hasSize(FRAMES);
        for (int i = 0; i < FRAMES; i++) {
            assertThat(frames.get(i)).isEqualTo(TestFrames.frame(i, length(i)));
        }
    }

    @Test
    void theCountIsKeptWhateverComes() throws Exception {
        try (Capture capture = Capture.open(group, port("tap", ""), PcapWriter.to(file).snapLength(64), 7, "")) {
            send();
            capture.over().get(10, TimeUnit.SECONDS);
            await("reading has ended", () -> !capture.channel().config().isAutoRead());
            assertThat(capture.channel().stats().rxFrames()).isEqualTo(7);
        }
        assertThat(read(file, PcapLinkType.ETHERNET)).hasSize(7).allMatch(frame -> frame.length <= 64);
    }

    @Test
    void packetsOfATunDeviceAreOfTheirOwnLinkType() throws Exception {
        try (Capture capture = Capture.open(group, port("tun", ",mtu=2000"), PcapWriter.to(file), FRAMES, "")) {
            send();
            capture.over().get(10, TimeUnit.SECONDS);
        }
        assertThat(read(file, PcapLinkType.RAW)).hasSize(FRAMES);
    }

    @Test
    void theEndOfTheDeviceIsTheEnd() throws Exception {
        try (Capture capture = Capture.open(group, port("tap", ""), PcapWriter.to(file), Long.MAX_VALUE, "")) {
            namespace.ip("link", "del", "t0");
            capture.over().get(10, TimeUnit.SECONDS);
            assertThat(capture.channel().isActive()).isFalse();
        }
        assertThat(read(file, PcapLinkType.ETHERNET)).isEmpty();
    }

    @Test
    void aFileGoesBackIntoAPort() throws Exception {
        whatArrivesIsInTheFileAndCounted();
        // A tap that exists longer than the capture keeps its name.
        namespace.ip("tuntap", "add", "dev", "t1", "mode", "tap");
        namespace.ip("link", "set", "dev", "t1", "up");
        FramePort target = FramePorts.parse("tap:t1,vnet=12,netns=" + namespace.name());
        try (PacketSocket near = PacketSocket.open(namespace, "t1");
            Replay replay = Replay.open(group, target, file, pace -> pace.atRate(5000))) {
            assertThat(replay.over().get(10, TimeUnit.SECONDS)).isEqualTo(FRAMES);
            for (int i = 0; i < FRAMES; i++) {
                assertThat(near.receive(5000)).isEqualTo(TestFrames.frame(i, length(i)));
            }
            assertThat(replay.counters()).isEqualTo("tap:t1: 300 frames sent, 0 not sent; the port sent 300 and"
                + " dropped 0, and the kernel 0");
        }
    }

    @Test
    void aReplayIsStoppedByClose() throws Exception {
        whatArrivesIsInTheFileAndCounted();
        Replay replay = Replay.open(group, FramePorts.parse("tap:t2,up=on,netns=" + namespace.name()), file,
            pace -> pace.atRate(0.01));
        replay.close();
        assertThat(replay.channel().isOpen()).isFalse();
        assertThat(replay.over()).isCompletedExceptionally();
    }

    @Test
    void aReplayThatIsStoppedCountsWhatIsOnTheWire() throws Exception {
        whatArrivesIsInTheFileAndCounted();
        namespace.ip("tuntap", "add", "dev", "t1", "mode", "tap");
        namespace.ip("link", "set", "dev", "t1", "up");
        Replay replay = Replay.open(group, FramePorts.parse("tap:t1,netns=" + namespace.name()), file,
            pace -> pace.atRate(1000));
        await("some are sent", () -> replay.channel().stats().txFrames() > 20);
        replay.close();
        // Frames that are written to the tap are received by the interface.
        Matcher received = Pattern.compile("RX:.*\\n\\s*\\d+\\s+(\\d+)")
            .matcher(namespace.ip("-s", "link", "show", "dev", "t1"));
        assertThat(received.find()).isTrue();
        assertThat(replay.counters()).startsWith("tap:t1: " + received.group(1) + " frames sent, 0 not sent; the port"
            + " sent " + received.group(1) + " and dropped 0");
        replay.requireSent();
    }

    @Test
    void whatCannotBeOpenedIsNamed() throws Exception {
        Path missing = directory.resolve("missing");
        assertThatThrownBy(() -> Replay.open(group, port("tap", ""), missing, pace -> pace))
            .isInstanceOf(IOException.class).hasMessageContaining(missing + " cannot be read");
        Files.writeString(missing, "no capture");
        assertThatThrownBy(() -> Replay.open(group, port("tap", ""), missing, pace -> pace))
            .isInstanceOf(IOException.class).hasMessageContaining("no pcap or pcapng file");
        assertThatThrownBy(() -> Capture.open(group, FramePorts.parse("tap:t0,netns=none"), PcapWriter.to(file), 1,
            ""))
            .isInstanceOf(IOException.class).hasMessageContaining("tap:t0,netns=none cannot be opened");
        assertThat(ExampleCommand.run(new CaptureMain())).isEqualTo(2);
        assertThat(ExampleCommand.run(new CaptureMain(), "tap:t0", "-w", "a", "-r", "b")).isEqualTo(2);
        assertThat(ExampleCommand.run(new CaptureMain(), "tap:t0", "-w", "a", "--rate", "5")).isEqualTo(2);
        assertThat(ExampleCommand.run(new CaptureMain(), "no:t0", "-w", "a")).isEqualTo(2);
    }
}

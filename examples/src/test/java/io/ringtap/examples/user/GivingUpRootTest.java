/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.user;

import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.channel.DescriptorSocket;
import io.ringtap.channel.FramePorts;
import io.ringtap.examples.ChildCommand;
import io.ringtap.examples.CommandOutcome;
import io.ringtap.examples.bridge.BridgeMain;
import io.ringtap.examples.bridge.control.BridgectlMain;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.loop.FrameLoop;
import io.ringtap.loop.PollIoHandler;
import io.ringtap.tap.TapChannel;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Processes that begin as root. */
@RequiresTap
class GivingUpRootTest {
    private static final int PATIENCE = 5000;
    private static final String NOBODY = "nobody";
    private static final int NOBODY_ID = 65534;

    @Test
    void aBridgeForwardsAsAnotherUserAndSaysWhatFailsForThat() throws Exception {
        try (TestNamespace namespace = TestNamespace.create();
            ChildCommand bridge = ChildCommand.start(List.of(), BridgeMain.class, "--user", NOBODY, "--retry", "1",
                "--stats", "0", "--loop", FrameLoop.preferred().toString(), tap(namespace, "u0"),
                tap(namespace, "u1"))) {
            bridge.readUntil("port 1: ");
            try (Stream<Path> threads = Files.list(Path.of("/proc/" + bridge.pid() + "/task"))) {
                assertThat(threads).isNotEmpty().allSatisfy(thread -> assertThat(new ThreadStatus("",
                    Files.readAllLines(thread.resolve("status"))).keptFrom(NOBODY_ID, NOBODY_ID)).isNull());
            }
            try (PacketSocket from = PacketSocket.open(namespace, "u0");
                PacketSocket to = PacketSocket.open(namespace, "u1")) {
                byte[] frame = TestFrames.frame(1);
                from.send(frame);
                assertThat(to.receive(PATIENCE)).isEqualTo(frame);
            }
            namespace.ip("link", "del", "u0");
            assertThat(bridge.readUntil("looked for again")).contains("failed: EPERM",
                "(this process has given up root for the user nobody, by --user)");
            bridge.signal("TERM");
            assertThat(bridge.readAll()).contains("totals:");
            assertThat(bridge.exitCode()).isZero();
        }
    }

    /** The bridge has no right to make the tap; whoever has it makes it, and hands it over. */
    @Test
    void aTapThatComesAsADescriptorIsAPort(@TempDir Path folder) throws Exception {
        Files.setAttribute(folder, "unix:uid", NOBODY_ID);
        Path socket = folder.resolve("bridge.sock");
        try (TestNamespace namespace = TestNamespace.create()) {
            List<String> inside = List.of("ip", "netns", "exec", namespace.name());
            try (ChildCommand bridge = ChildCommand.start(inside, BridgeMain.class, "--user", NOBODY, "--stats", "0",
                "--http", "127.0.0.1:0", "--control", socket.toString(), "tap:u0,up=on")) {
                String begun = bridge.readUntil("control: listening");
                assertThat(Files.getAttribute(socket, "unix:uid")).isEqualTo(NOBODY_ID);
                assertThat(bridgectl(inside, socket, "port", "add", "tap:u1,up=on")).contains("failed: EPERM",
                    "(this process has given up root for the user nobody, by --user)");
                assertThat(bridgectl(inside, socket, "port", "add", "--fd", "tap:u1,up=on,mtu=1400,gro=on"))
                    .contains("tap:u1 has joined the bridge");
                assertThat(namespace.ip("link", "show", "dev", "u1")).contains("mtu 1400", "UP");
                try (PacketSocket from = PacketSocket.open(namespace, "u0");
                    PacketSocket to = PacketSocket.open(namespace, "u1")) {
                    byte[] frame = TestFrames.frame(1);
                    from.send(frame);
                    assertThat(to.receive(PATIENCE)).isEqualTo(frame);
                    to.send(TestFrames.frame(2));
                    assertThat(from.receive(PATIENCE)).isEqualTo(TestFrames.frame(2));
                }
                assertThat(get(namespace, begun)).contains("200 OK", "tap:u1");
                namespace.ip("link", "set", "dev", "u1", "down");
                bridge.readUntil("tap:u1: down");
                aTapOfAnotherNameIsRefused(namespace, socket);
                assertThat(bridgectl(inside, socket, "port", "remove", "tap:u1")).contains("has left");
                // Nobody has it open any more.
                assertThat(namespace.ip("link", "show")).contains("u0").doesNotContain("u1", "u2");
                bridge.signal("TERM");
                bridge.readAll();
                assertThat(bridge.exitCode()).isZero();
                assertThat(socket).doesNotExist();
            }
        }
    }

    private static String bridgectl(List<String> inside, Path socket, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("--control", socket.toString()));
        all.addAll(List.of(arguments));
        try (ChildCommand command = ChildCommand.start(inside, BridgectlMain.class, all.toArray(String[]::new))) {
            return command.readAll();
        }
    }

    private static String get(TestNamespace namespace, String log) throws Exception {
        Matcher address = Pattern.compile("http://127.0.0.1:(\\d+)/").matcher(log);
        assertThat(address.find()).isTrue();
        try (Socket socket = NetworkNamespace.call(namespace.name(),
            () -> new Socket("127.0.0.1", Integer.parseInt(address.group(1))))) {
            socket.getOutputStream().write(
                "GET /ports HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    /** Of one that nobody says where it is, the state is not known, and frames pass all the same. */
    private static void aTapOfAnotherNameIsRefused(TestNamespace namespace, Path socket) throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, PollIoHandler.newFactory());
        try (DescriptorSocket client = DescriptorSocket.connect(socket)) {
            TapChannel tap = (TapChannel) FramePorts.parse(tap(namespace, "u2")).bootstrap(group)
                .handler(new ChannelInboundHandlerAdapter()).bind().sync().channel();
            assertThat(add(client, "tap:u3", tap)).contains(
                "the descriptor that came is of tap:u2, and not of tap:u3");
            assertThat(add(client, "tap:u2", tap)).contains("\"ok\":true", "tap:u2");
            tap.close().sync();
            client.send(UTF_8.encode("{\"command\":\"port-list\"}\n"));
            assertThat(answer(client)).containsPattern("\"name\":\"tap:u2\",\"state\":\"up\"");
            client.send(UTF_8.encode("{\"command\":\"port-remove\",\"port\":\"tap:u2\"}\n"));
            assertThat(answer(client)).contains("\"ok\":true");
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    private static String add(DescriptorSocket client, String name, TapChannel tap) throws Exception {
        client.send(UTF_8.encode("{\"command\":\"port-add\",\"port\":\"" + name + "\"}\n"), tap.descriptor());
        return answer(client);
    }

    private static String answer(DescriptorSocket client) throws Exception {
        ByteBuffer answer = ByteBuffer.allocate(64 << 10);
        while (answer.position() == 0 || answer.get(answer.position() - 1) != '\n') {
            assertThat(client.await(20)).isTrue();
            assertThat(client.receive(answer, new DescriptorSocket.Received())).isNotNegative();
        }
        return UTF_8.decode(answer.flip()).toString();
    }

    private static String tap(TestNamespace namespace, String name) {
        return "tap:" + name + ",up=on,netns=" + namespace.name();
    }

    /** A thread of the kernel that works for an io_uring has the user of when it was made, and no call reaches it. */
    @Test
    void aThreadThatIsLeftBehindIsNoticed() throws Exception {
        assumeTrue(FrameLoop.IO_URING.isAvailable(), "io_uring is not available");
        try (ChildCommand early = ChildCommand.start(List.of(), UringWorker.class, "early", NOBODY);
            ChildCommand late = ChildCommand.start(List.of(), UringWorker.class, "late", NOBODY)) {
            assertThat(early.readAll()).contains("refused: thread ", "(iou-wrk-", " has kept the user 0");
            assertThat(late.readAll()).contains("worker: null");
        }
    }

    @Test
    void aUserThatCannotBeBecomeIsRefusedBeforeAnyPortIsOpened() {
        for (String user : List.of("root", "no-such-user")) {
            CommandOutcome outcome = CommandOutcome.of(new BridgeMain(), "--user", user, "vale4:a,driver=embedded",
                "vale4:b,driver=embedded");
            assertThat(outcome.code()).isEqualTo(1);
            assertThat(outcome.err()).contains(user.equals("root") ? "is root too" : "there is no user 'no-such-user'");
            assertThat(outcome.out()).isEmpty();
        }
    }

    @Test
    void whoIsNotRootOrPassesCapabilitiesOnIsToldSo() throws Exception {
        try (ChildCommand inheriting = ChildCommand.start(List.of("setpriv", "--inh-caps=+net_admin"),
            UringWorker.class, "late", NOBODY)) {
            assertThat(inheriting.readAll()).contains("setpriv --inh-caps=-all");
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.user;

import io.ringtap.examples.ChildCommand;
import io.ringtap.examples.CommandOutcome;
import io.ringtap.examples.bridge.BridgeMain;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Processes that begin as root. */
@RequiresTap
class GivingUpRootTest {
    private static final int PATIENCE = 5000;
    private static final String NOBODY = "nobody";

    @Test
    void aBridgeForwardsAsAnotherUserAndSaysWhatFailsForThat() throws Exception {
        try (TestNamespace namespace = TestNamespace.create();
            ChildCommand bridge = ChildCommand.start(List.of(), BridgeMain.class, "--user", NOBODY, "--retry", "1",
                "--stats", "0", "--loop", FrameLoop.preferred().toString(), tap(namespace, "u0"),
                tap(namespace, "u1"))) {
            bridge.readUntil("port 1: ");
            try (Stream<Path> threads = Files.list(Path.of("/proc/" + bridge.pid() + "/task"))) {
                assertThat(threads).isNotEmpty().allSatisfy(thread -> assertThat(new ThreadStatus("",
                    Files.readAllLines(thread.resolve("status"))).keptFrom(65534, 65534)).isNull());
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

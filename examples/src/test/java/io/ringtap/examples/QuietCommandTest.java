/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import io.ringtap.examples.bridge.BridgeMain;
import io.ringtap.examples.capture.CaptureMain;
import io.ringtap.examples.echo.EchoMain;
import io.ringtap.examples.pktgen.PktgenMain;
import io.ringtap.examples.vpn.VpnMain;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** Commands in a new network namespace, whose only interface is a loopback interface that is down. */
@RequiresTap
@Timeout(180)
class QuietCommandTest {
    /** The JDK looks for interfaces once, in the namespace in which it starts. */
    private static final String WHY = "this JVM found no IPv6 address when it started, and does without: set the"
        + " loopback interface up";

    private static String run(int code, Class<?> main, String... arguments) throws Exception {
        try (TestNamespace namespace = TestNamespace.create()) {
            namespace.ip("link", "set", "lo", "down");
            try (ChildCommand child = ChildCommand.start(List.of("ip", "netns", "exec", namespace.name()), main,
                arguments)) {
                if (main == EchoMain.class) {
                    child.readUntil("answering for");
                    child.signal("TERM");
                }
                String said = child.readAll();
                assertThat(child.exitCode()).as(said).isEqualTo(code);
                assertThat(said).doesNotContain("Exception", "WARNING", "\tat ");
                return said;
            }
        }
    }

    @Test
    void theBridge() throws Exception {
        assertThat(run(0, BridgeMain.class, "--demo", "--embedded")).contains("demo passed");
        assertThat(run(1, BridgeMain.class, "--demo")).contains("left cannot reach 2001:db8::2: ", WHY);
    }

    @Test
    void theTunnel() throws Exception {
        assertThat(run(1, VpnMain.class, "--demo")).contains("left cannot reach 2001:db8::2: ", WHY);
    }

    @Test
    void theOthers() throws Exception {
        assertThat(run(0, PktgenMain.class, "-i", "vale0:a,driver=embedded", "-f", "tx",
            "-i", "vale0:b,driver=embedded", "-f", "rx", "-n", "10")).contains("total tx");
        assertThat(run(0, CaptureMain.class, "tap:t0", "-w", "/dev/null", "--duration", "1"))
            .contains("capturing tap:t0");
        assertThat(run(0, EchoMain.class, "tap:t0")).contains("rx 0 frames");
    }
}

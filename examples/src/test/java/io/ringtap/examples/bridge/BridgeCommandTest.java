/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.ringtap.examples.CommandOutcome;
import io.ringtap.testkit.RequiresTap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class BridgeCommandTest {
    private static CommandOutcome run(String... arguments) {
        return CommandOutcome.of(new BridgeMain(), arguments);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "tap:a                        | two ports or more",
        "--demo tap:a                 | makes its own ports",
        "tap:a tap:b,mtu=9            | '9' is no value for mtu: expected 68-65521",
        "tap:a tap:b,queues=0         | '0' is no value for queues: expected 1-256",
        "tap:a tap:b,colour=red       | unknown key 'colour'",
        "tap:a nowhere:b              | no backend is called that; there are",
        "tap:a tap:0123456789abcdef   | too long",
        "tap:a tap:b --loop nio       | no event loop is named 'nio'",
        "tap:a tap:b --spin -1        | --spin -1: 0 to 1000000",
        "tap:a tap:b --spin 1000001   | --spin 1000001: 0 to 1000000",
        "tap:a tap:b --threads 0      | --threads 0",
        "tap:a tap:b --threads two    | --threads",
        "tap:a tap:b --threads 2x     | '--threads': '2x' is not a whole number (",
        "tap:a tap:b --age 0          | --age 0: ageing of 0 s",
        "tap:a tap:b --max-addresses 0| --max-addresses 0: ",
        "tap:a tap:b --stats -1       | --stats -1",
        "tap:a tap:b --colour red     | there is no option '--colour' (see bridge --help)",
        "tap:a tap:b --embedded       | --embedded is for --demo",
        "tap:a tap:b --umask 8        | --umask 8: an octal number",
        "tap:a tap:b --retry -1       | --retry -1: an attempt every -1 s is not within 0 to 3600",
        "tap:a tap:b --storm-rate 0   | --storm-rate 0: 0 signs of a storm a second",
        "tap:a tap:b --storm-block 86401 | --storm-block 86401: a block of 86401 s is not within 0 to 86400",
        "tap:a tap:b --log-level loud | --log-level loud: there are error, warn, info, debug, trace",
        "tap:a tap:b --stats-format xml | --stats-format xml: json or table",
        "--demo --stats-format json   | --stats-format json is not for --demo",
        "--demo --user nobody         | --user, --umask and --retry are not for --demo",
        "vale0:a vale/0:b             | port 'vale/0:b', character 5: the name of a switch holds",
        "netmap:br-lan tap:a          | port 'netmap:br-lan', character 11: the number of a ring is missing",
        "[netmap:br-lan],vnet=12 tap:a | port '[netmap:br-lan],vnet=12', character 12: the number of a ring is missing",
        "tap:a tun:b                  | port 'tun:b', character 1: this port carries IP packets, and a bridge joins",
        "tun:b,up=on tap:a            | port 'tun:b,up=on', character 1: this port carries IP packets",
        "tap:a tap:a                  | port 'tap:a', character 1: this is the same port as tap:a",
        "tap:a tap:b tap:a,up=on      | port 'tap:a,up=on', character 1: this is the same port as tap:a",
        "tap0 tap:tap0                | this is the same port as tap0",
        "tap:a,netns=/proc/self/ns/net tap:a | this is the same port as tap:a,netns=/proc/self/ns/net",
        "vale0:1 vale0:1              | this is the same port as vale0:1",
        "vale0:1@7 vale0:1,driver=embedded | this is the same port as vale0:1@7",
        "netmap:em0 netmap:em0-1      | this is the same port as netmap:em0",
        "netmap:em0 netmap-raw:em0    | this is the same port as netmap:em0",
        "netmap:em0^ netmap:em0*      | this is the same port as netmap:em0^",
        "tap:a,fault=drop=2 tap:b     | character 13: ",
        "tap:a tap:b --group-fwd 0x1  | --group-fwd 0x1: bits 0 to 2 cannot be set",
        "tap:a tap:b --http nowhere   | --http nowhere: an address and a port",
        "tap:a tap:b --http a.b:1     | --http a.b:1: 'a.b' is no IP address",
        "tap:a tap:b --http 1.2.3.4:70000 | --http 1.2.3.4:70000: an address and a port",
        "--demo --control /tmp/none   | --http and --control are not for --demo",
        "tap:a tap:b --group-fwd all  | --group-fwd all: no number",
    })
    void aWrongArgumentIsOneLineAndExitCode2(String arguments, String message) {
        CommandOutcome outcome = run(arguments.split(" +"));
        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.err().strip().lines()).hasSize(1).first().asString()
            .startsWith("bridge: ").contains(message);
        assertThat(outcome.out()).isEmpty();
    }

    @Test
    void helpAndVersionAreNoErrors() {
        assertThat(run("--help").out()).contains("--demo", "--loop", "--spin", "--age", "--max-addresses", "--stats",
            "--group-fwd", "--http", "--control");
        assertThat(run("--help").code()).isZero();
        assertThat(run("--version").out()).startsWith("ringtap ");
    }

    @Test
    void argumentsComeFromAFile(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("bridge"),
            "# ports\ntap:a\ntap:a\n\n--http=127.0.0.1:0\n--age 30\n");
        assertThat(run("@" + file).err()).contains("this is the same port as tap:a");
        assertThat(run("@" + folder.resolve("none")).err())
            .contains("no arguments can be read from the file " + folder.resolve("none"));
    }

    @Test
    @RequiresTap
    void aPortThatCannotBeOpenedIsOneLineAndExitCode1() {
        CommandOutcome outcome = run("tap:lo", "tap:rtnever");
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err().strip().lines()).hasSize(1).first().asString()
            .startsWith("bridge: port tap:lo cannot be opened: ").contains("EINVAL", "choose another name");
    }

    @Test
    void aFailureThatHasToDoWithTheMachinePointsAtTheDoctor() {
        CommandOutcome outcome = run("netmap:rtnever", "vale1:a,driver=embedded");
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err().lines()).hasSize(2).last().asString().startsWith("'./run-example.sh doctor netmap' ");
    }

    @Test
    @RequiresTap
    void theDemoPassesAndSaysSo() {
        CommandOutcome outcome = run("--demo");
        assertThat(outcome.code()).as(outcome.out() + outcome.err()).isZero();
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.out()).contains("demo passed: 20 of 20 pings answered", "equal digests", "totals:");
    }

    @Test
    void theDemoTakesTheSettingsOfTheBridge() {
        CommandOutcome outcome = run("--demo", "--embedded", "--stats", "0", "--max-addresses", "1");
        assertThat(outcome.out()).contains("frames not learned from as the table was full")
            .containsOnlyOnce("state ");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 200})
    void theDemoRunsOnTheEmbeddedNetmapAnywhere(int spin) {
        CommandOutcome outcome = run("--demo", "--embedded", "--spin", "" + spin);
        assertThat(outcome.code()).as(outcome.out() + outcome.err()).isZero();
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.out()).contains("running on the embedded netmap, as --embedded asks for",
            "demo passed: 20 of 20 pings answered", "equal digests", "on the embedded netmap", "totals:");
    }
}

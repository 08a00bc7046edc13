/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** {@code run-example.sh} in a checkout of its own. Stand-ins for Maven and Java only print their arguments. */
class RunExampleTest {
    private static final String SCRIPT = "run-example.sh";
    private static final String JAR = "examples/target/ringtap-examples-1.jar";
    private static final String NOBODY = "65534";

    @TempDir
    Path folder;
    private Path checkout;
    private Path tools;
    private String searchPath;

    /** The result of the script. */
    private record Outcome(int code, String out, String err) {
    }

    @BeforeEach
    void checkOut() throws IOException {
        // Another user reads it later.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        checkout = Files.createDirectories(folder.resolve("check out"));
        Files.copy(Path.of("..", SCRIPT), checkout.resolve(SCRIPT));
        for (String module : List.of("codec", "examples")) {
            Files.createDirectories(checkout.resolve(module + "/src/main"));
            Files.writeString(checkout.resolve(module + "/src/main/A.java"), "");
            Files.writeString(checkout.resolve(module + "/pom.xml"), "");
        }
        Files.writeString(checkout.resolve("pom.xml"), "");
        tools = Files.createDirectories(folder.resolve("tools/bin"));
        searchPath = tools + ":/usr/bin:/bin";
        tool("java", "printf '%s\\n' \"$@\"");
        tool("mvn", """
            echo '[INFO] Building Codec 1-SNAPSHOT                     [1/2]'
            echo '[INFO] Building Ringtap :: Examples 1-SNAPSHOT                     [2/2]'
            [ ! -e broken ] || { echo '[ERROR] it is broken'; exit 1; }
            mkdir -p examples/target/lib
            touch examples/target/lib/netty-1.jar examples/target/ringtap-examples-1.jar
            touch examples/target/ringtap-examples-1-sources.jar
            printf lib/netty-1.jar >examples/target/classpath""");
    }

    private void tool(String name, String body) throws IOException {
        Path file = Files.writeString(tools.resolve(name), "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Outcome run(List<String> prefix, Path where, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of("bash", where.resolve(SCRIPT).toString()));
        command.addAll(List.of(arguments));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command).redirectInput(new File("/dev/null"))
            .redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().put("PATH", searchPath);
        builder.environment().remove("JAVA_HOME");
        builder.environment().remove("RINGTAP_JAVA_OPTS");
        Process process = builder.start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Outcome(process.exitValue(), Files.readString(out, StandardCharsets.UTF_8),
            Files.readString(err, StandardCharsets.UTF_8));
    }

    private Outcome run(String... arguments) throws Exception {
        return run(List.of(), checkout, arguments);
    }

    private static void touch(Path file, long secondsFromNow) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(secondsFromNow)));
    }

    private void assertRuns(Outcome outcome, Path where) {
        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out().lines().toList()).containsSequence("-cp",
            where.resolve(JAR) + ":" + where.resolve("examples/target/lib/netty-1.jar"),
            "io.ringtap.examples.echo.EchoMain", "tap:a b", "--log");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "-h", "help", ""})
    void theHelpNamesTheExamplesAndCompletionAndNeedsNoBuild(String argument) throws Exception {
        Outcome outcome = argument.isEmpty() ? run() : run(argument);
        assertThat(outcome.code()).isZero();
        assertThat(outcome.out()).contains("usage: ", "  bridge ", "  pktgen ",
            "source <(./run-example.sh completion)");
        assertThat(outcome.err()).isEmpty();
        assertThat(checkout.resolve("examples/target")).doesNotExist();
    }

    @Test
    void anUnknownNameIsOneLineAndExitCode2() throws Exception {
        Outcome outcome = run("brigde");
        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.err()).isEqualTo("run-example.sh: no example is called 'brigde': there are bridge,"
            + " bridgectl, echo, vpn, capture, pktgen, doctor\n");
    }

    @Test
    void itBuildsOnceAndShowsHowFarItIs() throws Exception {
        Outcome first = run("echo", "tap:a b", "--log");
        assertRuns(first, checkout);
        assertThat(first.err()).isEqualTo("building Ringtap (once, until its sources change) ...\n"
            + "  [1/2] Codec\n  [2/2] Ringtap :: Examples\n");
        assertThat(checkout.resolve("examples/target/build.log")).content().contains("[INFO] Building Codec");

        Outcome second = run("echo", "tap:a b", "--log");
        assertRuns(second, checkout);
        assertThat(second.err()).isEmpty();

        touch(checkout.resolve("codec/src/main/A.java"), 5);
        assertThat(run("echo").err()).startsWith("building Ringtap");
    }

    @Test
    void completionIsToldTheExamples() throws Exception {
        Outcome outcome = run("completion");
        assertThat(outcome.out()).endsWith("io.ringtap.examples.completion.CompletionMain\nrun-example.sh\n"
            + "bridge=io.ringtap.examples.bridge.BridgeMain\n"
            + "bridgectl=io.ringtap.examples.bridge.control.BridgectlMain\necho=io.ringtap.examples.echo.EchoMain\n"
            + "vpn=io.ringtap.examples.vpn.VpnMain\ncapture=io.ringtap.examples.capture.CaptureMain\n"
            + "pktgen=io.ringtap.examples.pktgen.PktgenMain\ndoctor=io.ringtap.examples.doctor.DoctorMain\n");
    }

    @Test
    void aBuildThatFailsIsToldWithWhatMavenSays() throws Exception {
        Files.writeString(checkout.resolve("broken"), "");
        Outcome outcome = run("echo");
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err()).contains("[ERROR] it is broken").endsWith("run-example.sh: the build failed; all it"
            + " printed is in " + checkout.resolve("examples/target/build.log") + "\n");
    }

    @Test
    void aCheckoutThatWasMovedRunsWithoutABuild() throws Exception {
        run("echo");
        Path moved = Files.move(checkout, folder.resolve("moved"));
        Outcome outcome = run(List.of(), moved, "echo", "tap:a b", "--log");
        assertRuns(outcome, moved);
        assertThat(outcome.err()).isEmpty();
    }

    @Test
    void aLinkToTheScriptRunsTheCheckoutThatItIsIn() throws Exception {
        run("echo");
        Path links = Files.createDirectories(folder.resolve("links"));
        Files.createSymbolicLink(links.resolve(SCRIPT), checkout.resolve(SCRIPT));
        assertRuns(run(List.of(), links, "echo", "tap:a b", "--log"), checkout);
    }

    @Test
    void jarsThatAreMissingAndAClassPathOfAnotherPlaceAreBuiltAnew() throws Exception {
        run("echo");
        Files.delete(checkout.resolve("examples/target/lib/netty-1.jar"));
        assertThat(run("echo").err()).startsWith("building Ringtap");
        Files.writeString(checkout.resolve("examples/target/classpath"), "/root/.m2/netty-1.jar");
        Outcome outcome = run("echo", "tap:a b", "--log");
        assertThat(outcome.err()).startsWith("building Ringtap");
        assertRuns(outcome, checkout);
    }

    /**
     * Removes the permission to write. Returns the words that have to be put in front of a command to make it respect
     * that.
     */
    private List<String> readOnly() throws Exception {
        List<Path> all;
        try (Stream<Path> files = Files.walk(checkout)) {
            all = files.toList();
        }
        for (Path file : all) {
            Files.setPosixFilePermissions(file,
                PosixFilePermissions.fromString(Files.isDirectory(file) ? "r-xr-xr-x" : "r--r--r--"));
        }
        if (!Files.isWritable(checkout)) {
            return List.of();
        }
        // The superuser may write anyway.
        try {
            Process process = new ProcessBuilder("setpriv", "--reuid=" + NOBODY, "--clear-groups", "test", "-x",
                checkout.toString()).start();
            assumeTrue(process.waitFor() == 0, "the user " + NOBODY + " does not reach " + checkout);
        } catch (IOException e) {
            assumeTrue(false, "there is no setpriv: " + e.getMessage());
        }
        return List.of("setpriv", "--reuid=" + NOBODY, "--clear-groups");
    }

    @Test
    void whoMayNotWriteRunsWhatIsBuilt() throws Exception {
        run("echo");
        List<String> prefix = readOnly();
        Outcome outcome = run(prefix, checkout, "echo", "tap:a b", "--log");
        assertRuns(outcome, checkout);
        assertThat(outcome.err()).isEmpty();

        touch(checkout.resolve("codec/src/main/A.java"), 5);
        outcome = run(prefix, checkout, "echo", "tap:a b", "--log");
        assertRuns(outcome, checkout);
        assertThat(outcome.err()).startsWith("run-example.sh: running what was built before: the sources are newer,")
            .contains("and ", " may not write to " + checkout).hasLineCount(1);
    }

    @Test
    void whoMayNotWriteIsToldSoWhereNothingIsBuilt() throws Exception {
        Outcome outcome = run(readOnly(), checkout, "echo");
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err()).startsWith("run-example.sh: Ringtap is not built in " + checkout + ", and ")
            .contains(" may not write to " + checkout).hasLineCount(1);
    }

    @Test
    void aMissingMavenIsNamed() throws Exception {
        Path few = Files.createDirectories(folder.resolve("few"));
        for (String needed : List.of("readlink", "dirname", "cat", "find", "ls", "grep", "head", "id")) {
            Path tool = Stream.of("/usr/bin", "/bin").map(bin -> Path.of(bin, needed)).filter(Files::exists)
                .findFirst().orElseThrow();
            Files.createSymbolicLink(few.resolve(needed), tool);
        }
        Files.createSymbolicLink(few.resolve("java"), tools.resolve("java"));
        searchPath = few.toString();
        Outcome outcome = run("echo");
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.err()).startsWith("run-example.sh: Ringtap is not built in " + checkout + ", and there is no"
            + " mvn to build with: install Maven").hasLineCount(1);
    }
}

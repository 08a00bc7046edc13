/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.doctor;

import io.ringtap.examples.ExampleCommand;
import io.ringtap.examples.PortCommand;
import io.ringtap.virtio.LinkLayer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The command line of the doctor. */
@Command(name = "doctor", mixinStandardHelpOptions = true, versionProvider = ExampleCommand.Version.class,
    description = {"Tells which ports and which event loops work here, and what to do about those that do not.", "",
        "With needs, it tells of these alone, and exits with 1 if one of them is not met. A port that is opened is"
            + " closed again at once; an interface that is made for it goes with it.", "",
        "For example: doctor tap io_uring && ./run-example.sh bridge --loop io_uring tap:a tap:b"})
public final class DoctorMain implements PortCommand {
    @Parameters(paramLabel = "NEED", arity = "0..*", description = "A kind of port, such as tap or vale; an event loop,"
        + " such as io_uring; or a port, such as tap:t0,vnet=12, which is opened.")
    private List<String> needs = new ArrayList<>();

    @Spec
    private CommandSpec spec;

    /** Made by {@link #main} and by tests. */
    public DoctorMain() {
    }

    /** Tells; exits with 0, 1 if a need is not met, 2 on wrong arguments. */
    public static void main(String[] arguments) {
        System.exit(ExampleCommand.run(new DoctorMain(), arguments));
    }

    @Override
    public Optional<LinkLayer> linkLayer() {
        return Optional.empty();
    }

    @Override
    public Integer call() {
        Examination examination = new Examination();
        if (!needs.isEmpty()) {
            List<Finding> findings = needs.stream().map(need -> examine(examination, need)).toList();
            findings.forEach(DoctorMain::print);
            return findings.stream().allMatch(Finding::works) ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
        }
        System.out.println("ports");
        examination.kindsOfPort().forEach(DoctorMain::print);
        System.out.println("event loops");
        examination.loops().forEach(DoctorMain::print);
        System.out.println("this process");
        ThisProcess.lines().forEach(line -> System.out.println("  " + line));
        return CommandLine.ExitCode.OK;
    }

    private Finding examine(Examination examination, String need) {
        try {
            return examination.of(need);
        } catch (IllegalArgumentException e) {
            throw new CommandLine.ParameterException(spec.commandLine(), e.getMessage());
        }
    }

    private static void print(Finding finding) {
        System.out.println(String.format("  %-9s %s", finding.name(), finding.works()
            ? finding.text().isEmpty() ? "works" : (finding.text().startsWith("and ") ? "works, " : "works: ")
                + finding.text() : "does not work: " + finding.text()));
    }
}

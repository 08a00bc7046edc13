/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortAvailability;
import io.ringtap.loop.FrameLoop;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Which call of the doctor tells more about a failure that has to do with this machine. */
final class DoctorHint {
    /** As system calls report what is not there or not allowed; and as an event loop is refused. */
    private static final Pattern OF_THE_MACHINE = Pattern.compile("failed: E(PERM|ACCES|BUSY|NODEV|NXIO|NOSYS|OPNOTSUPP"
        + "|AFNOSUPPORT|MFILE|NFILE|NOMEM) |open\\(/dev/\\S+ failed: ENOENT |event loop is unavailable: ");
    private static final Pattern WORD = Pattern.compile("[a-z_]+");

    private DoctorHint() {
    }

    /**
     * The hint, for a message of a failure.
     *
     * @return empty if the failure has nothing to do with the machine
     */
    static Optional<String> of(String message) {
        if (!OF_THE_MACHINE.matcher(message).find()) {
            return Optional.empty();
        }
        List<String> needs = needs();
        String need = WORD.matcher(message).results().map(MatchResult::group).filter(needs::contains).findFirst()
            .orElse("");
        return Optional.of("'./run-example.sh doctor" + (need.isEmpty() ? "" : " " + need)
            + "' tells what works here, and what to do about what does not");
    }

    /** The kinds of port and of event loop. */
    private static List<String> needs() {
        return Stream.concat(FramePorts.load().availability().stream().map(PortAvailability::kind),
            Arrays.stream(FrameLoop.values()).map(FrameLoop::toString)).toList();
    }
}

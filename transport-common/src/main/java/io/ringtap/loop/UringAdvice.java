/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What to do where the kernel refuses an io_uring. */
final class UringAdvice {
    /** Since Linux 6.6: 0 for everybody, 1 for io_uring_group and CAP_SYS_ADMIN, 2 for nobody; kernel/sysctl.rst. */
    private static final Path SWITCH = Path.of("/proc/sys/kernel/io_uring_disabled");

    private UringAdvice() {
    }

    /** To continue the message of a failure on this machine; empty if there is nothing to advise. */
    static String here(Throwable failure) {
        String value;
        try {
            value = Files.readString(SWITCH).strip();
        } catch (IOException | RuntimeException olderKernel) {
            value = "0";
        }
        return of(value, String.valueOf(failure.getMessage()));
    }

    static String of(String disabled, String failure) {
        if (!disabled.equals("0")) {
            return ": io_uring is switched off for "
                + (disabled.equals("1") ? "users without CAP_SYS_ADMIN" : "everybody")
                + ", and root switches it on with 'sysctl -w kernel.io_uring_disabled=0'";
        }
        if (failure.contains("not permitted") || failure.contains("denied")) {
            return ": a filter of system calls refuses it, as that of a container does; one that allows it is given to"
                + " docker and podman with '--security-opt seccomp=FILE', and systemd takes"
                + " 'SystemCallFilter=@aio'";
        }
        if (failure.contains("allocate memory")) {
            return ": its memory counts as locked memory, of which there may be more after 'ulimit -l unlimited'";
        }
        return "";
    }
}

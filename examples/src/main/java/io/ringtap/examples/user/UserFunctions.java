/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.user;

import jnr.ffi.Pointer;
import jnr.ffi.annotations.SaveError;
import jnr.ffi.types.u_int32_t;

/**
 * Functions of the C library, with their names and arguments as in unistd.h, grp.h, pwd.h and sys/stat.h; public for
 * the class that jnr-ffi generates. The kernel knows user and group of a thread only: glibc and musl change those of
 * all threads, by a signal to each, where a system call of its own would change one.
 */
public interface UserFunctions {
    /** A struct passwd, or null if there is no such user. */
    @SaveError
    Pointer getpwnam(CharSequence name);

    /** The struct passwd of a user, or null if there is none. */
    @SaveError
    Pointer getpwuid(@u_int32_t long user);

    /** The struct group of a group, or null if there is none. */
    @SaveError
    Pointer getgrgid(@u_int32_t long group);

    /** Sets the supplementary groups to those that a user has, and one more; other than 0 if it fails. */
    @SaveError
    int initgroups(CharSequence user, @u_int32_t long group);

    /** Sets the real, effective and saved group; other than 0 if it fails. */
    @SaveError
    int setresgid(@u_int32_t long real, @u_int32_t long effective, @u_int32_t long saved);

    /** Sets the real, effective and saved user; other than 0 if it fails. */
    @SaveError
    int setresuid(@u_int32_t long real, @u_int32_t long effective, @u_int32_t long saved);

    /** Sets what is taken from the permissions of files that are made; what was taken before. */
    @u_int32_t
    long umask(@u_int32_t long mask);

    /** What an error number means. */
    String strerror(int error);
}

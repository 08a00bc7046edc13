/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.user;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The user that a process becomes once it needs root no more. All of its threads lose user, groups and capabilities of
 * root: those of Java, of the JVM and of the kernel that work for it. The capabilities that a program of the user might
 * still get, the bounding set, are for who starts the process.
 */
public final class ProcessUser {
    /** struct passwd of pwd.h, on a 64-bit Linux: two pointers stand in front of the user. */
    private static final int PW_UID = 16;
    private static final int PW_GID = 20;
    private static final Pattern NOT_ALLOWED =
        Pattern.compile("\\bE(PERM|ACCES)\\b|permission denied|not permitted", Pattern.CASE_INSENSITIVE);
    private static volatile ProcessUser current;

    private final UserFunctions functions;
    private final String name;
    private final int uid;
    private final int gid;

    private ProcessUser(UserFunctions functions, String name, int uid, int gid) {
        this.functions = functions;
        this.name = name;
        this.uid = uid;
        this.gid = gid;
    }

    /**
     * Finds a user, while the process still is root.
     *
     * @throws IOException if there is none of this name, or this process could not become it, saying why
     */
    public static ProcessUser named(String name) throws IOException {
        List<ThreadStatus> threads = ThreadStatus.ofThisProcess();
        if (threads.stream().anyMatch(thread -> thread.effectiveUser() != 0)) {
            throw new IOException("only root becomes another user, and this process is none: start it as root, or leave"
                + " --user out");
        }
        // The calls that set users leave them as they are, and only its own thread can empty them.
        if (threads.stream().anyMatch(ThreadStatus::mayInherit)) {
            throw new IOException("this process has inheritable capabilities, which --user does not take from it: start"
                + " it with 'setpriv --inh-caps=-all ./run-example.sh ...'");
        }
        UserFunctions functions = functions();
        Pointer entry = functions.getpwnam(name);
        if (entry == null) {
            throw new IOException("there is no user '" + name + "': 'useradd --system " + name + "' makes one");
        }
        int uid = entry.getInt(PW_UID);
        if (uid == 0) {
            throw new IOException("the user '" + name + "' is root too, and has no fewer privileges");
        }
        return new ProcessUser(functions, name, uid, entry.getInt(PW_GID));
    }

    /**
     * Sets what is taken from the permissions of the files and sockets that this process makes: umask(2).
     *
     * @throws IOException if there is no C library to ask
     */
    public static void umask(int mask) throws IOException {
        functions().umask(mask);
    }

    private static UserFunctions functions() throws IOException {
        try {
            return LibraryLoader.create(UserFunctions.class).failImmediately().load("c");
        } catch (LinkageError e) {
            throw new IOException("the C library cannot be called: " + e.getMessage(), e);
        }
    }

    /**
     * Becomes this user, for good, and looks whether all threads have.
     *
     * @throws IOException if that fails; the process may have lost a part of its privileges then, and is to end
     */
    public void become() throws IOException {
        long user = Integer.toUnsignedLong(uid);
        long group = Integer.toUnsignedLong(gid);
        check("initgroups", functions.initgroups(name, group));
        check("setresgid", functions.setresgid(group, group, group));
        check("setresuid", functions.setresuid(user, user, user));
        for (ThreadStatus thread : ThreadStatus.ofThisProcess()) {
            String kept = thread.keptFrom(user, group);
            if (kept != null) {
                throw new IOException("thread " + thread.id() + " (" + thread.name() + ") has kept " + kept
                    + " although the process has become " + name);
            }
        }
        current = this;
    }

    private void check(String call, int result) throws IOException {
        if (result != 0) {
            int error = Runtime.getRuntime(functions).getLastError();
            throw new IOException("this process cannot become " + name + ": " + call + " failed: "
                + functions.strerror(error));
        }
    }

    /**
     * A failure, with the reason that this process may do less than it could when it was started, if that is one.
     *
     * @param message of the failure
     */
    public static String explain(String message) {
        ProcessUser user = current;
        return user == null || !NOT_ALLOWED.matcher(message).find() ? message
            : message + " (this process has given up root for the user " + user.name + ", by --user)";
    }

    @Override
    public String toString() {
        return name + " (user id " + Integer.toUnsignedLong(uid) + ", group id " + Integer.toUnsignedLong(gid) + ")";
    }
}

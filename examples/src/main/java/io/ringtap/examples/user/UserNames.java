/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.user;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;

/** The names of users and groups, as the C library finds them: getpwuid(3), getgrgid(3). Any thread. */
public final class UserNames {
    private UserNames() {
    }

    /** The name of a user; the number if there is none, or nobody can be asked. */
    public static String user(long id) {
        return name(id, functions -> functions.getpwuid(id));
    }

    /** The name of a group; the number if there is none, or nobody can be asked. */
    public static String group(long id) {
        return name(id, functions -> functions.getgrgid(id));
    }

    private interface Question {
        Pointer ask(UserFunctions functions);
    }

    /** The answer lies in memory of the C library, which the next question overwrites. */
    private static synchronized String name(long id, Question question) {
        try {
            Pointer entry = question.ask(LibraryLoader.create(UserFunctions.class).failImmediately().load("c"));
            // Of struct passwd and struct group alike, the first member.
            Pointer name = entry == null ? null : entry.getPointer(0);
            return name == null ? Long.toString(id) : name.getString(0);
        } catch (LinkageError e) {
            return Long.toString(id);
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.doctor;

/**
 * What was found out about one thing.
 *
 * @param name what it is called
 * @param works whether it works here
 * @param text why not and what to do about it, or what there is to know; may be empty
 */
record Finding(String name, boolean works, String text) {
    static Finding works(String name, String remark) {
        return new Finding(name, true, remark);
    }

    static Finding fails(String name, Throwable cause) {
        return new Finding(name, false, cause.getMessage() == null ? cause.toString() : cause.getMessage());
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import org.junit.jupiter.api.extension.ExtendWith;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The tests of a class make the system calls of a FreeBSD machine: {@code -Dringtap.freebsd=HOST:PORT} and {@code
 * -Dringtap.freebsd.token=TOKEN} name the agent there. Without them the class is skipped, with that sentence. While it
 * runs, all system calls of Ringtap in this JVM are made there, and no other JVM runs such a class; a test may have a
 * {@link FreeBsdMachine} as a parameter.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(FreeBsdExtension.class)
public @interface RequiresFreeBsd {
    /** Whether {@code -Dringtap.freebsd.ram=FILE} has to name the memory of the machine as well. */
    boolean memory() default false;
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

/**
 * The errors netmap answers with, by the name they have on every system; what each means here is netmap(4)'s and the
 * module's own.
 */
public enum NetmapError {
    /** A request that makes no sense, a ring or memory region that is not there, a name that cannot be. */
    EINVAL("invalid request"),
    /** No such port; or a call on a descriptor that is bound to none. */
    ENXIO("no such port"),
    /** No such pipe. */
    ENODEV("no such device"),
    /** The descriptor is bound already, or somebody owns the rings exclusively. */
    EBUSY("in use"),
    /** The port went away; or it has a vnet header and the program did not say that it accepts one. */
    EIO("input/output error"),
    /** Memory, or the ports of a switch, ran out. */
    ENOMEM("out of memory or ports"),
    /** This netmap cannot do that. */
    EOPNOTSUPP("not supported"),
    /** The request with its options is longer than 4096 bytes. */
    EMSGSIZE("request too long"),
    /** No right to the device. */
    EACCES("permission denied"),
    /** No netmap on this machine; or no such switch. */
    ENOENT("not there"),
    /** There is an interface of that name already. */
    EEXIST("exists already"),
    /** Any other; the message has its number. */
    OTHER("error");

    private final String meaning;

    NetmapError(String meaning) {
        this.meaning = meaning;
    }

    /** A few words for a message. */
    public String meaning() {
        return meaning;
    }
}

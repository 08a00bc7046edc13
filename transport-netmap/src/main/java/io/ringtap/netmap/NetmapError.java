/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

/**
 * The errors of netmap, by the names that they have on every system. What each means is described in netmap(4) and by
 * the kernel module.
 */
public enum NetmapError {
    /** The request is invalid, there is no such ring or memory region, or no port can have the name. */
    EINVAL("invalid request"),
    /** There is no such port, or the descriptor is bound to none. */
    ENXIO("no such port"),
    /** There is no such pipe. */
    ENODEV("no such device"),
    /** The descriptor is bound already, or somebody else has the rings. */
    EBUSY("in use"),
    /** The port was removed, or it has a vnet header and the program has not said that it accepts one. */
    EIO("input/output error"),
    /** There is no more memory, or the switch has no free port. */
    ENOMEM("out of memory or ports"),
    /** This netmap does not support the request. */
    EOPNOTSUPP("not supported"),
    /** The request with its options is longer than 4096 bytes. */
    EMSGSIZE("request too long"),
    /** The process may not open the device. */
    EACCES("permission denied"),
    /** There is no netmap on this machine, or no such switch. */
    ENOENT("not there"),
    /** There is an interface of that name already. */
    EEXIST("exists already"),
    /** Any other error; the message has its number. */
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

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

/**
 * What to advise where the kernel refuses for want of privilege: the command by which root can do it beforehand.
 */
final class Privilege {
    private Privilege() {
    }

    /**
     * For a device that could not be opened.
     *
     * @param namespace in which it was to be opened, {@code null} for that of the process
     */
    static String toOpen(TunKind kind, InterfaceAddress address, String namespace, boolean multiQueue) {
        return "creating a network interface, or opening one of another owner, needs CAP_NET_ADMIN: run as root, or"
            + " give java the capability, or let root make the device for this user once: '"
            + ip(namespace, "tuntap add dev " + address.shownName().replace("%d", "0") + " mode " + kind.word()
                + " user " + System.getProperty("user.name") + (multiQueue ? " multi_queue" : "")) + "'";
    }

    /**
     * For an interface that could not be changed; one that is so already needs no privilege to be opened.
     *
     * @param command the arguments of {@code ip} by which root changes it
     */
    static String toChange(String namespace, String command) {
        return "changing a network interface needs CAP_NET_ADMIN: run as root, or let root do it beforehand with '"
            + ip(namespace, command) + "'";
    }

    /** A command for the shell that changes an interface, wherever it is. */
    static String ip(String namespace, String command) {
        if (namespace == null) {
            return "ip " + command;
        }
        return (namespace.indexOf('/') >= 0 ? "nsenter --net=" + namespace + " ip " : "ip -n " + namespace + " ")
            + command;
    }
}

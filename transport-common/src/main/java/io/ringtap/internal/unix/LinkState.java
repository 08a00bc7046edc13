/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import io.ringtap.ethernet.MacAddress;

import java.util.Locale;

/**
 * What the kernel said of a network interface at one moment ({@code RTM_NEWLINK}, rtnetlink(7)).
 *
 * @param index the interface index within its namespace
 * @param name its name, a char for each byte
 * @param flags IFF_ flags of {@code linux/if.h}
 * @param mtu bytes of payload in a frame
 * @param mac its address, {@code null} for one that has none of 6 octets
 * @param rxDropped frames the kernel dropped on their way from the device into the stack
 * @param txDropped frames the kernel dropped on their way to the device: for a tap, those its reader was too slow for
 * @param tunQueues of a tap or TUN device with several queues: how many are open; 0 for others, and before Linux 4.20
 */
public record LinkState(int index, String name, int flags, int mtu, MacAddress mac, long rxDropped, long txDropped,
                        int tunQueues) implements InterfaceState {
    /** IFF_UP: set up by the administrator. */
    public static final int IFF_UP = 0x1;
    /** IFF_LOWER_UP: the driver has a carrier. */
    public static final int IFF_LOWER_UP = 0x1_0000;

    /**
     * A name as it may be shown: an interface can be renamed to almost any bytes. A byte that is no printable character
     * of ASCII is written as {@code \\x1b}, and a backslash as {@code \\x5c}.
     */
    public static String shown(String name) {
        StringBuilder shown = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '\\') {
                shown.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
            } else {
                shown.append(c);
            }
        }
        return shown.toString();
    }

    /** Whether the administrator has set it up. */
    public boolean isUp() {
        return (flags & IFF_UP) != 0;
    }

    @Override
    public boolean isRunning() {
        return isUp() && hasCarrier();
    }

    /** Whether the driver has a carrier; the kernel says so only of an interface that is up. */
    public boolean hasCarrier() {
        return (flags & IFF_LOWER_UP) != 0;
    }
}

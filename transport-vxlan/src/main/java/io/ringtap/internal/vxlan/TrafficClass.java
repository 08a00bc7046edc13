/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

/** How the traffic class of a packet gets into the header around it, and back (RFC 6040). Pure. */
public final class TrafficClass {
    /** In place of a class: that of the packet inside. */
    public static final int INHERITED = -1;

    private static final int ECN = 3;
    private static final int CONGESTED = 3;

    private TrafficClass() {
    }

    /**
     * The class of the outer header, in the normal mode of section 4.1: its ECN field is that of the packet.
     *
     * @param inner the class of the packet
     * @param set the class whose other bits are set, or {@link #INHERITED}
     */
    public static int outer(int inner, int set) {
        return set == INHERITED ? inner : set & ~ECN | inner & ECN;
    }

    /** Whether a router has marked the outer header, so that the packet has to be marked, or dropped. */
    public static boolean isCongested(int outer) {
        return (outer & ECN) == CONGESTED;
    }

    /** Whether the transport of the packet takes marks; one that does not has to lose the packet (section 4.2). */
    public static boolean takesMarks(int inner) {
        return (inner & ECN) != 0;
    }
}

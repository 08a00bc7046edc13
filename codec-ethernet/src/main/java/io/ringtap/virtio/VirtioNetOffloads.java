/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;

/**
 * What may be given to one side: the set of things that it does, or lets do, for the giver. Immutable; any thread.
 */
public final class VirtioNetOffloads {
    /** Only whole frames with complete checksums. */
    public static final VirtioNetOffloads NONE = new VirtioNetOffloads(0);
    /** All of {@link VirtioNetOffload}. */
    public static final VirtioNetOffloads ALL = new VirtioNetOffloads(0x7f);

    private static final int TSO = VirtioNetOffload.TSO4.mask() | VirtioNetOffload.TSO6.mask();

    private final int bits;

    private VirtioNetOffloads(int bits) {
        this.bits = bits;
    }

    /** The set of the given offloads, with nothing added or left out. */
    public static VirtioNetOffloads of(VirtioNetOffload... offloads) {
        int bits = 0;
        for (VirtioNetOffload offload : offloads) {
            bits |= offload.mask();
        }
        return new VirtioNetOffloads(bits);
    }

    /**
     * The set with the given {@link #bits}.
     *
     * @throws IllegalArgumentException if a bit means no offload
     */
    public static VirtioNetOffloads ofBits(int bits) {
        if ((bits & ~ALL.bits) != 0) {
            throw new IllegalArgumentException("no such offload: 0x" + Integer.toHexString(bits & ~ALL.bits));
        }
        return new VirtioNetOffloads(bits);
    }

    /** What a backend with these features takes from the front end; the legacy GSO bit stands for TSO and ECN. */
    public static VirtioNetOffloads ofHostFeatures(Collection<VirtioNetFeature> features) {
        int bits = 0;
        for (VirtioNetOffload offload : VirtioNetOffload.values()) {
            if (features.contains(offload.hostFeature())) {
                bits |= offload.mask();
            }
        }
        if (features.contains(VirtioNetFeature.GSO)) {
            bits |= TSO | VirtioNetOffload.ECN.mask();
        }
        return new VirtioNetOffloads(bits);
    }

    /** What a front end with these features takes from the backend. */
    public static VirtioNetOffloads ofGuestFeatures(Collection<VirtioNetFeature> features) {
        int bits = 0;
        for (VirtioNetOffload offload : VirtioNetOffload.values()) {
            if (features.contains(offload.guestFeature())) {
                bits |= offload.mask();
            }
        }
        return new VirtioNetOffloads(bits);
    }

    /** {@link VirtioNetOffload#mask()} of each member, or'ed: the numbering of Linux's TUN_F_CSUM to TUN_F_USO6. */
    public int bits() {
        return bits;
    }

    /** Whether an offload is in the set. */
    public boolean contains(VirtioNetOffload offload) {
        return (bits & offload.mask()) != 0;
    }

    /** Whether every member of another set is in this one. */
    public boolean containsAll(VirtioNetOffloads other) {
        return (other.bits & ~bits) == 0;
    }

    /** Whether the set is empty. */
    public boolean isEmpty() {
        return bits == 0;
    }

    /** What is in both sets. */
    public VirtioNetOffloads and(VirtioNetOffloads other) {
        return new VirtioNetOffloads(bits & other.bits);
    }

    /** What is in either set. */
    public VirtioNetOffloads or(VirtioNetOffloads other) {
        return new VirtioNetOffloads(bits | other.bits);
    }

    /** What is in this set and not in the other. */
    public VirtioNetOffloads without(VirtioNetOffloads other) {
        return new VirtioNetOffloads(bits & ~other.bits);
    }

    /**
     * The members whose own needs are met by the set (VIRTIO 1.2, section 5.1.3.1): every segmentation needs CSUM, ECN
     * needs TSO4 or TSO6. What lacks its need is left out, the rest stays.
     */
    public VirtioNetOffloads honoured() {
        if (!contains(VirtioNetOffload.CSUM)) {
            return NONE;
        }
        return (bits & TSO) == 0 ? new VirtioNetOffloads(bits & ~VirtioNetOffload.ECN.mask()) : this;
    }

    /** The members as a new set. */
    public Set<VirtioNetOffload> toSet() {
        EnumSet<VirtioNetOffload> set = EnumSet.noneOf(VirtioNetOffload.class);
        for (VirtioNetOffload offload : VirtioNetOffload.values()) {
            if (contains(offload)) {
                set.add(offload);
            }
        }
        return set;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VirtioNetOffloads && ((VirtioNetOffloads) other).bits == bits;
    }

    @Override
    public int hashCode() {
        return bits;
    }

    @Override
    public String toString() {
        return toSet().toString();
    }
}

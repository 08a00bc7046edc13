/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * The virtio-net headers and offloads that a port can be set to, or has (bhyve's {@code get_cap}). Immutable.
 */
public final class VirtioNetBackend {
    /** A port that knows no header. */
    public static final VirtioNetBackend PLAIN = new VirtioNetBackend(
        EnumSet.of(VnetHeaderLength.NONE), VirtioNetOffloads.NONE, VirtioNetOffloads.NONE, true);

    private final Set<VnetHeaderLength> lengths;
    private final VirtioNetOffloads takes;
    private final VirtioNetOffloads gives;
    private final boolean restrictable;

    /**
     * @param lengths the header lengths that the port can be set to
     * @param takes what frames written to the port may leave undone
     * @param gives what frames read from the port may have left undone
     * @param restrictable whether {@code gives} can be reduced, as by TUNSETOFFLOAD; a VALE port with a header
     *     delivers whatever the other ports of the switch have written
     * @throws IllegalArgumentException if there is no length, or an offload lacks another that it needs
     */
    public VirtioNetBackend(Collection<VnetHeaderLength> lengths, VirtioNetOffloads takes, VirtioNetOffloads gives,
                            boolean restrictable) {
        if (lengths.isEmpty()) {
            throw new IllegalArgumentException("a backend has at least one header length; NONE is one");
        }
        requireHonoured("takes", takes);
        requireHonoured("gives", gives);
        this.lengths = EnumSet.copyOf(lengths);
        this.takes = takes;
        this.gives = gives;
        this.restrictable = restrictable;
    }

    private static void requireHonoured(String name, VirtioNetOffloads offloads) {
        Objects.requireNonNull(offloads, name);
        if (!offloads.honoured().equals(offloads)) {
            throw new IllegalArgumentException(
                name + ' ' + offloads + " lacks CSUM, or TSO for ECN; possible is " + offloads.honoured());
        }
    }

    /** This backend without offloads that it has refused, and without those that need them. */
    public VirtioNetBackend without(VirtioNetOffloads takes, VirtioNetOffloads gives) {
        return new VirtioNetBackend(lengths, this.takes.without(takes).honoured(), this.gives.without(gives).honoured(),
            restrictable);
    }

    /** This backend without a header length that it has refused. */
    public VirtioNetBackend without(VnetHeaderLength length) {
        EnumSet<VnetHeaderLength> left = EnumSet.copyOf(lengths);
        left.remove(length);
        return new VirtioNetBackend(left, takes, gives, restrictable);
    }

    /** Whether the port can be set to a header length. */
    public boolean has(VnetHeaderLength length) {
        return lengths.contains(length);
    }

    /** What frames written to the port may leave undone. */
    public VirtioNetOffloads takes() {
        return takes;
    }

    /** What frames read from the port may have left undone. */
    public VirtioNetOffloads gives() {
        return gives;
    }

    /** Whether {@link #gives} can be reduced. */
    public boolean isRestrictable() {
        return restrictable;
    }

    @Override
    public String toString() {
        return "VirtioNetBackend(lengths: " + lengths + ", takes: " + takes + ", gives: " + gives
            + (restrictable ? ")" : ", fixed)");
    }
}

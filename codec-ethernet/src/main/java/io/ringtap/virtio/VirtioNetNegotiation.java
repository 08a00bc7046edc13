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
 * What a front end and a backend agreed on: a header length for each side, what each may leave undone, and what has to
 * be done in software between them. The value is immutable and {@link #negotiate} pure: when it throws, or when
 * the backend then refuses what it is set to, whatever was agreed before still holds, because nothing has changed it.
 *
 * <p>Each feature is honoured or refused by itself. Whatever the front end asks to leave undone is granted as far as
 * its header can say it, since software does what the backend does not:
 *
 * <pre>
 *   front end --- toBackend ---> [ software: toBackendInSoftware ] ---> backend takes the rest
 *   front end &lt;-- toFrontEnd --- [ software: toFrontEndInSoftware ] &lt;-- backendGives --- backend
 * </pre>
 */
public final class VirtioNetNegotiation {
    private final VnetHeaderLength frontEndLength;
    private final VnetHeaderLength backendLength;
    private final VirtioNetOffloads toBackend;
    private final VirtioNetOffloads toBackendInSoftware;
    private final VirtioNetOffloads backendGives;
    private final VirtioNetOffloads toFrontEnd;

    private VirtioNetNegotiation(VnetHeaderLength frontEndLength, VnetHeaderLength backendLength,
                                 VirtioNetOffloads toBackend, VirtioNetOffloads toBackendInSoftware,
                                 VirtioNetOffloads backendGives, VirtioNetOffloads toFrontEnd) {
        this.frontEndLength = frontEndLength;
        this.backendLength = backendLength;
        this.toBackend = toBackend;
        this.toBackendInSoftware = toBackendInSoftware;
        this.backendGives = backendGives;
        this.toFrontEnd = toFrontEnd;
    }

    /**
     * Agrees on what the front end wants and the backend has.
     *
     * @param length the front end's header
     * @param wanted the front end's features; those that are no offload and set no header length do not matter here
     * @throws IllegalArgumentException if a wanted feature needs a longer header than {@code length}, or the features
     *     include segmentation inside a tunnel, which is not offered
     */
    public static VirtioNetNegotiation negotiate(VnetHeaderLength length, Collection<VirtioNetFeature> wanted,
                                                 VirtioNetBackend backend) {
        requireHeader(length, wanted, VirtioNetFeature.MRG_RXBUF, VnetHeaderLength.MERGEABLE);
        requireHeader(length, wanted, VirtioNetFeature.HASH_REPORT, VnetHeaderLength.HASH);
        for (VirtioNetFeature feature : wanted) {
            if (feature.bit() >= VirtioNetFeature.GUEST_UDP_TUNNEL_GSO.bit()) {
                throw new IllegalArgumentException(feature + " is not offered: leave it out of the wanted features");
            }
        }
        boolean header = length != VnetHeaderLength.NONE;
        VirtioNetOffloads send = header ? VirtioNetOffloads.ofHostFeatures(wanted).honoured() : VirtioNetOffloads.NONE;
        VirtioNetOffloads receive =
            header ? VirtioNetOffloads.ofGuestFeatures(wanted).honoured() : VirtioNetOffloads.NONE;

        VnetHeaderLength backendLength = choose(length, backend);
        boolean offloads = backendLength != VnetHeaderLength.NONE;
        VirtioNetOffloads taken = offloads ? send.and(backend.takes()).honoured() : VirtioNetOffloads.NONE;
        VirtioNetOffloads gives = offloads ? backend.gives() : VirtioNetOffloads.NONE;
        VirtioNetOffloads received = gives.and(receive).honoured();
        return new VirtioNetNegotiation(length, backendLength, send, send.without(taken),
            backend.isRestrictable() ? received : gives, received);
    }

    private static void requireHeader(VnetHeaderLength length, Collection<VirtioNetFeature> wanted,
                                      VirtioNetFeature feature, VnetHeaderLength least) {
        if (wanted.contains(feature) && length.bytes() < least.bytes()) {
            throw new IllegalArgumentException(feature + " needs a header of at least " + least.bytes()
                + " bytes, the front end has " + length.bytes());
        }
    }

    /** The front end's own length if the backend has it, else the nearest longer, else the nearest shorter. */
    private static VnetHeaderLength choose(VnetHeaderLength wanted, VirtioNetBackend backend) {
        VnetHeaderLength[] lengths = VnetHeaderLength.values();
        for (int i = wanted.ordinal(); i < lengths.length; i++) {
            if (backend.has(lengths[i])) {
                return lengths[i];
            }
        }
        for (int i = wanted.ordinal() - 1; i >= 0; i--) {
            if (backend.has(lengths[i])) {
                return lengths[i];
            }
        }
        throw new IllegalStateException("a backend without a header length: " + backend);
    }

    /** The header length on the front end's side. */
    public VnetHeaderLength frontEndLength() {
        return frontEndLength;
    }

    /** The header length that the backend is to be set to. */
    public VnetHeaderLength backendLength() {
        return backendLength;
    }

    /** Whether the header has to change on its way. */
    public boolean convertsHeader() {
        return frontEndLength != backendLength;
    }

    /** What the front end may leave undone in the frames it sends. */
    public VirtioNetOffloads toBackend() {
        return toBackend;
    }

    /** The part of {@link #toBackend} that software has to do because the backend does not. */
    public VirtioNetOffloads toBackendInSoftware() {
        return toBackendInSoftware;
    }

    /** What the backend may leave undone: what its offloads are to be set to, if they can be. */
    public VirtioNetOffloads backendGives() {
        return backendGives;
    }

    /** What may be undone still in the frames that the front end receives. */
    public VirtioNetOffloads toFrontEnd() {
        return toFrontEnd;
    }

    /** What the backend leaves undone and the front end does not take, so that software has to do it. */
    public VirtioNetOffloads toFrontEndInSoftware() {
        return backendGives.without(toFrontEnd);
    }

    /** Those of the wanted features that are offloads and were not granted, each for itself. */
    public Set<VirtioNetFeature> refused(Collection<VirtioNetFeature> wanted) {
        EnumSet<VirtioNetFeature> refused = EnumSet.noneOf(VirtioNetFeature.class);
        for (VirtioNetOffload offload : VirtioNetOffload.values()) {
            if (wanted.contains(offload.hostFeature()) && !toBackend.contains(offload)) {
                refused.add(offload.hostFeature());
            }
            if (wanted.contains(offload.guestFeature()) && !toFrontEnd.contains(offload)) {
                refused.add(offload.guestFeature());
            }
        }
        return refused;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VirtioNetNegotiation that && frontEndLength == that.frontEndLength
            && backendLength == that.backendLength && toBackend.equals(that.toBackend)
            && toBackendInSoftware.equals(that.toBackendInSoftware) && backendGives.equals(that.backendGives)
            && toFrontEnd.equals(that.toFrontEnd);
    }

    @Override
    public int hashCode() {
        return Objects.hash(frontEndLength, backendLength, toBackend, toBackendInSoftware, backendGives, toFrontEnd);
    }

    @Override
    public String toString() {
        return "VirtioNetNegotiation(front end: " + frontEndLength + ", backend: " + backendLength
            + ", to backend: " + toBackend + " (software: " + toBackendInSoftware
            + "), to front end: " + toFrontEnd + " (software: " + toFrontEndInSoftware() + "))";
    }
}

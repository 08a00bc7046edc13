/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.virtio.VirtioNetFeature;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;

import java.util.EnumSet;
import java.util.Set;

/**
 * What the inside of a bridge and one of its ports do for each other.
 *
 * @param sent what frames to the port may have left undone: the port has to see that it is done
 * @param received what frames from the port may leave undone inside
 * @param joined what frames from the port are joined to
 */
record PortOffloads(VirtioNetOffloads sent, VirtioNetOffloads received, VirtioNetOffloads joined) {
    static final PortOffloads NONE =
        new PortOffloads(VirtioNetOffloads.NONE, VirtioNetOffloads.NONE, VirtioNetOffloads.NONE);

    /**
     * What holds while ports change from this to the next, one after the other: each is ready for what any of them
     * sends before or after, and sends only what all are ready for before and after.
     */
    PortOffloads until(PortOffloads next) {
        return new PortOffloads(sent.or(next.sent), received.and(next.received).honoured(),
            joined.and(next.joined).honoured());
    }

    /** The inside as a front end. */
    Set<VirtioNetFeature> features() {
        Set<VirtioNetFeature> features = EnumSet.noneOf(VirtioNetFeature.class);
        for (VirtioNetOffload offload : sent.toSet()) {
            features.add(offload.hostFeature());
        }
        for (VirtioNetOffload offload : received.toSet()) {
            features.add(offload.guestFeature());
        }
        return features;
    }
}

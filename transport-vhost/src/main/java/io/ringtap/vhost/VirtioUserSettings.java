/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.ringtap.internal.vhost.queue.QueueFeatures;
import io.ringtap.virtio.VirtioNetFeature;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

/**
 * The options that a port of a vhost-user back end is opened with.
 *
 * @param server whether to listen for the back end, or to connect to it
 * @param reconnectMillis how long to wait until connecting again
 * @param mode permissions of the file, if there is one
 * @param header in front of each frame of the channel
 * @param gives what the back end may leave undone in frames that it sends
 * @param queueSize entries of each ring
 * @param packed whether packed rings are used, if the back end has them
 * @param mergeable whether a received frame may lie in several buffers, if the back end has that
 * @param inOrder whether the back end is asked to use buffers in order, if it has that
 */
record VirtioUserSettings(boolean server, int reconnectMillis, int mode, VnetHeaderLength header,
                          VirtioNetOffloads gives, int queueSize, boolean packed, boolean mergeable,
                          boolean inOrder) {
    private static final int BUFFER = 2048;
    /** For a frame of 64 KiB with its headers. */
    private static final int LARGE_BUFFER = 65536 + 128;

    /** What frames may leave undone if the back end takes it: without a header, nobody could tell it what is. */
    VirtioNetOffloads takes() {
        return header == VnetHeaderLength.NONE ? VirtioNetOffloads.NONE : VirtioNetOffloads.ALL;
    }

    /** The feature bits that this side uses if the back end has them. */
    long wanted() {
        long bits = QueueFeatures.INDIRECT_DESC | QueueFeatures.EVENT_IDX;
        bits |= packed ? QueueFeatures.RING_PACKED : 0;
        bits |= inOrder ? QueueFeatures.IN_ORDER : 0;
        bits |= mergeable ? bit(VirtioNetFeature.MRG_RXBUF) : 0;
        for (VirtioNetOffload offload : takes().toSet()) {
            bits |= bit(offload.hostFeature());
        }
        for (VirtioNetOffload offload : gives.toSet()) {
            bits |= bit(offload.guestFeature());
        }
        return bits;
    }

    /** What frames may leave undone, as the feature bits say that both sides have. */
    VirtioNetOffloads takenWith(long features) {
        return takes().and(VirtioNetOffloads.ofHostFeatures(VirtioNetFeature.ofBits(features, 0))).honoured();
    }

    private static long bit(VirtioNetFeature feature) {
        return 1L << feature.bit();
    }

    /** Bytes of each buffer. Where frames cannot be spread over several, each holds the longest. */
    int bufferBytes(boolean merging) {
        return merging || gives.isEmpty() ? BUFFER : LARGE_BUFFER;
    }
}

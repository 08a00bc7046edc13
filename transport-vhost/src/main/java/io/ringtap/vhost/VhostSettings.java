/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

/**
 * The options that a port is opened with.
 *
 * @param server whether to listen for a front end, or to connect to one
 * @param reconnectMillis how long to wait until connecting again
 * @param mode permissions of the file
 * @param header in front of each frame of the channel
 * @param gives what a guest may leave undone in frames that it sends
 */
record VhostSettings(boolean server, int reconnectMillis, int mode, VnetHeaderLength header,
                     VirtioNetOffloads gives) {
    /** What a guest may be given undone, if it takes it: without a header, nobody could tell it what is. */
    VirtioNetOffloads takes() {
        return header == VnetHeaderLength.NONE ? VirtioNetOffloads.NONE : VirtioNetOffloads.ALL;
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

/**
 * What may be done to frames between a port and the inside of a bridge, each by a handler; in the order in which they
 * stand in the pipeline, from the device on.
 */
enum EdgeStep {
    /** Cuts up received super-frames, where the inside has no header that could describe them. */
    SEGMENT_RECEIVED,
    /** Completes the checksums of received frames, likewise. */
    COMPLETE_RECEIVED,
    /** Converts the vnet header between that of the port and that of the inside. */
    CONVERT_HEADER,
    /** Completes the checksums of frames to the port. */
    COMPLETE_SENT,
    /** Cuts up super-frames to the port. */
    SEGMENT_SENT,
    /** Joins received segments to super-frames. */
    COALESCE_RECEIVED
}

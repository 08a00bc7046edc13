/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

/**
 * Why a queue has stopped: the other side has put into the ring what cannot be there, and nothing in it can be trusted
 * any more.
 *
 * @param kind what was wrong, for counters
 * @param message the sentence for a log, with the numbers that were found
 */
public record QueueFault(Kind kind, String message) {
    /** What was wrong with a ring. */
    public enum Kind {
        /** An index has moved by more than the ring has entries. */
        INDEX("index"),
        /** An entry names a descriptor that the ring does not have, or a buffer that was not handed out. */
        DESCRIPTOR("descriptor"),
        /** A chain has no end, or more descriptors than the ring has entries. */
        CHAIN("chain"),
        /** The device would have to write where it may only read, or the other way round. */
        DIRECTION("direction"),
        /** An indirect table without the feature, within another one, or of an impossible length. */
        INDIRECT("indirect"),
        /** An address is not in the memory that was handed over. */
        ADDRESS("address"),
        /** A length is larger than the buffer that it is about. */
        LENGTH("length");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        /** A short lower-case name, for tables and metrics. */
        public String label() {
            return label;
        }
    }
}

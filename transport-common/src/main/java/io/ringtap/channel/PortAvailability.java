/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

/**
 * Whether ports of one kind can be opened here, by this process. It says nothing of a certain port, which may not
 * exist, or be taken.
 *
 * @param kind the word that the names of such ports begin with: {@code tap}
 * @param unavailabilityCause why none can be opened, saying in its message what to do about it; {@code null} if nothing
 *     speaks against it
 * @param remark what there is to know where they can be opened, in a sentence without a full stop; {@code null} for
 *     nothing
 */
public record PortAvailability(String kind, Throwable unavailabilityCause, String remark) {
    /**
     * Of a kind that is available, or not.
     *
     * @param unavailabilityCause {@code null} if it is
     */
    public static PortAvailability of(String kind, Throwable unavailabilityCause) {
        return new PortAvailability(kind, unavailabilityCause, null);
    }

    /** Whether such ports can be opened. */
    public boolean isAvailable() {
        return unavailabilityCause == null;
    }
}

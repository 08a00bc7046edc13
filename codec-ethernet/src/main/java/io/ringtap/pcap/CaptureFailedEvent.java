/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

/**
 * A user event of {@link PcapWriteHandler}: the files of its capture cannot be written any more. It comes once, with
 * the first frame that is lost for this reason; the channel goes on as before.
 *
 * @param capture the interface whose frames are not captured any more; its counters tell how many
 * @param cause what went wrong, naming the file
 */
public record CaptureFailedEvent(PcapInterface capture, Throwable cause) {
}

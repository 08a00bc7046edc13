/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import java.io.IOException;

/** A capture file that does not follow its format; the message says where and what. */
public final class PcapFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    PcapFormatException(long offset, String message) {
        super("byte " + offset + ": " + message);
    }
}

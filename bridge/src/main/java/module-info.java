/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/** A learning bridge between the ports of any transports. */
module io.ringtap.bridge {
    requires transitive io.ringtap.transport.common;

    exports io.ringtap.bridge;
}

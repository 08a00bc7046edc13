/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.name;

import java.util.List;

/** The keys of the options in a port's name, as libnetmap has them; {@code -} may be written for {@code _}. */
public final class OptionKeys {
    /** Of {@code @conf}. */
    public static final List<String> CONF = List.of("rings", "host_rings", "slots", "tx_rings", "rx_rings",
        "host_tx_rings", "host_rx_rings", "tx_slots", "rx_slots");
    /** Of {@code @extmem}; the first is the one that {@code @extmem=} means. */
    public static final List<String> EXTMEM = List.of("file", "if_num", "if_size", "ring_num", "ring_size", "buf_num",
        "buf_size");

    private OptionKeys() {
    }

    /**
     * Whether a part behind a comma is one more key of the last option of a name, as {@code slots=512} is of {@code
     * netmap:em0@conf:rings=2}. The file of {@code @extmem=FILE} may hold any text, so nothing is sure to belong to it.
     */
    public static boolean continues(String name, String part) {
        String option = name.substring(name.lastIndexOf('@') + 1);
        String key = part.substring(0, Math.max(0, part.indexOf('='))).replace('-', '_');
        return option.startsWith("conf:") && CONF.contains(key) || option.startsWith("extmem:") && EXTMEM.contains(key);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.channel.PortSyntaxException;

/** What the address of a bound channel adds to the name of its port: {@code ,shared=on} and {@code ,driver=kernel}. */
final class NetmapNameSuffix {
    private static final String DRIVER = ",driver=";
    private static final String SHARED = ",shared=";

    private final String text;
    private String driver;
    private Boolean shared;

    /**
     * Reads everything from an index to the end of a text.
     *
     * @throws PortSyntaxException if it is anything else
     */
    NetmapNameSuffix(String text, int from) {
        this.text = text;
        for (int start = from; start < text.length();) {
            int comma = text.indexOf(',', start + 1);
            int end = comma < 0 ? text.length() : comma;
            if (text.startsWith(DRIVER, start)) {
                driver = value(driver, "driver", start, end, "kernel", "embedded");
            } else if (text.startsWith(SHARED, start)) {
                shared = "on".equals(value(shared, "shared", start, end, "on", "off"));
            } else {
                throw new PortSyntaxException(text, start, "',driver=' or ',shared=' is expected here, or the end");
            }
            start = end;
        }
    }

    private String value(Object before, String key, int start, int end, String one, String other) {
        int at = start + 1 + key.length() + 1;
        String value = text.substring(at, end);
        if (before != null) {
            throw new PortSyntaxException(text, start + 1, "'" + key + "' is given twice");
        }
        if (!value.equals(one) && !value.equals(other)) {
            throw new PortSyntaxException(text, at, "'" + key + "' is " + one + " or " + other);
        }
        return value;
    }

    /** Where the first of these parts begins in a text without brackets; the length of the text if there is none. */
    static int begin(String text) {
        int first = text.length();
        for (String key : new String[] {DRIVER, SHARED}) {
            int found = text.indexOf(key);
            first = found < 0 ? first : Math.min(first, found);
        }
        return first;
    }

    /** {@code kernel} or {@code embedded}; {@code null} if it does not say. */
    String driver() {
        return driver;
    }

    boolean isShared() {
        return shared != null && shared;
    }
}

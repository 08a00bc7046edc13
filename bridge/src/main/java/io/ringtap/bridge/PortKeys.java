/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.channel.FramePort;
import io.ringtap.channel.PortSyntaxException;
import io.ringtap.ethernet.FaultSpec;
import io.ringtap.ethernet.RateSpec;

import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** {@link PortOptions} as text. */
final class PortKeys {
    static final String GRO = "gro";
    static final String QUEUES = "queues";
    static final String FAULT = "fault";
    static final String RATE = "rate";
    static final Set<String> ALL = Set.of(GRO, QUEUES, FAULT, RATE);

    private PortKeys() {
    }

    /**
     * Reads the keys of a port.
     *
     * @throws PortSyntaxException if a value is wrong
     */
    static PortOptions read(FramePort port, PortOptions base) {
        PortOptions.Builder options = base.toBuilder();
        for (Map.Entry<String, String> part : port.others().entrySet()) {
            String value = part.getValue();
            switch (part.getKey()) {
                case GRO -> options.gro(isOn(port, value));
                case QUEUES -> options.queues(queues(port, value));
                case FAULT -> options.fault(spec(port, FAULT, value, FaultSpec::parse));
                case RATE -> options.rate(spec(port, RATE, value, RateSpec::parse));
                default -> { }
            }
        }
        try {
            return options.build();
        } catch (IllegalArgumentException e) {
            throw new PortSyntaxException(port.text(), at(port, QUEUES), e.getMessage());
        }
    }

    private static boolean isOn(FramePort port, String value) {
        if (!value.equals("on") && !value.equals("off")) {
            throw wrong(port, GRO, value, "on|off");
        }
        return value.equals("on");
    }

    private static int queues(FramePort port, String value) {
        int most = port.transport().maxQueues();
        if (most == 1) {
            throw new PortSyntaxException(port.text(), at(port, QUEUES),
                "a port " + port.transport().syntax() + " has no queues to choose from");
        }
        int count = value.matches("\\d{1,6}") ? Integer.parseInt(value) : 0;
        if (count < 1 || count > most) {
            throw wrong(port, QUEUES, value, "1-" + most);
        }
        return count;
    }

    /** Parts are separated by '+', as commas separate the keys. */
    private static <T> T spec(FramePort port, String key, String value, Function<String, T> parser) {
        try {
            return parser.apply(value.replace('+', ','));
        } catch (IllegalArgumentException e) {
            throw new PortSyntaxException(port.text(), valueAt(port, key), e.getMessage());
        }
    }

    private static PortSyntaxException wrong(FramePort port, String key, String value, String expected) {
        return new PortSyntaxException(port.text(), valueAt(port, key),
            "'" + value + "' is no value for " + key + ": expected " + expected);
    }

    private static int valueAt(FramePort port, String key) {
        return at(port, key) + key.length() + 1;
    }

    private static int at(FramePort port, String key) {
        return port.text().indexOf(',' + key + '=') + 1;
    }
}

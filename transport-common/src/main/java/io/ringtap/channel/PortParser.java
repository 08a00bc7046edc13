/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.spi.FrameTransport;
import io.ringtap.channel.spi.PortKey;

import java.net.SocketAddress;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads one port from left to right. */
final class PortParser {
    private final FramePorts ports;
    private final String text;
    private final Set<String> otherKeys;
    private final Map<ChannelOption<?>, Object> options = new LinkedHashMap<>();
    private final Map<String, String> others = new LinkedHashMap<>();
    private final Set<String> seen = new HashSet<>();
    private FrameTransport transport;
    /** Where the name begins and ends in the text, without brackets. */
    private int nameStart;
    private int nameEnd;
    private boolean bracketed;
    /** The end of the last part that was read: the index of a comma, or the length of the text. */
    private int at;

    PortParser(FramePorts ports, String text, Set<String> otherKeys) {
        this.ports = ports;
        this.text = text;
        this.otherKeys = otherKeys;
    }

    FramePort parse() {
        name();
        SocketAddress address;
        try {
            address = transport.address(name(nameEnd));
        } catch (PortSyntaxException e) {
            throw wrong(nameStart + e.index(), e.problem());
        } catch (IllegalArgumentException e) {
            throw wrong(nameStart, e.getMessage());
        }
        while (at < text.length()) {
            int start = at + 1;
            at = endOfPart(start);
            key(start, text.substring(start, at));
        }
        return new FramePort(text, transport, address, Collections.unmodifiableMap(options),
            Collections.unmodifiableMap(others));
    }

    private void name() {
        bracketed = text.startsWith("[");
        if (bracketed) {
            nameStart = 1;
            nameEnd = text.indexOf(']');
            if (nameEnd < 0) {
                throw wrong(0, "the bracket is not closed");
            }
            at = nameEnd + 1;
            if (at < text.length() && text.charAt(at) != ',') {
                throw wrong(at, "expected ',' or the end behind the bracket");
            }
            transport = ports.claimant(text, nameStart, name(nameEnd));
            return;
        }
        nameEnd = endOfPart(0);
        transport = ports.claimant(text, 0, name(nameEnd));
        while (nameEnd < text.length()) {
            int next = endOfPart(nameEnd + 1);
            String part = text.substring(nameEnd + 1, next);
            if (!transport.continuesName(name(nameEnd), part)) {
                break;
            }
            String key = part.substring(0, Math.max(0, part.indexOf('=')));
            if (otherKeys.contains(key) || known(key).isPresent()) {
                throw wrong(nameEnd + 1, "'" + part + "' may belong to the name or to the port: write '["
                    + name(next) + "]" + text.substring(next) + "' or '[" + name(nameEnd) + "]"
                    + text.substring(nameEnd) + "'");
            }
            nameEnd = next;
        }
        at = nameEnd;
    }

    private void key(int start, String part) {
        int equals = part.indexOf('=');
        if (equals < 1) {
            throw wrong(start, "expected key=value, not '" + part + "'" + bracketsHint(part));
        }
        String key = part.substring(0, equals);
        String value = part.substring(equals + 1);
        if (!seen.add(key)) {
            throw wrong(start, "'" + key + "' is given twice");
        }
        Optional<PortKey<?>> known = known(key);
        if (otherKeys.contains(key)) {
            others.put(key, value);
        } else if (known.isPresent()) {
            options.put(known.get().option(), value(start, known.get(), value));
        } else if (transport.continuesName(name(nameEnd), part)) {
            throw wrong(start, "'" + part + "' belongs to the name, which ended before: write '"
                + name(nameEnd) + "," + part + "' and then the keys of the port");
        } else {
            throw wrong(start, "unknown key '" + key + "': " + transport.syntax() + " takes " + keys());
        }
    }

    /** What to write if a part without an equals sign was meant to be the rest of the name. */
    private String bracketsHint(String part) {
        if (bracketed || part.isEmpty() || !options.isEmpty() || !others.isEmpty()) {
            return "";
        }
        return "; if it belongs to the name, write '[" + name(at) + "]" + text.substring(at) + "'";
    }

    private Object value(int start, PortKey<?> key, String value) {
        try {
            return key.parser().apply(value);
        } catch (IllegalArgumentException e) {
            // Java's own message of a number says no more than that the text is none.
            String detail = e instanceof NumberFormatException ? "" : " (" + e.getMessage() + ")";
            throw wrong(start + key.key().length() + 1, "'" + value + "' is no value for " + key.key()
                + ": expected " + key.values() + detail);
        }
    }

    private Optional<PortKey<?>> known(String key) {
        return transport.keys().stream().filter(k -> k.key().equals(key)).findFirst();
    }

    private String keys() {
        Set<String> keys = new LinkedHashSet<>(transport.keys().stream().map(PortKey::key).toList());
        keys.addAll(otherKeys);
        return String.join(", ", keys);
    }

    private String name(int end) {
        return text.substring(nameStart, end);
    }

    private int endOfPart(int start) {
        int comma = text.indexOf(',', start);
        return comma < 0 ? text.length() : comma;
    }

    private PortSyntaxException wrong(int index, String problem) {
        return new PortSyntaxException(text, index, problem);
    }
}

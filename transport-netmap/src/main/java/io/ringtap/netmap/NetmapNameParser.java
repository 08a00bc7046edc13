/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.channel.PortSyntaxException;
import io.ringtap.internal.netmap.layout.NetmapLayout;
import io.ringtap.internal.netmap.layout.NetmapLayout.Header;
import io.ringtap.internal.netmap.layout.NetmapLayout.Register;
import io.ringtap.internal.netmap.name.OptionKeys;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the grammar of {@link NetmapAddress} from left to right, once. The parts {@code ,shared=on} and {@code
 * ,driver=}, which a bound channel adds to its name, are found first; the name ends before them.
 */
final class NetmapNameParser {
    /** The letters after the slash, in the order an address writes them. */
    enum Flag {
        x(Register.EXCLUSIVE), z(Register.ZCOPY_MON), t(Register.MONITOR_TX), r(Register.MONITOR_RX),
        R(Register.RX_RINGS_ONLY), T(Register.TX_RINGS_ONLY);

        final int bit;

        Flag(int bit) {
            this.bit = bit;
        }
    }

    private static final String SEPARATORS = "-*^/@";
    private static final int MAX_U16 = 0xffff;
    /** The text after it is the name of a file, with all of its commas. */
    private static final String WHOLE_FILE = "@extmem=";

    private final String text;
    /** Where the name ends. */
    private int limit;
    /** Where the name of the interface begins, after {@code netmap:}; -1 if it is a port of a switch. */
    private int interfaceName = -1;
    private int at;

    private NetmapMode mode = NetmapMode.ALL_NIC;
    private int ring;
    private int flags;
    private int memoryId;
    private String sharedPort;
    private NetmapExternalMemory externalMemory;
    private final Map<String, Integer> conf = new HashMap<>();

    NetmapNameParser(String text) {
        this.text = text;
        limit = text.length();
    }

    NetmapAddress parse() {
        boolean bracketed = text.startsWith("[");
        at = bracketed ? 1 : 0;
        boolean raw = text.startsWith(NetmapAddress.RAW_PREFIX, at);
        if (bracketed) {
            // The last bracket is the right one, as what may follow contains none.
            limit = text.lastIndexOf(']');
            if (limit < 0) {
                throw wrong(0, "the bracket is not closed");
            }
        } else if (raw || !text.contains(WHOLE_FILE)) {
            limit = NetmapNameSuffix.begin(text);
        }
        NetmapNameSuffix suffix = new NetmapNameSuffix(text, bracketed ? limit + 1 : limit);
        NetmapAddress address;
        if (raw) {
            at += NetmapAddress.RAW_PREFIX.length();
            address = raw();
        } else {
            if (text.startsWith(NetmapAddress.NIC_PREFIX + ':', at)) {
                interfaceName = at + NetmapAddress.NIC_PREFIX.length() + 1;
            }
            String port = port(limit);
            rings();
            while (!atEnd() && flagsOrMemory()) {
                // The parts may come in either order.
            }
            while (!atEnd()) {
                option();
            }
            address = new NetmapAddress(port, false, mode, ring, flags, memoryId, sharedPort, counts(), externalMemory);
        }
        return address.on(suffix.driver(), suffix.isShared());
    }

    /** Reads a raw name, from the current index to the limit. */
    NetmapAddress raw() {
        if (at == limit) {
            throw wrong(at, "the name of the interface is missing");
        }
        if (limit - at >= Header.NAME_SIZE) {
            throw wrong(at + Header.NAME_SIZE - 1, "the name is longer than " + (Header.NAME_SIZE - 1)
                + " characters");
        }
        for (int i = at; i < limit; i++) {
            if (!isInInterfaceName(text.charAt(i))) {
                throw wrong(i, "no interface name holds this character");
            }
        }
        return new NetmapAddress(text.substring(at, limit), true, NetmapMode.ALL_NIC, 0, 0, 0, null,
            NetmapRingCounts.DEFAULT, null);
    }

    /**
     * Advice for somebody whose interface has a name that was read as a name and a ring; empty if no interface can have
     * it.
     */
    static String hyphenHint(NetmapAddress address) {
        return address.isRaw() || address.isVale() || address.isPipe() || address.mode() != NetmapMode.ONE_NIC ? ""
            : hint(address.portName() + '-' + address.ring(), "; this asks for ring " + address.ring() + " of '"
                + address.portName() + "', and");
    }

    private static String hint(String name, String before) {
        return before + " an interface that is called '" + name + "' is written "
            + (name.indexOf(',') < 0 ? NetmapAddress.RAW_PREFIX + name : '[' + NetmapAddress.RAW_PREFIX + name + ']');
    }

    /** Advice on how the whole rest is written as the name of an interface; empty if no interface can have it. */
    private String rawHint() {
        if (interfaceName < 0 || interfaceName == limit || limit - interfaceName >= Header.NAME_SIZE) {
            return "";
        }
        for (int i = interfaceName; i < limit; i++) {
            if (!isInInterfaceName(text.charAt(i))) {
                return "";
            }
        }
        String name = text.substring(interfaceName, limit);
        return name.startsWith(NetmapAddress.VALE_PREFIX) && name.indexOf(':') >= 0
            ? "; a port of a switch is written " + name : hint(name, ";");
    }

    /** The name that is given to the kernel: without {@code netmap:}, but with the switch, as in {@code vale0:1}. */
    private String port(int end) {
        int start = at;
        boolean vale = text.startsWith(NetmapAddress.VALE_PREFIX, at);
        if (!vale && !text.startsWith(NetmapAddress.NIC_PREFIX, at)) {
            throw wrong(at, "a port name begins with 'netmap:' or 'vale'");
        }
        at += vale ? NetmapAddress.VALE_PREFIX.length() : NetmapAddress.NIC_PREFIX.length();
        int colon = text.indexOf(':', at);
        if (colon < 0 || colon >= end) {
            throw wrong(end, "':' is missing");
        }
        for (; at < colon; at++) {
            if (!vale) {
                throw wrong(at, "':' follows 'netmap' at once");
            }
            if (!isIdentifier(text.charAt(at))) {
                throw wrong(at, "the name of a switch holds letters, digits and '_' only");
            }
        }
        at++;
        int name = at;
        int brace = -1;
        for (; at < end && SEPARATORS.indexOf(text.charAt(at)) < 0; at++) {
            char c = text.charAt(at);
            if (c == '{' || c == '}') {
                if (brace >= 0) {
                    throw wrong(at, "a pipe cannot have a pipe");
                }
                if (at == name) {
                    throw wrong(at, "a pipe belongs to a port, whose name is missing");
                }
                brace = at;
            } else if (!isIdentifier(c) && (c != '.' || brace >= 0)) {
                throw wrong(at, brace >= 0 ? "the name of a pipe holds letters, digits and '_' only"
                    : "a port name holds letters, digits, '_' and '.' only" + rawHint());
            }
        }
        if (at == name) {
            throw wrong(at, "the port name is missing");
        }
        if (brace == at - 1) {
            throw wrong(at, "the name of the pipe is missing");
        }
        int from = vale ? start : name;
        if (at - from >= Header.NAME_SIZE) {
            throw wrong(from + Header.NAME_SIZE - 1, "the name is longer than " + (Header.NAME_SIZE - 1)
                + " characters");
        }
        return text.substring(from, at);
    }

    private void rings() {
        if (atEnd()) {
            return;
        }
        switch (text.charAt(at)) {
            case '-' -> {
                at++;
                mode = NetmapMode.ONE_NIC;
                if (atEnd() || !isDigit(text.charAt(at))) {
                    throw wrong(at, "the number of a ring is missing" + rawHint());
                }
                ring = number("the number of a ring", 0, NetmapLayout.Legacy.RING_MASK - 1);
            }
            case '^' -> {
                at++;
                mode = NetmapMode.HOST;
                if (!atEnd() && isDigit(text.charAt(at))) {
                    mode = NetmapMode.ONE_HOST;
                    ring = number("the number of a ring", 0, NetmapLayout.Legacy.RING_MASK - 1);
                }
            }
            case '*' -> {
                at++;
                mode = NetmapMode.NIC_AND_HOST;
            }
            default -> { }
        }
    }

    /** Returns {@code false} where the options begin. */
    private boolean flagsOrMemory() {
        char c = text.charAt(at);
        if (c == '@') {
            if (at + 1 < limit && !isDigit(text.charAt(at + 1))) {
                return false;
            }
            int start = ++at;
            int id = number("the id of a memory region, or an option", 1, MAX_U16);
            if (memoryId != 0 && memoryId != id) {
                throw wrong(start, "the memory region is " + memoryId + " already");
            }
            memoryId = id;
            return true;
        }
        if (c != '/') {
            throw wrong(at, "'/', '@' or the end is expected here" + rawHint());
        }
        at++;
        if (atEnd()) {
            throw wrong(at, "a flag is missing: x, z, t, r, R or T");
        }
        while (!atEnd() && text.charAt(at) != '@') {
            flags |= flag();
            at++;
        }
        return true;
    }

    private int flag() {
        for (Flag flag : Flag.values()) {
            if (flag.name().charAt(0) == text.charAt(at)) {
                return flag.bit;
            }
        }
        throw wrong(at, "'" + text.charAt(at) + "' is no flag: x, z, t, r, R or T");
    }

    private void option() {
        int start = ++at;
        int end = text.indexOf('@', at);
        if (end < 0 || end > limit) {
            end = limit;
        }
        while (at < end && text.charAt(at) != ':' && text.charAt(at) != '=') {
            at++;
        }
        String name = text.substring(start, at);
        switch (name) {
            case "share" -> share(value(name, "port", end), end);
            case "conf" -> {
                Map<String, Integer> positions = keys(name, null, OptionKeys.CONF, end);
                positions.forEach((key, position) -> {
                    int max = key.endsWith("rings") ? MAX_U16 : Integer.MAX_VALUE;
                    if (conf.put(key, numberAt(position, max)) != null) {
                        throw wrong(position, "'" + key + "' is given twice");
                    }
                });
            }
            case "extmem" -> {
                if (externalMemory != null) {
                    throw wrong(start, "option 'extmem' is given twice");
                }
                externalMemory = extmem(keys(name, "file", OptionKeys.EXTMEM, end), end);
            }
            case "offset" -> throw wrong(start, "option 'offset' is switched off, as it is in libnetmap");
            case "" -> throw wrong(start, "an option is missing: share, conf or extmem");
            default -> throw wrong(start, "'" + name + "' is no option: share, conf or extmem");
        }
        at = end;
    }

    /** The position of the only value of an option, written {@code name=value} or {@code name:key=value}. */
    private int value(String name, String key, int end) {
        return keys(name, key, List.of(key), end).get(key);
    }

    /**
     * Where the value of each key begins. Everything after an {@code =} that follows the option at once belongs to the
     * default key.
     */
    private Map<String, Integer> keys(String name, String defaultKey, List<String> known, int end) {
        if (at == end) {
            throw wrong(at, "option '" + name + "' is empty: add ':key=value'");
        }
        if (text.charAt(at) == '=') {
            if (defaultKey == null) {
                throw wrong(at, "option '" + name + "' takes ':key=value'");
            }
            if (++at == end) {
                throw wrong(at, "the value is missing");
            }
            return Map.of(defaultKey, at);
        }
        Map<String, Integer> positions = new HashMap<>();
        do {
            int start = ++at;
            while (at < end && text.charAt(at) != '=' && text.charAt(at) != ',') {
                at++;
            }
            String key = text.substring(start, at).replace('-', '_');
            if (!known.contains(key)) {
                throw wrong(start, "'" + text.substring(start, at) + "' is no key of '" + name + "': "
                    + String.join(", ", known).replace('_', '-'));
            }
            if (at == end || text.charAt(at) == ',' || ++at == end || text.charAt(at) == ',') {
                throw wrong(at, "'" + key + "' has no value");
            }
            if (positions.put(key, at) != null) {
                throw wrong(start, "'" + key + "' is given twice");
            }
            while (at < end && text.charAt(at) != ',') {
                at++;
            }
        } while (at < end);
        if (defaultKey != null && !positions.containsKey(defaultKey)) {
            throw wrong(end, "option '" + name + "' needs the key '" + defaultKey + "'");
        }
        return positions;
    }

    private void share(int start, int end) {
        if (sharedPort != null) {
            throw wrong(start, "option 'share' is given twice");
        }
        at = start;
        sharedPort = port(end);
        if (at != end) {
            throw wrong(at, "a port to share memory with is a bare name");
        }
    }

    private NetmapExternalMemory extmem(Map<String, Integer> positions, int end) {
        int start = positions.get("file");
        int stop = start;
        // After "extmem=", the whole rest is the file, including commas.
        boolean wholeRest = text.charAt(start - 1) == '=' && text.startsWith("extmem=", start - "extmem=".length());
        while (stop < end && (wholeRest || text.charAt(stop) != ',')) {
            stop++;
        }
        int[] sizes = new int[OptionKeys.EXTMEM.size()];
        for (int i = 1; i < sizes.length; i++) {
            Integer position = positions.get(OptionKeys.EXTMEM.get(i));
            sizes[i] = position == null ? 0 : numberAt(position, Integer.MAX_VALUE);
        }
        return new NetmapExternalMemory(text.substring(start, stop), sizes[1], sizes[2], sizes[3], sizes[4], sizes[5],
            sizes[6]);
    }

    private NetmapRingCounts counts() {
        return new NetmapRingCounts(count("tx_rings", "rings"), count("rx_rings", "rings"),
            count("host_tx_rings", "host_rings"), count("host_rx_rings", "host_rings"), count("tx_slots", "slots"),
            count("rx_slots", "slots"));
    }

    private int count(String key, String both) {
        return conf.getOrDefault(key, conf.getOrDefault(both, 0));
    }

    private int numberAt(int position, int max) {
        at = position;
        int value = number("a number", 0, max);
        if (!atEnd() && text.charAt(at) != ',' && text.charAt(at) != '@') {
            throw wrong(at, "a number is expected here");
        }
        return value;
    }

    private int number(String what, int min, int max) {
        int start = at;
        long value = 0;
        for (; !atEnd() && isDigit(text.charAt(at)); at++) {
            value = Math.min(value * 10 + text.charAt(at) - '0', Integer.MAX_VALUE + 1L);
        }
        if (at == start) {
            throw wrong(at, what + " is missing");
        }
        if (value < min || value > max) {
            throw wrong(start, what + " is from " + min + " to " + max);
        }
        return (int) value;
    }

    private boolean atEnd() {
        return at == limit;
    }

    private static boolean isInInterfaceName(char c) {
        return c > ' ' && c <= '~' && c != '/';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isIdentifier(char c) {
        return isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
    }

    private PortSyntaxException wrong(int index, String problem) {
        return new PortSyntaxException(text, index, problem);
    }
}

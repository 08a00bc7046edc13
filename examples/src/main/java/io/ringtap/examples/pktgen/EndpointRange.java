/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

import io.netty.util.NetUtil;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.examples.UdpFrame;

import java.net.Inet4Address;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whom frames come from or are for: one station, with a range of IPv4 addresses, each as a number, and of UDP ports.
 *
 * @param random whether addresses and ports are random ones instead of those in the range
 */
record EndpointRange(MacAddress mac, int firstAddress, int lastAddress, int firstPort, int lastPort, boolean random) {
    private static final int DEFAULT_PORT = 1234;
    private static final Pattern ENDPOINT = Pattern.compile("(\\d{1,3}(?:\\.\\d{1,3}){3})(?::(\\d{1,5}))?");

    /** Goes through a range, the ports of an address first. Not for several threads. */
    final class Walk {
        private int address = firstAddress;
        private int port = firstPort;

        /** The address that it has come to. */
        int address() {
            return address;
        }

        /** The port that it has come to. */
        int port() {
            return port;
        }

        /**
         * Goes on.
         *
         * @return whether it has begun anew, as it does each time if there is nothing to go through
         */
        boolean advance() {
            if (random) {
                address = ThreadLocalRandom.current().nextInt();
                port = ThreadLocalRandom.current().nextInt(0x10000);
                return true;
            }
            if (port < lastPort) {
                port++;
                return false;
            }
            port = firstPort;
            if (address != lastAddress) {
                address++;
                return false;
            }
            address = firstAddress;
            return true;
        }
    }

    /**
     * Reads {@code ADDRESS[:PORT[-ADDRESS[:PORT]]]}; the port is 1234 unless given, and the last one the first.
     *
     * @throws IllegalArgumentException if it is something else
     */
    static EndpointRange parse(String text, MacAddress mac, boolean random) {
        int dash = text.indexOf('-');
        Matcher first = match(dash < 0 ? text : text.substring(0, dash));
        Matcher last = dash < 0 ? first : match(text.substring(dash + 1));
        int firstPort = port(first, DEFAULT_PORT);
        int lastPort = port(last, firstPort);
        int from = address(first);
        int to = address(last);
        boolean inOrder = Integer.compareUnsigned(from, to) <= 0;
        return new EndpointRange(mac, inOrder ? from : to, inOrder ? to : from, Math.min(firstPort, lastPort),
            Math.max(firstPort, lastPort), random);
    }

    private static Matcher match(String endpoint) {
        Matcher matcher = ENDPOINT.matcher(endpoint);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("no IPv4 address and port: " + endpoint);
        }
        return matcher;
    }

    private static int address(Matcher endpoint) {
        byte[] octets = NetUtil.createByteArrayFromIpAddressString(endpoint.group(1));
        if (octets == null || octets.length != 4) {
            throw new IllegalArgumentException("no IPv4 address: " + endpoint.group(1));
        }
        return (octets[0] & 0xff) << 24 | (octets[1] & 0xff) << 16 | (octets[2] & 0xff) << 8 | octets[3] & 0xff;
    }

    private static int port(Matcher endpoint, int otherwise) {
        int port = endpoint.group(2) == null ? otherwise : Integer.parseInt(endpoint.group(2));
        if (port > 0xffff) {
            throw new IllegalArgumentException("no port: " + port);
        }
        return port;
    }

    /** Whether all frames have the same one. */
    boolean isSingle() {
        return !random && firstAddress == lastAddress && firstPort == lastPort;
    }

    /** The first one. */
    UdpFrame.Endpoint first() {
        return new UdpFrame.Endpoint(mac, (Inet4Address) NetUtil.createInetAddressFromIpAddressString(
            NetUtil.intToIpAddress(firstAddress)), firstPort);
    }
}

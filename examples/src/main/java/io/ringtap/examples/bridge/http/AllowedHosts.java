/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.NetUtil;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The names by which this server may be asked. A page of another origin cannot read its answers, unless that page's own
 * name is made to lead to this server (DNS rebinding): so a name must be one that is known. An IP address cannot be
 * made to lead elsewhere, and is always allowed.
 */
final class AllowedHosts {
    private final Set<String> names;

    /** Allows localhost and these names, without ports. */
    AllowedHosts(Collection<String> more) {
        names = more.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
        names.add("localhost");
    }

    /** Returns why a request with these headers is refused; {@code null} if it is allowed. */
    String refusal(HttpHeaders headers) {
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        if (hosts.size() != 1) {
            return "one Host header is needed";
        }
        String host = hosts.get(0);
        if (!isAllowed(host)) {
            return "this server does not answer to the name '" + name(host) + "': see --http-host";
        }
        for (String origin : headers.getAll(HttpHeaderNames.ORIGIN)) {
            if (!origin.equalsIgnoreCase("http://" + host) && !origin.equalsIgnoreCase("https://" + host)) {
                return "pages of another origin get no answers here";
            }
        }
        return null;
    }

    private boolean isAllowed(String host) {
        String name = name(host);
        return names.contains(name.toLowerCase(Locale.ROOT)) || NetUtil.isValidIpV4Address(name)
            || host.startsWith("[") && NetUtil.isValidIpV6Address(name);
    }

    /** The name or address without a port, and an IPv6 address without its brackets. */
    private static String name(String host) {
        if (host.startsWith("[")) {
            int end = host.indexOf(']');
            return end < 0 ? host : host.substring(1, end);
        }
        int colon = host.lastIndexOf(':');
        return colon < 0 ? host : host.substring(0, colon);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.netty.util.NetUtil;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** IP addresses as text. */
public final class IpLiteral {
    private IpLiteral() {
    }

    /** The address that a text is, {@code null} if it is none, but perhaps a name; nothing is looked up. */
    public static InetAddress parse(String text) {
        byte[] octets = NetUtil.createByteArrayFromIpAddressString(text);
        try {
            return octets == null ? null : InetAddress.getByAddress(octets);
        } catch (UnknownHostException e) {
            throw new AssertionError("4 or 16 octets are an address", e);
        }
    }
}

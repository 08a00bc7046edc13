/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netty;

import io.netty.util.Version;

/**
 * Whether the Netty on the class path is one that Ringtap runs on. Netty 4.1 has no {@code IoEventLoop}, and a program
 * would end in a {@link NoClassDefFoundError} there that does not say why. Any thread.
 */
public final class NettyRelease {
    private static final String NEW_IN_4_2 = "io/netty/channel/IoEventLoop.class";

    private NettyRelease() {
    }

    /** What is wrong with the Netty that is there and what to do about it; {@code null} if nothing is. */
    public static Throwable unavailabilityCause() {
        ClassLoader loader = NettyRelease.class.getClassLoader();
        if ((loader == null ? ClassLoader.getSystemResource(NEW_IN_4_2) : loader.getResource(NEW_IN_4_2)) != null) {
            return null;
        }
        Version transport = Version.identify(loader).get("netty-transport");
        return new UnsupportedOperationException("Ringtap needs Netty 4.2, and on the class path there is "
            + (transport == null ? "an older one" : "netty-transport " + transport.artifactVersion())
            + ": import io.netty:netty-bom of a 4.2 release, before any other BOM that sets Netty's version");
    }

    /**
     * Throws if the Netty on the class path does not fit.
     *
     * @throws UnsupportedOperationException saying what to do
     */
    public static void ensureAvailability() {
        Throwable cause = unavailabilityCause();
        if (cause != null) {
            throw new UnsupportedOperationException(cause.getMessage(), cause);
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.spi.FrameTransport;
import io.ringtap.channel.spi.PortKey;

import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Ports by name, as bhyve, QEMU and DPDK write them: {@code BACKEND:NAME[,key=value]...}, {@code tap:t0,mtu=9000}. A
 * name that itself holds a comma stands in brackets: {@code [netmap:em0@conf:rings=2,slots=512],vnet=12}. Which
 * backends there are, the class path decides.
 */
public final class FramePorts {
    private final List<FrameTransport> transports;
    private final List<String> unloadable;

    private FramePorts(List<FrameTransport> transports, List<String> unloadable) {
        this.transports = List.copyOf(transports);
        this.unloadable = List.copyOf(unloadable);
    }

    /** The transports on the class path of this class. One that cannot be loaded keeps no other from working. */
    public static FramePorts load() {
        List<FrameTransport> transports = new ArrayList<>();
        List<String> unloadable = new ArrayList<>();
        ServiceLoader<FrameTransport> loader =
            ServiceLoader.load(FrameTransport.class, FramePorts.class.getClassLoader());
        // Not by its iterator: that one ends at the first provider which cannot be read.
        for (ServiceLoader.Provider<FrameTransport> provider : providers(loader, unloadable)) {
            try {
                transports.add(provider.get());
            } catch (ServiceConfigurationError | LinkageError e) {
                unloadable.add(provider.type().getName() + " does not load: " + rootOf(e));
            }
        }
        return of(transports, unloadable);
    }

    static FramePorts of(Collection<FrameTransport> transports, Collection<String> unloadable) {
        return new FramePorts(new ArrayList<>(transports), new ArrayList<>(unloadable));
    }

    private static List<ServiceLoader.Provider<FrameTransport>> providers(ServiceLoader<FrameTransport> loader,
                                                                          List<String> unloadable) {
        List<ServiceLoader.Provider<FrameTransport>> providers = new ArrayList<>();
        var iterator = loader.stream().iterator();
        while (true) {
            try {
                if (!iterator.hasNext()) {
                    return providers;
                }
                providers.add(iterator.next());
            } catch (ServiceConfigurationError | LinkageError e) {
                if (unloadable.contains(rootOf(e))) {
                    // Not a provider that fails, but the search for them, each time it is asked.
                    return providers;
                }
                unloadable.add(rootOf(e));
            }
        }
    }

    private static String rootOf(Throwable error) {
        Throwable root = error;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.toString();
    }

    /** Reads a port with the transports on the class path. */
    public static FramePort parse(String port) {
        return load().parse(port, Set.of());
    }

    /**
     * Reads a port.
     *
     * @param port the text
     * @param otherKeys keys that are the caller's business, and come back in {@link FramePort#others()}
     * @throws PortSyntaxException if it cannot be read, pointing at the part that is wrong
     */
    public FramePort parse(String port, Set<String> otherKeys) {
        int start = 0;
        int end = port.indexOf(',');
        int rest = end < 0 ? port.length() : end;
        if (port.startsWith("[")) {
            start = 1;
            end = port.indexOf(']');
            if (end < 0) {
                throw new PortSyntaxException(port, 0, "the bracket is not closed");
            }
            rest = end + 1;
            if (rest < port.length() && port.charAt(rest) != ',') {
                throw new PortSyntaxException(port, rest, "expected ',' or the end behind the bracket");
            }
        }
        String name = port.substring(start, end < 0 ? port.length() : end);
        FrameTransport transport = claimant(port, start, name);
        SocketAddress address;
        try {
            address = transport.address(name);
        } catch (IllegalArgumentException e) {
            throw new PortSyntaxException(port, start, e.getMessage());
        }
        Map<ChannelOption<?>, Object> options = new LinkedHashMap<>();
        Map<String, String> others = new LinkedHashMap<>();
        Map<String, Integer> seen = new LinkedHashMap<>();
        for (int at = rest; at < port.length();) {
            int begin = at + 1;
            int next = port.indexOf(',', begin);
            at = next < 0 ? port.length() : next;
            String part = port.substring(begin, at);
            int equals = part.indexOf('=');
            if (equals < 1) {
                throw new PortSyntaxException(port, begin, "expected key=value, not '" + part + "'");
            }
            String key = part.substring(0, equals);
            String value = part.substring(equals + 1);
            if (seen.put(key, begin) != null) {
                throw new PortSyntaxException(port, begin, "'" + key + "' is given twice");
            }
            Optional<PortKey<?>> known = transport.keys().stream().filter(k -> k.key().equals(key)).findFirst();
            if (otherKeys.contains(key)) {
                others.put(key, value);
            } else if (known.isPresent()) {
                options.put(known.get().option(), value(port, begin, known.get(), value));
            } else {
                throw new PortSyntaxException(port, begin, "unknown key '" + key + "': "
                    + transport.syntax() + " takes " + keys(transport, otherKeys));
            }
        }
        return new FramePort(port, transport::newChannel, address, Collections.unmodifiableMap(options),
            Collections.unmodifiableMap(others));
    }

    private FrameTransport claimant(String port, int start, String name) {
        List<FrameTransport> claimants = transports.stream().filter(t -> t.claims(name)).toList();
        if (claimants.size() == 1) {
            return claimants.get(0);
        }
        if (claimants.isEmpty()) {
            throw new PortSyntaxException(port, start,
                "no backend is called that; there are " + knownBackends());
        }
        throw new PortSyntaxException(port, start, "more than one backend claims it: " + claimants.stream()
            .map(t -> t.getClass().getName()).collect(Collectors.joining(", ")) + "; take one off the class path");
    }

    /** The backends there are, and those that could not be loaded with their cause, for a message. */
    public String knownBackends() {
        String known = transports.stream().map(FrameTransport::syntax).sorted().collect(Collectors.joining(", "));
        return (known.isEmpty() ? "none" : known)
            + (unloadable.isEmpty() ? "" : " (" + String.join("; ", unloadable) + ")");
    }

    private static String keys(FrameTransport transport, Set<String> otherKeys) {
        Set<String> keys = new LinkedHashSet<>(transport.keys().stream().map(PortKey::key).toList());
        keys.addAll(otherKeys);
        return String.join(", ", keys);
    }

    private static Object value(String port, int begin, PortKey<?> key, String text) {
        try {
            return key.parser().apply(text);
        } catch (IllegalArgumentException e) {
            throw new PortSyntaxException(port, begin + key.key().length() + 1, "'" + text + "' is no value for "
                + key.key() + ": expected " + key.values());
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.ringtap.channel.spi.FrameTransport;
import io.ringtap.virtio.LinkLayer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Ports by name, as bhyve, QEMU and DPDK write them: {@code BACKEND:NAME[,key=value]...}, such as {@code
 * tap:t0,mtu=9000}. A name may hold commas, as {@code netmap:em0@conf:rings=2,slots=512,vnet=12} does; where it is not
 * clear to which side of the name's end a part belongs, brackets around the name decide: {@code
 * [netmap:em0@conf:rings=2,slots=512],vnet=12}. The backends are those on the class path. The address that an open
 * channel prints is read back.
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
     * @param otherKeys keys that the caller handles; their values are returned in {@link FramePort#others()}
     * @throws PortSyntaxException if it cannot be read, pointing at the part that is wrong
     */
    public FramePort parse(String port, Set<String> otherKeys) {
        return new PortParser(this, port, otherKeys).parse();
    }

    /** The transport that takes a name, which starts at an index of the text of the port. */
    FrameTransport claimant(String port, int start, String name) {
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

    /** The kinds of port that can be opened, each with all its keys, in the order of their names. */
    public List<PortType> types() {
        return transports.stream().map(PortType::of).sorted(Comparator.comparing(PortType::syntax)).toList();
    }

    /**
     * Which kinds of port can be opened here, and why others cannot, in the order of their names. It asks the operating
     * system, and looks again with each call.
     */
    public List<PortAvailability> availability() {
        return transports.stream().flatMap(transport -> transport.availability().stream())
            .sorted(Comparator.comparing(PortAvailability::kind)).toList();
    }

    /** The same without the backends whose ports carry frames of another link layer. */
    public FramePorts carrying(LinkLayer linkLayer) {
        // A channel knows its link layer before it is bound to a device.
        return of(transports.stream().filter(transport -> transport.newChannel().linkLayer() == linkLayer).toList(),
            unloadable);
    }

    /**
     * The kinds of port and their keys as text for a terminal, such as the end of a {@code --help}. A key that
     * several kinds share is listed once.
     *
     * @param others keys that the caller handles, see {@link #parse(String, Set)}; may be empty
     */
    public String help(List<PortType.Key> others) {
        return new PortHelp(types(), others).text();
    }
}

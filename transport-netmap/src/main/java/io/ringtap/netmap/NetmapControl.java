/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.internal.netmap.driver.NetmapBackend;
import io.ringtap.internal.netmap.driver.NetmapFile;
import io.ringtap.internal.netmap.driver.NetmapRegistration;
import io.ringtap.internal.netmap.driver.NetmapRequest;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Operations on ports by name, without opening a channel. The netmap distribution has {@code vale-ctl} for them.
 *
 * <pre>{@code
 * NetmapControl control = new NetmapControl(Netmap.kernel());
 * control.attach(NetmapAddress.parse("vale0:eth0"));   // the card becomes a port of the switch
 * control.valePorts();                                 // [vale0:eth0]
 * control.detach(NetmapAddress.parse("vale0:eth0"));
 * }</pre>
 *
 * <p>Every call opens the netmap device, makes a request, and closes the device again. Each throws {@link
 * NetmapException} with ENOENT if the kernel has no netmap. Any thread.
 */
public final class NetmapControl {
    private final NetmapBackend driver;

    /** Operations on the ports of a netmap. */
    public NetmapControl(NetmapDriver driver) {
        this.driver = NetmapBackend.of(Objects.requireNonNull(driver, "driver"));
    }

    /**
     * Attaches a port to the switch in its name. {@code vale0:eth0} attaches the network interface or persistent port
     * {@code eth0}, which then belongs to the switch. {@code vale0:eth0*} does the same, and the host continues to use
     * the interface through a port of its own, {@code vale0:eth0^}.
     *
     * @param port the port; its rings, slots and memory region are those to ask for
     * @throws NetmapException EBUSY if it is attached or open already; EINVAL if there is no such interface or memory
     *     region, or the name is not that of a port of a switch; ENOMEM if the switch has no free port
     */
    public void attach(NetmapAddress port) throws NetmapException {
        try (NetmapFile file = driver.open()) {
            file.attach(NetmapRequest.of(port, 0, port.memoryId(), 0));
        }
    }

    /**
     * Undoes {@link #attach}.
     *
     * @throws NetmapException ENXIO if there is no such port; EBUSY if it cannot be detached now; EINVAL if the name is
     *     not that of a port of a switch
     */
    public void detach(NetmapAddress port) throws NetmapException {
        try (NetmapFile file = driver.open()) {
            file.detach(port.portName());
        }
    }

    /** The names of all ports of all switches, attached or open: {@code vale0:eth0}. */
    public List<String> valePorts() throws NetmapException {
        try (NetmapFile file = driver.open()) {
            return file.valePorts();
        }
    }

    /**
     * Creates a persistent port: a network interface that can be attached to a switch. It stays until {@link #destroy}.
     *
     * @param name an interface name
     * @throws NetmapException EEXIST if there is such an interface; EINVAL if no interface can have the name
     */
    public void create(String name, NetmapRingCounts counts) throws NetmapException {
        try (NetmapFile file = driver.open()) {
            file.create(name, counts, 0);
        }
    }

    /**
     * Removes a persistent port.
     *
     * @throws NetmapException ENXIO if there is no such interface; EINVAL if it is not a persistent port; EBUSY if it
     *     is attached or open
     */
    public void destroy(String name) throws NetmapException {
        try (NetmapFile file = driver.open()) {
            file.destroy(name);
        }
    }

    /**
     * The rings, slots and memory region of a port. If a virtual port does not exist, they are those that it would
     * have.
     *
     * @throws NetmapException ENXIO if there is no such interface
     */
    public NetmapPortInfo portInfo(NetmapAddress port) throws NetmapException {
        try (NetmapFile file = driver.open()) {
            NetmapRegistration known = file.portInfo(port.portName());
            return new NetmapPortInfo(known.counts(), known.memoryId(), known.memorySize());
        }
    }

    /**
     * The vnet header that each frame of a port has now.
     *
     * @throws NetmapException ENXIO if there is no such port
     */
    public VnetHeaderLength headerLength(NetmapAddress port) throws NetmapException {
        try (NetmapFile file = driver.open()) {
            return VnetHeaderLength.ofBytes(file.headerLength(port.portName()));
        }
    }

    /**
     * The vnet headers that a port can have. They are found by setting each in turn, and the previous one again at the
     * end, so this has to be called before the port is in use: others who send or receive meanwhile see the headers
     * change. A port of the kernel that once had a header accepts frames of a whole buffer, which are not segmented,
     * until it is created anew.
     *
     * @throws NetmapException ENXIO if there is no such port; any error of the port that is not about a length
     */
    public Set<VnetHeaderLength> probeHeaders(NetmapAddress port) throws NetmapException {
        Set<VnetHeaderLength> possible = EnumSet.noneOf(VnetHeaderLength.class);
        String name = port.portName();
        try (NetmapFile file = driver.open()) {
            int before = file.headerLength(name);
            possible.add(VnetHeaderLength.ofBytes(before));
            boolean changed = false;
            try {
                for (VnetHeaderLength length : VnetHeaderLength.values()) {
                    if (length.bytes() != before && accepts(file, name, length)) {
                        possible.add(length);
                        changed = true;
                    }
                }
            } finally {
                if (changed) {
                    file.headerLength(name, before);
                }
            }
        }
        return possible;
    }

    private static boolean accepts(NetmapFile file, String name, VnetHeaderLength length) throws NetmapException {
        try {
            file.headerLength(name, length.bytes());
            return true;
        } catch (NetmapException e) {
            // A port that does not belong to a switch can have no header, and reports ENXIO.
            if (e.error() == NetmapError.EINVAL || e.error() == NetmapError.ENXIO) {
                return false;
            }
            throw e;
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.driver;

import io.ringtap.internal.netmap.layout.NetmapLayout;
import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.NetmapMode;
import io.ringtap.netmap.NetmapRingCounts;

import java.util.List;

/**
 * An open netmap device, with the operations that {@code ioctl} and {@code mmap} offer on it. The code above this
 * interface is the same for the kernel's netmap and the one in the JVM, and so are the errors. A file is used by one
 * thread at a time. Methods that take the name of a port work on any file, bound or not.
 */
public interface NetmapFile extends AutoCloseable {
    /**
     * Binds the file to a port. A virtual port is created if it does not exist.
     *
     * @throws NetmapException EBUSY if the file is bound already or somebody else has the rings; EINVAL if there is no
     *     such ring, mode or memory region; ENXIO if there is no such port; EIO if the port has a vnet header and
     *     {@link NetmapLayout.Register#ACCEPT_VNET_HDR} is not set; ENOMEM; EOPNOTSUPP
     */
    NetmapRegistration register(NetmapRequest request) throws NetmapException;

    /**
     * The memory region of the port, with a reference for the caller to release.
     *
     * @throws NetmapException EINVAL unless the file is bound
     */
    NetmapMemory map() throws NetmapException;

    /**
     * Gives the transmit slots before head to netmap, and takes back those whose frames were sent, on all bound rings.
     * An index that is out of range is no error: netmap resets head and cur silently.
     *
     * @throws NetmapException ENXIO unless the file is bound; EIO when the port is gone
     */
    void txSync() throws NetmapException;

    /**
     * Gives the receive slots before head back to netmap, and takes those with new frames, on all bound rings.
     * Otherwise as {@link #txSync()}.
     *
     * @throws NetmapException ENXIO unless the file is bound; EIO when the port is gone
     */
    void rxSync() throws NetmapException;

    /**
     * The length of the vnet header on each frame of a port, in bytes: 0, 10 or 12.
     *
     * @throws NetmapException ENXIO if there is no such port
     */
    int headerLength(String port) throws NetmapException;

    /**
     * Sets the length of the vnet header on each frame of a VALE port.
     *
     * @throws NetmapException EINVAL if it is not 0, 10 or 12; ENXIO if there is no such port, or it is not a port of a
     *     switch
     */
    void headerLength(String port, int length) throws NetmapException;

    /**
     * Information on a port. If a virtual port does not exist, it is created for the duration of the call, and the
     * answer tells what it would have.
     *
     * @throws NetmapException ENXIO if there is no such interface
     */
    NetmapRegistration portInfo(String port) throws NetmapException;

    /**
     * Attaches a network interface, or a persistent port, to the switch in its name, {@code vale0:eth0}. It stays
     * attached until {@link #detach}. With {@link NetmapMode#NIC_AND_HOST} the host stays connected to the interface
     * through a second port of the switch. An attached persistent port can be opened as any other port of the switch.
     *
     * <p>In the kernel, a persistent port was seen to be left in a state from which it could neither be detached nor
     * removed once its last user had closed it. It seems that {@link #portInfo} counts as a user.
     *
     * @throws NetmapException EBUSY if it is attached or open already; EINVAL if there is no such interface or memory
     *     region, or the name is not that of a port of a switch; ENOMEM if the switch has no free port
     */
    void attach(NetmapRequest request) throws NetmapException;

    /**
     * Undoes {@link #attach}.
     *
     * @throws NetmapException ENXIO if there is no such port; EBUSY if it cannot be detached now; EINVAL if the name is
     *     not that of a port of a switch
     */
    void detach(String port) throws NetmapException;

    /**
     * The names of all ports of all switches, such as {@code vale0:eth0}, sorted by switch; empty if there are none.
     */
    List<String> valePorts() throws NetmapException;

    /**
     * Creates a persistent port: a network interface that can be attached to a switch and whose frames stay within
     * netmap. It stays until {@link #destroy}.
     *
     * @param name an interface name, without that of a switch
     * @param counts the rings and slots to ask for
     * @param memoryId the region to share, or 0
     * @throws NetmapException EEXIST if there is such an interface; EINVAL if no interface can have the name, or there
     *     is no such memory region
     */
    void create(String name, NetmapRingCounts counts, int memoryId) throws NetmapException;

    /**
     * Removes a persistent port.
     *
     * @throws NetmapException ENXIO if there is no such interface; EINVAL if it is not a persistent port; EBUSY if it
     *     is attached or open
     */
    void destroy(String name) throws NetmapException;

    /** How many frames for the bound port netmap has dropped because its rings were full; -1 if that is not known. */
    long receivedDrops();

    /** The file descriptor to wait on; -1 if the file calls what {@link #onReady} has set instead. */
    int descriptor();

    /**
     * Sets what to call when frames have arrived or slots have become free, for a file without a descriptor. It is
     * called at most once until the next sync, from the thread that has caused the event. It must not block, and must
     * not call a sync.
     *
     * @throws UnsupportedOperationException if there is a descriptor to wait on
     */
    void onReady(Runnable callback);

    /**
     * Unbinds the rings and keeps the memory, where netmap can do that, so that others can bind the rings. The embedded
     * netmap can; its syncs fail with ENXIO from then on. In the kernel the rings stay bound until {@link #close}.
     */
    default void releaseRings() {
    }

    /**
     * Unbinds the rings and closes the device. The memory stays as long as it has references. Further calls do nothing.
     */
    @Override
    void close();
}

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
 * One open of the netmap device, and what {@code ioctl} and {@code mmap} do to it. All above this line is the same code
 * for the kernel's netmap and the one in the JVM, and so are the errors. A file is used by one thread at a time; what
 * concerns ports by name works on any file, bound or not.
 */
public interface NetmapFile extends AutoCloseable {
    /**
     * Binds the file to a port, which comes into being if it is virtual and the first to be asked for.
     *
     * @throws NetmapException as netmap refuses: EBUSY if the file is bound, or the rings are another's; EINVAL for a
     *     ring, mode or memory region that is not there; ENXIO for a port that is not; EIO for one with a vnet header
     *     unless {@link NetmapLayout.Register#ACCEPT_VNET_HDR} is set; ENOMEM; EOPNOTSUPP
     */
    NetmapRegistration register(NetmapRequest request) throws NetmapException;

    /**
     * The memory region of the port, with a reference for the caller to release.
     *
     * @throws NetmapException EINVAL unless the file is bound
     */
    NetmapMemory map() throws NetmapException;

    /**
     * Hands the transmit slots before head over, takes those back that were sent, on all bound rings. An index out of
     * range is no error: netmap puts head and cur back and says nothing.
     *
     * @throws NetmapException ENXIO unless the file is bound; EIO when the port is gone
     */
    void txSync() throws NetmapException;

    /**
     * Hands the receive slots before head back, takes those with new frames, on all bound rings; the rest as
     * {@link #txSync()}.
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
     * @throws NetmapException EINVAL if it is not 0, 10 or 12; ENXIO if there is no such port, or it is none of VALE
     */
    void headerLength(String port, int length) throws NetmapException;

    /**
     * What there is to know of a port. Asking for a virtual port that is not there makes it for as long as the answer
     * takes, so the answer tells what it would be.
     *
     * @throws NetmapException ENXIO if there is no such interface
     */
    NetmapRegistration portInfo(String port) throws NetmapException;

    /**
     * Attaches a network interface, or a persistent port, to the switch in its name, {@code vale0:eth0}, where it
     * stays until it is detached. With {@link NetmapMode#NIC_AND_HOST} the host stays connected to the interface,
     * through a second port of the switch. An attached persistent port can be opened as any other of the switch. In
     * the kernel that was seen to leave it in a state from which it could neither be detached nor removed once its last
     * user had closed it; {@link #portInfo} is thought to count as a user.
     *
     * @throws NetmapException EBUSY if it is attached or open already; EINVAL if there is no such interface or memory
     *     region, or the name is none of a switch; ENOMEM if the switch has no port left
     */
    void attach(NetmapRequest request) throws NetmapException;

    /**
     * Undoes {@link #attach}.
     *
     * @throws NetmapException ENXIO if there is no such port; EBUSY if it cannot be let go of now; EINVAL if the name
     *     is none of a switch
     */
    void detach(String port) throws NetmapException;

    /** The names of all ports of all switches, {@code vale0:eth0}, by switch; empty if there are none. */
    List<String> valePorts() throws NetmapException;

    /**
     * Makes a persistent port: a network interface to attach to a switch, whose frames stay within netmap. It stays
     * until {@link #destroy}.
     *
     * @param name an interface name, of no switch
     * @param counts the rings and slots to ask for
     * @param memoryId the region to share, or 0
     * @throws NetmapException EEXIST if there is such an interface; EINVAL if the name is none of an interface, or
     *     there is no such memory region
     */
    void create(String name, NetmapRingCounts counts, int memoryId) throws NetmapException;

    /**
     * Removes a persistent port.
     *
     * @throws NetmapException ENXIO if there is no such interface; EINVAL if it is not a persistent port; EBUSY if it
     *     is attached or open
     */
    void destroy(String name) throws NetmapException;

    /** How many frames for the bound port netmap dropped, as its rings were full; -1 if it does not tell. */
    long receivedDrops();

    /** The file descriptor to wait on, or -1 if {@link #onReady} is how this file tells. */
    int descriptor();

    /**
     * Sets what to call when frames came or slots got free, for a file without a descriptor. It is called from
     * whichever thread made it so, at most once until the next sync; it must not block, and no sync may be made from
     * within.
     *
     * @throws UnsupportedOperationException if there is a descriptor to wait on
     */
    void onReady(Runnable callback);

    /**
     * Lets others bind the rings, where netmap can do that without giving up the memory: the embedded netmap does, and
     * its syncs fail with ENXIO from then on. In the kernel the rings stay bound until {@link #close}.
     */
    default void releaseRings() {
    }

    /** Unbinds and closes; the memory lives as long as its references. Further calls do nothing. */
    @Override
    void close();
}

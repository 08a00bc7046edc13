/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

import io.ringtap.internal.netmap.driver.NetmapMemory;
import io.ringtap.internal.netmap.driver.NetmapRegistration;
import io.ringtap.internal.netmap.layout.NetmapLayout.If;
import io.ringtap.netmap.NetmapError;
import io.ringtap.netmap.NetmapException;

import java.nio.ByteBuffer;

/**
 * The spare buffers of a port, by index: a stack. When the port is closed, netmap frees the list of buffers that starts
 * at {@code ni_bufs_head}, so the spares are written back to that list first. A buffer that is missing there is lost to
 * the region until its last user closes it. A buffer that is listed twice would be given to two users.
 *
 * <p>While the port is open, the list is empty. If the program is killed then, all its spares are lost to the region,
 * which does no harm. If the list still had its first entries, netmap would free buffers that are in use.
 */
public final class NetmapExtraBuffers {
    private final ByteBuffer nifp;
    private final NetmapBuffers buffers;
    private final int[] spares;
    private int count;

    /**
     * The spares that were granted with a registration.
     *
     * @param ring any ring of the port
     * @throws NetmapException if the list of them makes no sense
     */
    public NetmapExtraBuffers(NetmapMemory memory, NetmapRegistration registration, NetmapRing ring)
        throws NetmapException {
        nifp = memory.window(registration.offset(), If.RING_OFS);
        buffers = ring.buffers();
        spares = new int[registration.extraBuffers()];
        int index = nifp.getInt(If.BUFS_HEAD);
        while (index != 0) {
            if (count == spares.length || !buffers.holds(index)) {
                throw new NetmapException(NetmapError.EIO, "netmap's memory is damaged: the list of extra buffers has "
                    + (count == spares.length ? "more than " + count + " entries" : "index " + index));
            }
            spares[count++] = index;
            index = buffers.link(index);
        }
        // The buffers of the list will be in slots and contain frames instead of a link to the next one, so netmap
        // would free buffers that are in use.
        nifp.putInt(If.BUFS_HEAD, 0);
    }

    /** How many are left. */
    public int count() {
        return count;
    }

    /** How many there are if none is lent. */
    public int capacity() {
        return spares.length;
    }

    /** Takes a spare. Returns 0, which is no buffer, if there is none. */
    public int take() {
        return count == 0 ? 0 : spares[--count];
    }

    /** Puts a buffer back: one that was taken, or the one that was in a slot instead of it. */
    public void put(int index) {
        spares[count++] = index;
    }

    /** Links the spares into the list that netmap frees. */
    public void restore() {
        int head = 0;
        for (int i = 0; i < count; i++) {
            buffers.link(spares[i], head);
            head = spares[i];
        }
        nifp.putInt(If.BUFS_HEAD, head);
        count = 0;
    }
}

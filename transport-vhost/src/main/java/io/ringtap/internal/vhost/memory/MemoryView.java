/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.memory;

import java.nio.ByteBuffer;
import java.util.List;

/** Shared memory as one queue sees it, with windows of its own. One thread at a time, while the regions are mapped. */
public final class MemoryView implements GuestMemory {
    private final long[] guestStarts;
    private final long[] userStarts;
    private final long[] sizes;
    private final ByteBuffer[][] windows;
    /** The region in which a piece was found last: most often the next one is there, too. */
    private int last;

    MemoryView(List<SharedRegion> regions) {
        int count = regions.size();
        guestStarts = new long[count];
        userStarts = new long[count];
        sizes = new long[count];
        windows = new ByteBuffer[count][];
        for (int i = 0; i < count; i++) {
            SharedRegion region = regions.get(i);
            guestStarts[i] = region.guestAddress();
            userStarts[i] = region.userAddress();
            sizes[i] = region.size();
            windows[i] = region.windows();
        }
    }

    @Override
    public boolean locate(long address, int length, MemoryPlace into) {
        int count = sizes.length;
        for (int i = 0, region = last; i < count; i++, region = region + 1 == count ? 0 : region + 1) {
            long distance = address - guestStarts[region];
            if (lies(region, distance, length)) {
                last = region;
                return set(region, distance, length, into);
            }
        }
        return false;
    }

    /**
     * As {@link #locate}, by the addresses that the other process has.
     *
     * @return the guest's address of the piece; -1 if it is none. {@code into} is told where it lies
     */
    public long locateUser(long address, int length, MemoryPlace into) {
        for (int region = 0; region < sizes.length; region++) {
            long distance = address - userStarts[region];
            if (lies(region, distance, length) && set(region, distance, length, into)) {
                return guestStarts[region] + distance;
            }
        }
        return -1;
    }

    /** A negative distance, as one of 8 EiB, is of another region; a negative length is longer than a window. */
    private boolean lies(int region, long distance, int length) {
        return distance >= 0 && length >= 0 && distance <= sizes[region] - length;
    }

    private boolean set(int region, long distance, int length, MemoryPlace into) {
        int window = SharedRegion.windowOf(distance);
        int offset = SharedRegion.offsetOf(distance);
        if (window == windows[region].length) {
            // No bytes, just behind the end of a region that ends where a window does.
            window--;
            offset = windows[region][window].capacity();
        }
        if (offset > windows[region][window].capacity() - length) {
            // Longer than a GiB, and over the end of the window.
            return false;
        }
        into.set(windows[region][window], offset);
        return true;
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The regions that a front end shares at one time. Immutable; any thread. The queues have a {@linkplain #view view}
 * each, and whoever takes a region out of use unmaps it when no queue has a view of it any more.
 */
public final class SharedMemory {
    /** No memory. */
    public static final SharedMemory NONE = new SharedMemory(List.of());

    private final List<SharedRegion> regions;

    private SharedMemory(List<SharedRegion> regions) {
        this.regions = regions;
    }

    /**
     * This memory and a region more.
     *
     * @throws IOException if it overlaps another one
     */
    public SharedMemory with(SharedRegion region) throws IOException {
        for (SharedRegion other : regions) {
            if (region.overlaps(other)) {
                throw new IOException("two regions of memory overlap: " + other + " and " + region);
            }
        }
        List<SharedRegion> more = new ArrayList<>(regions);
        more.add(region);
        return new SharedMemory(more);
    }

    /** This memory without a region. */
    public SharedMemory without(SharedRegion region) {
        List<SharedRegion> fewer = new ArrayList<>(regions);
        fewer.remove(region);
        return new SharedMemory(fewer);
    }

    /** The region at these addresses and of this size; {@code null} if there is none. */
    public SharedRegion find(long guestAddress, long userAddress, long size) {
        for (SharedRegion region : regions) {
            if (region.guestAddress() == guestAddress && region.userAddress() == userAddress
                && region.size() == size) {
                return region;
            }
        }
        return null;
    }

    /** How many regions there are. */
    public int count() {
        return regions.size();
    }

    /** The first address behind all of them, for the guest. */
    public long end() {
        long end = 0;
        for (SharedRegion region : regions) {
            long next = region.guestAddress() + region.size();
            end = Long.compareUnsigned(next, end) > 0 ? next : end;
        }
        return end;
    }

    /** Whether the file of a region can become shorter than it. */
    public boolean isShrinkable() {
        return regions.stream().anyMatch(SharedRegion::isShrinkable);
    }

    /** A region whose file has become shorter than it; {@code null} if there is none. */
    public SharedRegion truncated() {
        for (SharedRegion region : regions) {
            if (region.isTruncated()) {
                return region;
            }
        }
        return null;
    }

    /** A view for one queue. */
    public MemoryView view() {
        return new MemoryView(regions);
    }

    /** Unmaps all regions. No queue may have a view any more. */
    public void unmap() {
        regions.forEach(SharedRegion::unmap);
    }
}

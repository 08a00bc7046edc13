/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.SharedMapping;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * The memory of frames of one or more AF_XDP sockets, in chunks of one size. A table says of each chunk which socket
 * owns it and where it is, so that nothing the kernel says is believed without a look:
 *
 * <pre>
 *   KERNEL   in a fill ring, in a receive ring, or being filled
 *   SENT     in a transmit ring, or sent and not completed
 *   FREE     with its owner, for a frame to send, or to take the place of one that is lent
 *   LENT     with a frame that the pipeline has
 * </pre>
 *
 * <p>An entry of the table, and the bytes of the chunk, belong to whoever has the chunk: the event loop of its owner,
 * or the holder of the lent frame. A chunk changes its owner when a frame that was received by one socket is sent by
 * another one: the sender gives the owner a free chunk in its place ({@link UmemPool}), so that each socket has as many
 * chunks as before, and nothing has to find its way back from a completion ring.
 *
 * <p>The memory is a file without a name (memfd_create(2)), so that it can be shared with another process, and stays
 * what it is when this process forks. It goes with the last socket and the last lent frame, whichever comes later.
 */
public final class Umem {
    static final int KERNEL = 0;
    static final int SENT = 1;
    static final int FREE = 2;
    static final int LENT = 3;

    /** Nobody's: the number of an owner that no socket has. */
    private static final int NOBODY = 63;
    /** Nobody's for good: a socket was closed while the kernel might still have been reading it. */
    private static final int LOST = 62;

    /** Those that a socket may join. Guarded by the class, as is what is said to be so below. */
    private static final List<Umem> OPEN = new ArrayList<>();

    private final UmemKind kind;
    private final int shift;
    private final SharedMapping mapping;
    private final ByteBuf bytes;
    private final ByteBuffer cursor;
    private final byte[] places;
    /** The object of each chunk that was lent before, which is used again. As the table, of whoever has the chunk. */
    private final UmemBuf[] objects;
    /** The sockets by their numbers. Guarded by the class. */
    private final XdpSocket[] members;
    /** Guarded by the class. */
    private final int[] vacant;
    private int vacantCount;
    /** Lent chunks whose owner is closed. Guarded by the class. */
    private int orphans;
    private boolean unmapped;
    /** Whether drivers use the memory themselves; known when the first socket is bound. Guarded by the class. */
    private boolean zeroCopy;

    /**
     * Makes memory that no socket has yet.
     *
     * @throws IOException if there is none
     */
    Umem(UmemKind kind) throws IOException {
        this.kind = kind;
        shift = Integer.numberOfTrailingZeros(kind.chunkSize());
        mapping = map(kind);
        try {
            cursor = mapping.buffer(0, kind.bytes());
            bytes = Unpooled.wrappedBuffer(mapping.buffer(0, kind.bytes()));
            int chunks = kind.chunks();
            places = new byte[chunks];
            Arrays.fill(places, place(NOBODY, FREE));
            objects = new UmemBuf[chunks];
            members = new XdpSocket[kind.sockets()];
            vacant = new int[chunks];
        } catch (Throwable e) {
            mapping.unmap();
            throw e;
        }
        while (vacantCount < places.length) {
            vacant[vacantCount] = places.length - ++vacantCount;
        }
    }

    private static SharedMapping map(UmemKind kind) throws IOException {
        int fd = SystemCalls.memoryFile("ringtap-umem", kind.hugePages());
        if (fd < 0) {
            throw new SystemCallException("memfd_create", -fd, kind.hugePages() ? "huge pages need Linux 4.14 with"
                + " CONFIG_HUGETLBFS" : null);
        }
        try {
            SystemCalls.check("ftruncate", SystemCalls.truncate(fd, kind.bytes()));
            return SharedMapping.map(fd, kind.bytes());
        } catch (SystemCallException e) {
            throw !kind.hugePages() || !e.is(Errno.ENOMEM) ? e : new SystemCallException("mmap of "
                + kind.bytes() + " bytes in huge pages", Errno.ENOMEM.number(), "there are not so many: 'sysctl"
                + " vm.nr_hugepages' tells and sets how many there are");
        } finally {
            SystemCalls.close(fd);
        }
    }

    private static byte place(int owner, int state) {
        return (byte) (owner << 2 | state);
    }

    /** A memory of a kind that a socket can join; {@code null} if there is none. */
    static Umem joinable(UmemKind kind, boolean zeroCopy) {
        assert Thread.holdsLock(Umem.class);
        for (Umem umem : OPEN) {
            if (umem.kind.equals(kind) && umem.zeroCopy == zeroCopy && umem.hasRoom()) {
                return umem;
            }
        }
        return null;
    }

    private boolean hasRoom() {
        return vacantCount >= UmemKind.CHUNKS_EACH && Arrays.asList(members).contains(null);
    }

    /** A socket that has joined and is bound. With the class locked. */
    XdpSocket member() {
        for (XdpSocket member : members) {
            if (member != null) {
                return member;
            }
        }
        throw new IllegalStateException("no socket has this memory");
    }

    /**
     * Gives a socket its chunks.
     *
     * @return the number of the socket
     */
    int join(XdpSocket socket, int[] chunks) {
        assert Thread.holdsLock(Umem.class);
        int number = Arrays.asList(members).indexOf(null);
        members[number] = socket;
        for (int i = 0; i < chunks.length; i++) {
            chunks[i] = vacant[--vacantCount];
            places[chunks[i]] = place(number, FREE);
        }
        return number;
    }

    /** The first socket is bound: others may join. With the class locked. */
    void offer(boolean driverUsesIt) {
        zeroCopy = driverUsesIt;
        if (kind.sockets() > 1) {
            OPEN.add(this);
        }
    }

    /**
     * Takes the chunks of a closed socket back, but for those that are lent, and those that the kernel may still read.
     *
     * @param stillOut how many are lent
     */
    void leave(int number, int stillOut) {
        synchronized (Umem.class) {
            members[number] = null;
            for (int chunk = 0; chunk < places.length; chunk++) {
                int place = places[chunk];
                if ((place & 0xff) >>> 2 != number) {
                    continue;
                }
                switch (place & 3) {
                    case LENT -> { }
                    // A driver that uses the memory itself gives the queue up some time after the socket is closed.
                    case KERNEL -> vacate(chunk, zeroCopy);
                    case SENT -> vacate(chunk, true);
                    default -> vacate(chunk, false);
                }
            }
            orphans += stillOut;
            unmapIfUnused();
        }
    }

    /** Takes back a chunk that was lent when its owner closed. Any thread. */
    void giveBackOrphan(int chunk) {
        synchronized (Umem.class) {
            vacate(chunk, false);
            orphans--;
            unmapIfUnused();
        }
    }

    private void vacate(int chunk, boolean lost) {
        objects[chunk] = null;
        places[chunk] = place(lost ? LOST : NOBODY, FREE);
        if (!lost) {
            vacant[vacantCount++] = chunk;
        }
    }

    private void unmapIfUnused() {
        if (Collections.frequency(Arrays.asList(members), null) == members.length) {
            OPEN.remove(this);
            if (orphans == 0) {
                free();
            }
        }
    }

    /** Unmaps memory that no socket has. The kernel keeps its own hold of the pages until it has done with them. */
    void free() {
        mapping.unmap();
    }

    long address() {
        return mapping.address();
    }

    int length() {
        return kind.bytes();
    }

    UmemKind kind() {
        return kind;
    }

    int chunkSize() {
        return kind.chunkSize();
    }

    /** Appends the bytes at an address to a buffer with room for them. This way makes no object. */
    void read(int address, int length, ByteBuf to) {
        to.writeBytes(cursor.limit(address + length).position(address));
    }

    /** Copies bytes of a frame to the beginning of a chunk. This way makes no object where Unsafe is on. */
    void write(int chunk, ByteBuf frame, int from, int length) {
        int address = chunk << shift;
        if (frame.hasMemoryAddress()) {
            bytes.setBytes(address, frame, from, length);
        } else {
            frame.getBytes(from, cursor.limit(address + length).position(address));
        }
    }

    /** Copies a frame of another memory to the beginning of a chunk. */
    void write(int chunk, Umem other, int from, int length) {
        bytes.setBytes(chunk << shift, other.bytes, from, length);
    }

    /** Eight bytes in network order. */
    long getLong(int address) {
        return bytes.getLong(address);
    }

    /** All of it, readable from an address on; until the next call. */
    ByteBuf readable(int address, int length) {
        return bytes.setIndex(address, address + length);
    }

    /** The memory of a chunk as a buffer of its own. */
    ByteBuffer slice(int chunk) {
        return mapping.buffer((long) chunk * kind.chunkSize(), kind.chunkSize());
    }

    /** Whether a descriptor names bytes of one chunk. */
    boolean contains(long address, int bytesThere) {
        return address >= 0 && bytesThere >= 0 && address < kind.bytes()
            && (address & kind.chunkSize() - 1) + bytesThere <= kind.chunkSize();
    }

    /** The number of the chunk that an address lies in. */
    int chunkOf(int address) {
        return address >>> shift;
    }

    /** Where a chunk begins. */
    long addressOf(int chunk) {
        return (long) chunk << shift;
    }

    boolean is(int chunk, int owner, int state) {
        return places[chunk] == place(owner, state);
    }

    void put(int chunk, int owner, int state) {
        places[chunk] = place(owner, state);
    }

    UmemBuf object(int chunk) {
        return objects[chunk];
    }

    void keep(int chunk, UmemBuf object) {
        objects[chunk] = object;
    }
}

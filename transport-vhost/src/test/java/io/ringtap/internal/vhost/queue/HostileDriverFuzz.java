/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.internal.vhost.memory.DirtyLog;
import io.ringtap.internal.vhost.memory.GuestMemory;
import io.ringtap.internal.vhost.memory.MemoryPlace;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/**
 * The fuzz target that plays a driver: the input says what is written into the ring and into the memory, between the
 * calls of the device's side and during them, whenever it looks up an address. It throws if a call throws, reaches
 * outside of the memory, works without bound, or forgets what it has read once. It uses no fuzzing library. {@link
 * HostileDriverFuzzTest} runs it in every build, and so does the fuzzer of the {@code fuzz} profile.
 */
final class HostileDriverFuzz {
    private static final long ADDRESS = 0x10000;
    private static final int[] SIZES = {1, 4, 8, 16, 3, 7, 12, 64};
    /** Most tables and frames lie low in the memory, so that few bits of an input make a descriptor that is good. */
    private static final int BYTES = 4096;
    private static final int[] HEADERS = {0, 10, 12, 12};

    private final ByteBuffer memory =
        ByteBuffer.allocateDirect(BYTES + 64).alignedSlice(64).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuf frame = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(70_000));
    /** What was reached, so that a test can see that inputs reach anything. */
    private final Map<QueueFault.Kind, Integer> faults = new EnumMap<>(QueueFault.Kind.class);
    private int taken;
    private int written;
    private byte[] input;
    private int at;
    private int size;
    private boolean packed;
    private boolean receiving;
    private QueueRing ring;
    private int lookUps;
    private boolean changing;
    /** What the driver would write next if it were a good one. */
    private int next;
    private boolean wrap;

    private final class HostileMemory implements GuestMemory {
        private final ByteBuffer window = memory.slice(0, BYTES).order(ByteOrder.LITTLE_ENDIAN);

        @Override
        public boolean locate(long address, int length, MemoryPlace into) {
            lookUps++;
            if (changing) {
                change();
            }
            long distance = address - ADDRESS;
            if (distance < 0 || length < 0 || distance > BYTES - length) {
                return false;
            }
            into.set(window, (int) distance);
            return true;
        }
    }

    private int octet() {
        return at < input.length ? input[at++] & 0xff : 0;
    }

    private int number() {
        return octet() | octet() << 8;
    }

    private void require(boolean right, String what) {
        if (!right) {
            throw new AssertionError(what + ": " + Arrays.toString(input));
        }
    }

    /** How often which fault has stopped a queue. */
    Map<QueueFault.Kind, Integer> faults() {
        return faults;
    }

    /** How many frames were read from the driver. */
    int taken() {
        return taken;
    }

    /** How many frames were written to the driver. */
    int written() {
        return written;
    }

    /** Plays what the input says. */
    void play(byte[] octets) {
        input = octets;
        at = 0;
        next = 0;
        wrap = true;
        lookUps = 0;
        for (int i = 0; i < BYTES; i += 8) {
            memory.putLong(i, 0);
        }
        int kind = octet();
        packed = (kind & 1) != 0;
        receiving = (kind & 16) == 0;
        changing = (kind & 32) != 0;
        int choice = octet();
        size = SIZES[packed ? choice & 7 : choice & 3];
        QueueFeatures features =
            new QueueFeatures(packed, (kind & 2) != 0, (kind & 4) != 0, (kind & 8) != 0);
        NetHeader header = new NetHeader(HEADERS[choice >> 3 & 3], (choice & 32) != 0 ? 10 : 12, (choice & 64) != 0);
        ring = QueueRing.at(size, packed, place(0), place(1024), place(1280), ADDRESS);
        VirtqueueDevice device =
            VirtqueueDevice.of(ring, features, new HostileMemory(), packed ? 1 << 15 : octet() * 257);
        next = packed ? 0 : device.base();
        int[] logged = new int[1];
        DirtyLog log = (address, length) -> {
            require(address >= ADDRESS && length >= 0 && length <= BYTES, "logged what is not memory");
            logged[0]++;
        };
        device.log(log, log);
        if (!receiving) {
            playInput(device, new DeviceFrameInput(device, header), header);
        } else {
            playOutput(device, new DeviceFrameOutput(device, header), header);
        }
        if (device.fault() != null) {
            faults.merge(device.fault().kind(), 1, Integer::sum);
        }
    }

    private MemoryPlace place(int offset) {
        MemoryPlace place = new MemoryPlace();
        place.set(memory, offset);
        return place;
    }

    private void playInput(VirtqueueDevice device, DeviceFrameInput frames, NetHeader header) {
        long first = 0;
        while (at < input.length) {
            int turn = octet();
            switch (turn & 7) {
                case 0, 1, 2 -> change();
                case 3 -> {
                    int before = lookUps;
                    int max = turn >> 3;
                    int count = frames.take(max);
                    taken += count;
                    require(count >= 0 && count <= max, "took more than was asked for");
                    require(lookUps - before <= (max + 1) * (VirtqueueDevice.MAX_PARTS + 1), "worked without bound");
                    require(frames.lent() <= size && frames.lent() <= FrameInput.MOST_LENT, "lent more than there is");
                }
                case 4 -> {
                    for (long i = first; i < frames.next(); i++) {
                        if (frames.isLent(i)) {
                            readOne(frames, i, header, (turn & 8) != 0);
                        }
                    }
                }
                case 5 -> {
                    if (first < frames.next()) {
                        long given = (turn & 8) != 0 ? first++ : frames.next() - 1;
                        if (frames.isLent(given)) {
                            frames.giveBack(given);
                        }
                    }
                }
                case 6 -> frames.publish();
                default -> {
                    if ((turn & 8) != 0) {
                        frames.requestNotifications();
                    } else {
                        frames.suppressNotifications();
                    }
                }
            }
            require(device.inFlight() >= 0 && device.inFlight() <= size, "more in flight than the ring has");
        }
        require(frames.fault() == null || frames.take(9) == 0, "a queue that has stopped goes on");
        for (long i = first; i < frames.next(); i++) {
            if (frames.isLent(i)) {
                frames.giveBack(i);
            }
        }
        require(frames.lent() == 0 && device.inFlight() == 0, "a chain was not given back");
    }

    private void readOne(DeviceFrameInput frames, long number, NetHeader header, boolean headFirst) {
        int length = frames.length(number);
        require(length >= header.channel() + 14 && length <= header.channel() + NetHeader.LONGEST, "no frame");
        long seen = headFirst ? frames.getLong(number, header.channel()) : 0;
        if (headFirst) {
            frames.getLong(number, length - 8);
        }
        // The driver writes after what was read.
        change();
        frame.clear();
        frames.read(number, frame);
        require(frame.readableBytes() == length, "another length than was told");
        require(!headFirst || frame.getLong(header.channel()) == seen, "read twice");
    }

    private void playOutput(VirtqueueDevice device, DeviceFrameOutput frames, NetHeader header) {
        while (at < input.length) {
            int turn = octet();
            switch (turn & 7) {
                case 0, 1, 2, 3 -> change();
                case 4, 5 -> {
                    int before = lookUps;
                    long position = device.position();
                    frame.clear().writeZero(header.channel() + 14 + (turn >> 3) * (turn & 8) * 16);
                    int result = frames.write(frame);
                    written += result == FrameOutput.WRITTEN ? 1 : 0;
                    require(result == FrameOutput.WRITTEN || device.takenSince(position) == 0, "took and did not use");
                    require(result != FrameOutput.STOPPED == (frames.fault() == null), "stopped without a fault");
                    require(lookUps - before <= 4 * VirtqueueDevice.MAX_PARTS + 257, "worked without bound");
                }
                case 6 -> frames.publish();
                default -> {
                    if ((turn & 8) != 0) {
                        frames.requestNotifications();
                    } else {
                        frames.suppressNotifications();
                    }
                }
            }
            require(device.inFlight() == 0, "a chain was taken and not used");
        }
    }

    /** The driver writes something. */
    private void change() {
        int what = octet();
        switch (what & 7) {
            case 0 -> offer(octet() % size, (what & 32) != 0 ? 2 : 1);
            case 1 -> {
                // A chain that is good, of one part or of two.
                int head = packed ? next : octet() % size;
                int second = head + 1 == size ? 0 : head + 1;
                boolean two = (what & 8) != 0 && size > 1;
                int write = receiving ? RingWords.WRITE : 0;
                descriptor(head * 16, ADDRESS + 2048 + octet(), number() % 1024, write | (two ? 1 : 0), second);
                if (two) {
                    descriptor(second * 16, ADDRESS + 3072, octet(), write, head);
                }
                offer(head, packed && two ? 2 : 1);
            }
            case 2 -> {
                int index = octet() % size;
                int flags = number();
                // Mostly an address that is good.
                long address = (what & 8) != 0 ? ADDRESS + number() % BYTES : (long) number() << 48 | number();
                int length = (what & 16) != 0 ? number() % 512 : number() << 16 | number();
                descriptor(index * 16, address, length, (what & 32) != 0 ? flags & 7 : flags, octet());
            }
            case 3 -> {
                // A table's entry.
                int index = octet() % 24;
                descriptor(2048 + index * 16, ADDRESS + 3072 + octet(), (what & 8) != 0 ? octet() : number(),
                    what >> 4 & 3, (what & 64) != 0 ? index + 1 : octet());
            }
            case 4 -> {
                // A descriptor that points to it.
                descriptor(octet() % size * 16, ADDRESS + 2048, (what & 8) != 0 ? octet() : 16 * (octet() % 24), 4, 0);
            }
            case 5 -> memory.putShort(1024 + 2 * (octet() % (3 + size)), (short) number());
            case 6 -> memory.putShort(number() % (BYTES / 2) * 2, (short) number());
            default -> memory.putLong(number() % (BYTES / 8) * 8, (long) number() << 48 | (long) number() << 32
                | (long) number() << 16 | number());
        }
    }

    private void descriptor(int where, long address, int length, int flags, int next) {
        int marks = packed && where < 1024 ? wrap ? RingWords.AVAILABLE : RingWords.USED : 0;
        memory.putLong(where, address).putInt(where + 8, length);
        memory.putShort(where + 12, (short) (packed ? next : flags));
        memory.putShort(where + 14, (short) (packed ? flags | marks : next));
    }

    /** Makes the next chain available, as a good driver would. */
    private void offer(int head, int count) {
        if (packed) {
            for (int i = 0; i < count; i++) {
                int where = next * 16 + 14;
                int flags = memory.getShort(where) & ~(RingWords.AVAILABLE | RingWords.USED);
                memory.putShort(where, (short) (flags | (wrap ? RingWords.AVAILABLE : RingWords.USED)));
                if (++next == size) {
                    next = 0;
                    wrap = !wrap;
                }
            }
            return;
        }
        for (int i = 0; i < count; i++) {
            memory.putShort(1024 + 4 + 2 * (next++ & size - 1), (short) head);
        }
        memory.putShort(1024 + 2, (short) next);
    }
}

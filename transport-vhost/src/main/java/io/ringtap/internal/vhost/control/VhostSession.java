/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.control;

import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.internal.unix.Descriptors;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.internal.vhost.memory.DirtyPages;
import io.ringtap.internal.vhost.memory.SharedMemory;
import io.ringtap.internal.vhost.memory.SharedRegion;
import io.ringtap.internal.vhost.queue.QueueFeatures;
import io.ringtap.internal.vhost.queue.QueueRing;
import io.ringtap.internal.vhost.wire.LogArea;
import io.ringtap.internal.vhost.wire.MemoryRegion;
import io.ringtap.internal.vhost.wire.MemoryTable;
import io.ringtap.internal.vhost.wire.NoPayload;
import io.ringtap.internal.vhost.wire.Number64;
import io.ringtap.internal.vhost.wire.OpaquePayload;
import io.ringtap.internal.vhost.wire.ProtocolFeature;
import io.ringtap.internal.vhost.wire.VhostMessage;
import io.ringtap.internal.vhost.wire.VhostPayload;
import io.ringtap.internal.vhost.wire.VhostProtocolException;
import io.ringtap.internal.vhost.wire.VhostRequest;
import io.ringtap.internal.vhost.wire.VringAddress;
import io.ringtap.internal.vhost.wire.VringDescriptor;
import io.ringtap.internal.vhost.wire.VringState;

import java.io.IOException;
import java.util.function.Consumer;

/**
 * One connection of a front end to a back end: what it has set, from the first message to the last. It holds the
 * memory, the rings and their descriptors, and gives all of them back at the end. On the event loop of the control
 * connection.
 *
 * <p>Before anything changes that a running queue pair uses, the pair is suspended, and it begins anew after that. So a
 * request may take until its queue pairs have answered, and the next one waits for that.
 */
public final class VhostSession {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(VhostSession.class);
    /** Regions that a front end may share, one at a time. */
    private static final int MOST_REGIONS = 32;
    private static final int LEAST_MTU = 68;
    private static final int MOST_MTU = 65_535;

    private final String name;
    private final long offered;
    private final QueuePairs pairs;
    private final int pairCount;
    private final RingState[] rings;
    private long features;
    private long protocolFeatures;
    private long status;
    private SharedMemory memory = SharedMemory.NONE;
    private DirtyPages log;
    private boolean closed;

    /** Takes the answer to a request, once. */
    public interface Answer {
        /** @param reply {@code null} for none */
        void give(VhostMessage reply);

        /** The request could not be done, and nobody waits for a reply: the connection has to end. */
        void fail(IOException cause);
    }

    /** A part of a request that is done while queue pairs are suspended. */
    @FunctionalInterface
    private interface Change {
        void make() throws IOException;
    }

    /**
     * Begins a session.
     *
     * @param name of the port, for the log
     * @param offered the feature bits of the device
     */
    public VhostSession(String name, long offered, QueuePairs pairs, int pairCount) {
        this.name = name;
        this.offered = offered;
        this.pairs = pairs;
        this.pairCount = pairCount;
        rings = new RingState[2 * pairCount];
        for (int i = 0; i < rings.length; i++) {
            rings[i] = new RingState(i);
        }
    }

    /** The feature bits that were agreed on. */
    public long features() {
        return features;
    }

    /** The memory that is shared at present. */
    public SharedMemory memory() {
        return memory;
    }

    /**
     * Does what a front end asks for.
     *
     * @param descriptors that came with the request; what is not kept is closed before the answer is given
     * @param answer gets the reply, at once or later, but not if the session is closed first
     * @throws IOException if the front end does not keep to the protocol, or asks for what cannot be done and waits
     *     for no reply: the connection has to end
     */
    public void handle(VhostMessage message, Descriptors descriptors, Answer answer) throws IOException {
        try (descriptors) {
            VhostRequest request = message.request();
            request.requireDescriptors(message.payload(), descriptors.count());
            LOGGER.debug("{}: {}", name, message);
            if (!isOffered(request)) {
                refuse(message, answer);
                return;
            }
            if (isReplyNeeded(message)) {
                try {
                    perform(message, descriptors, answer);
                } catch (VhostProtocolException broken) {
                    throw broken;
                } catch (IOException impossible) {
                    LOGGER.warn("{}: {} is refused: {}", name, request, impossible.getMessage());
                    answer.give(VhostMessage.acknowledgement(request, false));
                }
            } else {
                perform(message, descriptors, answer);
            }
        }
    }

    private boolean isReplyNeeded(VhostMessage message) {
        return message.isReplyNeeded() && ProtocolFeature.REPLY_ACK.isIn(protocolFeatures)
            && message.request().reply() == null;
    }

    private boolean isOffered(VhostRequest request) {
        ProtocolFeature needed = switch (request) {
            case GET_QUEUE_NUM -> ProtocolFeature.MQ;
            case SET_LOG_BASE -> ProtocolFeature.LOG_SHMFD;
            case SEND_RARP -> ProtocolFeature.RARP;
            case NET_SET_MTU -> ProtocolFeature.MTU;
            case RESET_DEVICE -> ProtocolFeature.RESET_DEVICE;
            case GET_MAX_MEM_SLOTS, ADD_MEM_REG, REM_MEM_REG -> ProtocolFeature.CONFIGURE_MEM_SLOTS;
            case GET_STATUS, SET_STATUS -> ProtocolFeature.STATUS;
            case SET_BACKEND_REQ_FD -> ProtocolFeature.BACKEND_REQ;
            case SET_VRING_ENDIAN -> ProtocolFeature.CROSS_ENDIAN;
            case CREATE_CRYPTO_SESSION, CLOSE_CRYPTO_SESSION -> ProtocolFeature.CRYPTO_SESSION;
            case POSTCOPY_ADVISE, POSTCOPY_LISTEN, POSTCOPY_END -> ProtocolFeature.PAGEFAULT;
            case GET_CONFIG, SET_CONFIG, IOTLB_MSG, GPU_SET_SOCKET -> ProtocolFeature.CONFIG;
            case GET_INFLIGHT_FD, SET_INFLIGHT_FD -> ProtocolFeature.INFLIGHT_SHMFD;
            case VRING_KICK -> ProtocolFeature.INBAND_NOTIFICATIONS;
            default -> null;
        };
        // A front end may ask for what was offered before it says that it uses it.
        return needed == null || needed.isIn(DeviceFeatures.protocol());
    }

    /**
     * Refuses what was not offered, in a way that leaves nobody waiting.
     *
     * @throws VhostProtocolException if the protocol has no answer that says no
     */
    private void refuse(VhostMessage message, Answer answer) throws VhostProtocolException {
        VhostRequest request = message.request();
        switch (request) {
            case GET_CONFIG -> answer.give(VhostMessage.reply(request, new OpaquePayload(0)));
            case IOTLB_MSG, POSTCOPY_END -> answer.give(VhostMessage.acknowledgement(request, false));
            default -> {
                if (!isReplyNeeded(message)) {
                    throw new VhostProtocolException(request + " is part of a feature that was not offered");
                }
                answer.give(VhostMessage.acknowledgement(request, false));
            }
        }
        LOGGER.debug("{}: {} is part of a feature that was not offered", name, request);
    }

    private void done(VhostMessage message, Answer answer) {
        answer.give(isReplyNeeded(message) ? VhostMessage.acknowledgement(message.request(), true) : null);
    }

    private static void reply(VhostMessage message, long number, Answer answer) {
        answer.give(VhostMessage.reply(message.request(), new Number64(number)));
    }

    private void perform(VhostMessage message, Descriptors descriptors, Answer answer) throws IOException {
        VhostPayload payload = message.payload();
        if (payload instanceof NoPayload) {
            performPlain(message, answer);
        } else if (payload instanceof Number64 number) {
            performNumber(message, number.value(), answer);
        } else if (payload instanceof VringState state) {
            performState(message, state, answer);
        } else if (payload instanceof VringAddress address) {
            setAddress(message, address, answer);
        } else if (payload instanceof VringDescriptor descriptor) {
            setDescriptor(message, descriptor, descriptors, answer);
        } else if (payload instanceof MemoryTable table) {
            setTable(message, table, descriptors, answer);
        } else if (payload instanceof MemoryRegion region && message.request() == VhostRequest.ADD_MEM_REG) {
            addRegion(message, region, descriptors, answer);
        } else if (payload instanceof MemoryRegion region) {
            removeRegion(message, region, answer);
        } else if (payload instanceof LogArea area) {
            setLog(message, area, descriptors, answer);
        } else {
            throw new VhostProtocolException(message.request() + " is not understood");
        }
    }

    private void performPlain(VhostMessage message, Answer answer) throws IOException {
        switch (message.request()) {
            case GET_FEATURES -> reply(message, offered, answer);
            case GET_PROTOCOL_FEATURES -> reply(message, DeviceFeatures.protocol(), answer);
            case GET_QUEUE_NUM -> reply(message, pairCount, answer);
            case GET_MAX_MEM_SLOTS -> reply(message, MOST_REGIONS, answer);
            case GET_STATUS -> reply(message, status, answer);
            case RESET_OWNER, RESET_DEVICE -> reset(message, answer);
            // Nobody here has the front end wait for the log, nor asks who owns the session.
            default -> done(message, answer);
        }
    }

    private void reset(VhostMessage message, Answer answer) {
        changeAll(message, answer, () -> {
            for (RingState ring : rings) {
                ring.stop();
                ring.enable(false);
            }
        });
    }

    private void performNumber(VhostMessage message, long value, Answer answer) throws IOException {
        switch (message.request()) {
            case SET_FEATURES -> setFeatures(message, value, answer);
            case SET_PROTOCOL_FEATURES -> {
                requireOffered(message, value, DeviceFeatures.protocol());
                protocolFeatures = value;
                done(message, answer);
            }
            case SEND_RARP -> {
                pairs.announce(value);
                done(message, answer);
            }
            case NET_SET_MTU -> {
                if (value < LEAST_MTU || value > MOST_MTU) {
                    throw new IOException("an MTU of " + Long.toUnsignedString(value) + " bytes is out of range: "
                        + LEAST_MTU + " to " + MOST_MTU);
                }
                pairs.mtu((int) value);
                done(message, answer);
            }
            case SET_STATUS -> {
                status = value & 0xff;
                if (status == 0) {
                    reset(message, answer);
                } else {
                    done(message, answer);
                }
            }
            default -> throw new VhostProtocolException(message.request() + " is not understood");
        }
    }

    private static void requireOffered(VhostMessage message, long bits, long possible) throws VhostProtocolException {
        if ((bits & ~possible) != 0) {
            throw new VhostProtocolException(message.request() + " has bits that were not offered: 0x"
                + Long.toHexString(bits & ~possible));
        }
    }

    private void setFeatures(VhostMessage message, long bits, Answer answer) throws IOException {
        requireOffered(message, bits, offered);
        if (bits == features) {
            done(message, answer);
            return;
        }
        changeAll(message, answer, () -> features = bits);
    }

    private RingState ring(VhostMessage message, int index) throws VhostProtocolException {
        if (index < 0 || index >= rings.length) {
            throw new VhostProtocolException(message.request() + " is about ring " + Integer.toUnsignedString(index)
                + " (expected: 0-" + (rings.length - 1) + ')');
        }
        return rings[index];
    }

    private void performState(VhostMessage message, VringState state, Answer answer) throws IOException {
        RingState ring = ring(message, state.ring());
        int number = state.number();
        switch (message.request()) {
            case SET_VRING_NUM -> {
                requireStopped(message, ring, state.ring());
                boolean packed = (features & QueueFeatures.RING_PACKED) != 0;
                if (!QueueRing.isSize(number, packed)) {
                    throw new IOException("ring " + state.ring() + " cannot have " + Integer.toUnsignedString(number)
                        + " entries: " + (packed ? "1 to " : "a power of two up to ") + QueueRing.MAX_SIZE);
                }
                ring.size(number);
                done(message, answer);
            }
            case SET_VRING_BASE -> {
                requireStopped(message, ring, state.ring());
                ring.base(number);
                done(message, answer);
            }
            case SET_VRING_ENABLE -> {
                if (number != 0 && number != 1) {
                    throw new VhostProtocolException("SET_VRING_ENABLE has " + Integer.toUnsignedString(number)
                        + " (expected: 0-1)");
                }
                change(state.ring() / 2, message, answer, () -> ring.enable(number == 1));
            }
            case GET_VRING_BASE -> change(state.ring() / 2, 1, ring::stop, impossible -> {
                if (impossible == null) {
                    answer.give(VhostMessage.reply(message.request(), new VringState(state.ring(), ring.base())));
                } else {
                    answer.fail(impossible);
                }
            });
            default -> throw new VhostProtocolException(message.request() + " is not understood");
        }
    }

    private static void requireStopped(VhostMessage message, RingState ring, int index)
        throws VhostProtocolException {
        if (ring.isStarted()) {
            throw new VhostProtocolException(message.request() + " is about ring " + index + ", which is running");
        }
    }

    private void setAddress(VhostMessage message, VringAddress address, Answer answer) throws IOException {
        RingState ring = ring(message, address.ring());
        if (memory.count() == 0) {
            throw new VhostProtocolException("SET_VRING_ADDR came before the memory that the ring is in");
        }
        VringAddress before = ring.address();
        ring.address(address);
        if (ring.size() == 0) {
            done(message, answer);
            return;
        }
        try {
            ring.locate(memory.view(), (features & QueueFeatures.RING_PACKED) != 0);
        } catch (IOException impossible) {
            ring.address(before);
            throw impossible;
        }
        ring.address(before);
        change(address.ring() / 2, message, answer, () -> ring.address(address));
    }

    private void setDescriptor(VhostMessage message, VringDescriptor which, Descriptors descriptors, Answer answer)
        throws IOException {
        RingState ring = ring(message, which.ring());
        int descriptor = -1;
        if (!which.isMissing()) {
            // A call whose other end reads nothing must not stop an event loop.
            SystemCalls.check("fcntl", SystemCalls.setNonBlocking(descriptors.get(0)));
            descriptor = descriptors.take(0);
        }
        int kept = descriptor;
        change(which.ring() / 2, message, answer, () -> {
            switch (message.request()) {
                case SET_VRING_KICK -> ring.start(kept);
                case SET_VRING_CALL -> ring.call(kept);
                default -> ring.error(kept);
            }
        });
    }

    private void setTable(VhostMessage message, MemoryTable table, Descriptors descriptors, Answer answer)
        throws IOException {
        SharedMemory next = SharedMemory.NONE;
        try {
            for (int i = 0; i < table.regions().size(); i++) {
                next = with(next, table.regions().get(i), descriptors, i);
            }
        } catch (IOException | RuntimeException | Error impossible) {
            next.unmap();
            throw impossible;
        }
        SharedMemory mapped = next;
        replace(message, answer, mapped, memory::unmap);
    }

    /** Maps a region, and adds it. */
    private static SharedMemory with(SharedMemory others, MemoryRegion region, Descriptors descriptors, int descriptor)
        throws IOException {
        SharedRegion mapped = SharedRegion.map(region.guestAddress(), region.userAddress(), region.size(),
            region.offset(), descriptors.get(descriptor));
        descriptors.take(descriptor);
        try {
            return others.with(mapped);
        } catch (IOException overlaps) {
            mapped.unmap();
            throw overlaps;
        }
    }

    private void replace(VhostMessage message, Answer answer, SharedMemory next, Runnable unmap) {
        changeAll(message, answer, () -> {
            memory = next;
            // The queue pairs have ended their use.
            unmap.run();
        });
    }

    private void addRegion(VhostMessage message, MemoryRegion region, Descriptors descriptors, Answer answer)
        throws IOException {
        if (memory.count() == MOST_REGIONS) {
            throw new IOException("there are " + MOST_REGIONS + " regions of memory, and no more is possible");
        }
        replace(message, answer, with(memory, region, descriptors, 0), () -> { });
    }

    private void removeRegion(VhostMessage message, MemoryRegion region, Answer answer) throws IOException {
        SharedRegion present = memory.find(region.guestAddress(), region.userAddress(), region.size());
        if (present == null) {
            throw new IOException("there is no " + region);
        }
        replace(message, answer, memory.without(present), present::unmap);
    }

    private void setLog(VhostMessage message, LogArea area, Descriptors descriptors, Answer answer)
        throws IOException {
        DirtyPages next = DirtyPages.map(area.size(), area.offset(), descriptors.get(0));
        change(0, pairCount, () -> {
            closeLog();
            log = next;
        }, impossible -> {
            // It has a reply of its own, that of LOG_SHMFD.
            if (impossible == null) {
                reply(message, 0, answer);
            } else {
                answer.fail(impossible);
            }
        });
    }

    private void closeLog() {
        if (log != null) {
            log.unmap();
            log = null;
        }
    }

    private void changeAll(VhostMessage message, Answer answer, Change change) {
        change(0, pairCount, change, impossible -> end(message, answer, impossible));
    }

    private void change(int pair, VhostMessage message, Answer answer, Change change) {
        change(pair, 1, change, impossible -> end(message, answer, impossible));
    }

    private void end(VhostMessage message, Answer answer, IOException impossible) {
        if (impossible == null) {
            done(message, answer);
        } else if (isReplyNeeded(message)) {
            LOGGER.warn("{}: {} is refused: {}", name, message.request(), impossible.getMessage());
            answer.give(VhostMessage.acknowledgement(message.request(), false));
        } else {
            answer.fail(impossible);
        }
    }

    /**
     * Suspends some queue pairs, makes a change, and lets them begin anew.
     *
     * @param then gets why that failed, {@code null} if it has not; not called if the session has been closed
     */
    private void change(int first, int count, Change change, Consumer<IOException> then) {
        suspend(first, count, () -> {
            IOException failure = null;
            try {
                // Also when the session has been closed meanwhile: what was mapped or taken has its owner by that.
                change.make();
                if (!closed) {
                    serve(first, count);
                }
            } catch (IOException impossible) {
                failure = impossible;
            }
            if (!closed) {
                then.accept(failure);
            }
        });
    }

    private void suspend(int first, int count, Runnable then) {
        int[] left = {count};
        for (int pair = first; pair < first + count; pair++) {
            int suspended = pair;
            pairs.suspend(pair, () -> {
                rings[2 * suspended].suspended();
                rings[2 * suspended + 1].suspended();
                if (--left[0] == 0) {
                    then.run();
                }
            });
        }
    }

    /** Rings that cannot be are stopped, and the others begin. */
    private void serve(int first, int count) throws IOException {
        IOException failure = null;
        for (int pair = first; pair < first + count; pair++) {
            ServedRing[] served = new ServedRing[2];
            for (int i = 0; i < 2; i++) {
                RingState ring = rings[2 * pair + i];
                try {
                    served[i] = ring.serve(memory, features,
                        (features & DeviceFeatures.LOG_ALL) == 0 ? null : log);
                } catch (IOException impossible) {
                    ring.stop();
                    failure = impossible;
                }
            }
            pairs.serve(pair, served[1], served[0], features, memory);
        }
        if (failure != null) {
            throw failure;
        }
    }

    /**
     * Ends the session: suspends all queue pairs, and then gives everything back.
     *
     * @param then is run when that is done, at once or later
     */
    public void close(Runnable then) {
        closed = true;
        suspend(0, pairCount, () -> {
            for (RingState ring : rings) {
                ring.close();
            }
            closeLog();
            memory.unmap();
            memory = SharedMemory.NONE;
            then.run();
        });
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.wire;

/**
 * What a front end asks of a back end, with the forms of the payloads and the descriptors that come along. A request
 * that this list knows and that a back end does not serve is one of a feature that the back end has not offered.
 */
public enum VhostRequest {
    /** Asks for the features of the device. */
    GET_FEATURES(1, PayloadForm.NONE, PayloadForm.NUMBER, 0, 0),
    /** Sets the features that driver and device use. */
    SET_FEATURES(2, PayloadForm.NUMBER, null, 0, 0),
    /** Begins a session. */
    SET_OWNER(3, PayloadForm.NONE, null, 0, 0),
    /** Deprecated: disables all rings. */
    RESET_OWNER(4, PayloadForm.NONE, null, 0, 0),
    /** Hands over all memory, with a descriptor for each region. */
    SET_MEM_TABLE(5, PayloadForm.MEMORY_TABLE, null, 0, MemoryTable.MOST_REGIONS),
    /** Sets where pages are marked that were written. */
    SET_LOG_BASE(6, PayloadForm.LOG_AREA, PayloadForm.NUMBER, 1, 1),
    /** Sets whom to tell that pages were marked. */
    SET_LOG_FD(7, PayloadForm.NONE, null, 1, 1),
    /** Sets how many entries a ring has. */
    SET_VRING_NUM(8, PayloadForm.VRING_STATE, null, 0, 0),
    /** Sets where the parts of a ring are. */
    SET_VRING_ADDR(9, PayloadForm.VRING_ADDRESS, null, 0, 0),
    /** Sets where in a ring to begin. */
    SET_VRING_BASE(10, PayloadForm.VRING_STATE, null, 0, 0),
    /** Stops a ring, and asks where in it to go on. */
    GET_VRING_BASE(11, PayloadForm.VRING_STATE, PayloadForm.VRING_STATE, 0, 0),
    /** Sets the descriptor by which the driver tells of new buffers. */
    SET_VRING_KICK(12, PayloadForm.VRING_DESCRIPTOR, null, 0, 1),
    /** Sets the descriptor by which the device tells of used buffers. */
    SET_VRING_CALL(13, PayloadForm.VRING_DESCRIPTOR, null, 0, 1),
    /** Sets the descriptor by which the device tells that a ring has failed. */
    SET_VRING_ERR(14, PayloadForm.VRING_DESCRIPTOR, null, 0, 1),
    /** Asks for the extensions of the protocol. */
    GET_PROTOCOL_FEATURES(15, PayloadForm.NONE, PayloadForm.NUMBER, 0, 0),
    /** Sets the extensions that both sides use. */
    SET_PROTOCOL_FEATURES(16, PayloadForm.NUMBER, null, 0, 0),
    /** Asks how many rings, or pairs of rings, there may be. */
    GET_QUEUE_NUM(17, PayloadForm.NONE, PayloadForm.NUMBER, 0, 0),
    /** Enables or disables a ring. */
    SET_VRING_ENABLE(18, PayloadForm.VRING_STATE, null, 0, 0),
    /** Asks for a RARP of a guest that has arrived here. */
    SEND_RARP(19, PayloadForm.NUMBER, null, 0, 0),
    /** Sets the MTU that the guest is told. */
    NET_SET_MTU(20, PayloadForm.NUMBER, null, 0, 0),
    /** Sets a socket for requests of the back end. */
    SET_BACKEND_REQ_FD(21, PayloadForm.NONE, null, 1, 1),
    /** Changes what an IOMMU translates. */
    IOTLB_MSG(22, PayloadForm.OPAQUE, PayloadForm.NUMBER, 0, 0),
    /** Sets the byte order of a ring. */
    SET_VRING_ENDIAN(23, PayloadForm.VRING_STATE, null, 0, 0),
    /** Reads the configuration space. */
    GET_CONFIG(24, PayloadForm.OPAQUE, PayloadForm.OPAQUE, 0, 0),
    /** Writes the configuration space. */
    SET_CONFIG(25, PayloadForm.OPAQUE, null, 0, 0),
    /** Of a device for cryptography. */
    CREATE_CRYPTO_SESSION(26, PayloadForm.OPAQUE, PayloadForm.OPAQUE, 0, 0),
    /** Of a device for cryptography. */
    CLOSE_CRYPTO_SESSION(27, PayloadForm.NUMBER, null, 0, 0),
    /** A migration may fetch pages late. */
    POSTCOPY_ADVISE(28, PayloadForm.NONE, PayloadForm.OPAQUE, 0, 0),
    /** A migration fetches pages late from now on. */
    POSTCOPY_LISTEN(29, PayloadForm.NONE, null, 0, 0),
    /** A migration has fetched all pages. */
    POSTCOPY_END(30, PayloadForm.NONE, PayloadForm.NUMBER, 0, 0),
    /** Asks for memory that survives a back end. */
    GET_INFLIGHT_FD(31, PayloadForm.OPAQUE, PayloadForm.OPAQUE, 0, 0),
    /** Gives it back. */
    SET_INFLIGHT_FD(32, PayloadForm.OPAQUE, null, 0, 1),
    /** Of a graphics card. */
    GPU_SET_SOCKET(33, PayloadForm.NONE, null, 1, 1),
    /** Disables all rings, and forgets what was set. */
    RESET_DEVICE(34, PayloadForm.NONE, null, 0, 0),
    /** A notification as a message. */
    VRING_KICK(35, PayloadForm.VRING_STATE, null, 0, 0),
    /** Asks how many regions of memory there may be. */
    GET_MAX_MEM_SLOTS(36, PayloadForm.NONE, PayloadForm.NUMBER, 0, 0),
    /** Hands over one region of memory. */
    ADD_MEM_REG(37, PayloadForm.MEMORY_REGION, null, 1, 1),
    /** Takes a region back. A descriptor that comes along, as some front ends have it, is closed. */
    REM_MEM_REG(38, PayloadForm.MEMORY_REGION, null, 0, 1),
    /** Sets the status of the driver. */
    SET_STATUS(39, PayloadForm.NUMBER, null, 0, 0),
    /** Asks for the status of the driver. */
    GET_STATUS(40, PayloadForm.NONE, PayloadForm.NUMBER, 0, 0);

    private static final VhostRequest[] BY_ID = new VhostRequest[values().length + 1];

    private final int id;
    private final PayloadForm payload;
    private final PayloadForm reply;
    private final int fewestDescriptors;
    private final int mostDescriptors;

    VhostRequest(int id, PayloadForm payload, PayloadForm reply, int fewestDescriptors, int mostDescriptors) {
        this.id = id;
        this.payload = payload;
        this.reply = reply;
        this.fewestDescriptors = fewestDescriptors;
        this.mostDescriptors = mostDescriptors;
    }

    static {
        for (VhostRequest request : values()) {
            BY_ID[request.id] = request;
        }
    }

    /** The request with a number; {@code null} if it is not known. */
    public static VhostRequest ofId(int id) {
        return id < 0 || id >= BY_ID.length ? null : BY_ID[id];
    }

    /** The number in the header. */
    public int id() {
        return id;
    }

    /** The form of what comes with it. */
    public PayloadForm payload() {
        return payload;
    }

    /** The form of the answer that it always has; {@code null} if it has one only if {@code REPLY_ACK} asks for it. */
    public PayloadForm reply() {
        return reply;
    }

    /**
     * Checks how many descriptors came with it.
     *
     * @throws VhostProtocolException if they are too few or too many
     */
    public void requireDescriptors(VhostPayload with, int count) throws VhostProtocolException {
        int fewest = fewestDescriptors;
        int most = mostDescriptors;
        if (with instanceof MemoryTable table) {
            fewest = table.regions().size();
            most = fewest;
        } else if (with instanceof VringDescriptor descriptor) {
            fewest = descriptor.isMissing() ? 0 : 1;
            most = fewest;
        }
        if (count < fewest || count > most) {
            throw new VhostProtocolException(this + " came with " + count + " descriptors (expected: "
                + (fewest == most ? "" + fewest : fewest + "-" + most) + ')');
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.control;

import io.ringtap.internal.vhost.queue.QueueFeatures;
import io.ringtap.internal.vhost.wire.MemoryRegion;
import io.ringtap.internal.vhost.wire.MemoryTable;
import io.ringtap.internal.vhost.wire.NoPayload;
import io.ringtap.internal.vhost.wire.Number64;
import io.ringtap.internal.vhost.wire.ProtocolFeature;
import io.ringtap.internal.vhost.wire.VhostMessage;
import io.ringtap.internal.vhost.wire.VhostPayload;
import io.ringtap.internal.vhost.wire.VhostProtocolException;
import io.ringtap.internal.vhost.wire.VhostRequest;
import io.ringtap.internal.vhost.wire.VringAddress;
import io.ringtap.internal.vhost.wire.VringDescriptor;
import io.ringtap.internal.vhost.wire.VringState;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/**
 * What a front end sends to a back end until its queues run, and what it makes of the answers. Pure: whoever owns the
 * socket sends {@link #next} until there is none, and passes the answers to {@link #answered}.
 *
 * <pre>
 *   GET_FEATURES, GET_PROTOCOL_FEATURES      and now the queues are made, as the features say
 *   SET_PROTOCOL_FEATURES, SET_OWNER, SET_FEATURES, SET_MEM_TABLE
 *   for each ring: SET_VRING_NUM, _BASE, _ADDR, _KICK, _CALL
 *   for each ring: SET_VRING_ENABLE
 *   SET_STATUS
 * </pre>
 */
public final class FrontEndHandshake {
    /** VHOST_USER_F_PROTOCOL_FEATURES. */
    private static final long PROTOCOL_FEATURES = 1L << 30;
    private static final long PROTOCOL = ProtocolFeature.maskOf(ProtocolFeature.REPLY_ACK, ProtocolFeature.STATUS);
    /** ACKNOWLEDGE, DRIVER, DRIVER_OK and FEATURES_OK of virtio 1.2, section 2.1. */
    private static final long DRIVER_OK = 1 | 2 | 4 | 8;

    private final long wanted;
    private final long required;
    private final Maker maker;
    private final Queue<Step> steps = new ArrayDeque<>();
    /** What was sent and is not answered yet. */
    private VhostRequest awaited;
    private long features;
    private long protocol;
    private boolean made;

    /** Makes queues, once it is clear what they are like. */
    @FunctionalInterface
    public interface Maker {
        /**
         * Makes the queues.
         *
         * @param features the feature bits that both sides have
         * @throws IOException if there is no memory or no descriptor for them
         */
        FrontEndQueues make(long features) throws IOException;
    }

    /**
     * A message to send.
     *
     * @param descriptor that goes along; -1 for none
     */
    public record Step(VhostMessage message, int descriptor) {
    }

    /**
     * Begins.
     *
     * @param wanted the feature bits of the device that are used if the back end has them
     * @param required those without which there is no connection
     */
    public FrontEndHandshake(long wanted, long required, Maker maker) {
        this.wanted = wanted | required | QueueFeatures.VERSION_1;
        this.required = required | QueueFeatures.VERSION_1;
        this.maker = maker;
        ask(VhostRequest.GET_FEATURES);
    }

    private void ask(VhostRequest request) {
        steps.add(new Step(VhostMessage.request(request, new NoPayload(), false), -1));
    }

    private void tell(VhostRequest request, VhostPayload payload, int descriptor) {
        boolean acknowledged = made && ProtocolFeature.REPLY_ACK.isIn(protocol)
            && request != VhostRequest.SET_PROTOCOL_FEATURES;
        steps.add(new Step(VhostMessage.request(request, payload, acknowledged), descriptor));
    }

    /** What to send next; {@code null} while an answer is awaited, and when all is sent. */
    public Step next() {
        if (awaited != null) {
            return null;
        }
        Step step = steps.poll();
        if (step != null && (step.message.isReplyNeeded() || step.message.request().reply() != null)) {
            awaited = step.message.request();
        }
        return step;
    }

    /** The request that was sent and is not answered; {@code null} if there is none. */
    public VhostRequest awaited() {
        return awaited;
    }

    /** Whether everything is sent and answered, so that the queues run. */
    public boolean isDone() {
        return made && steps.isEmpty() && awaited == null;
    }

    /**
     * Takes the answer to what was {@linkplain #awaited awaited}.
     *
     * @throws IOException if it is a refusal, or the back end lacks what is required
     */
    public void answered(VhostMessage reply) throws IOException {
        VhostRequest request = awaited;
        if (request == null) {
            throw new VhostProtocolException("an answer came that nobody waits for");
        }
        awaited = null;
        long value = reply.payload() instanceof Number64 number ? number.value() : 0;
        if (request == VhostRequest.GET_FEATURES) {
            begin(value);
        } else if (request == VhostRequest.GET_PROTOCOL_FEATURES) {
            protocol = value & PROTOCOL;
            makeQueues();
        } else if (value != 0) {
            throw new IOException("the back end has refused " + request);
        }
    }

    private void begin(long offered) throws IOException {
        long missing = required & ~offered;
        if (missing != 0) {
            throw new IOException("the back end lacks features of the device: 0x" + Long.toHexString(missing)
                + " of 0x" + Long.toHexString(offered) + " that it has");
        }
        features = wanted & offered & ~PROTOCOL_FEATURES;
        if ((offered & PROTOCOL_FEATURES) != 0) {
            features |= PROTOCOL_FEATURES;
            ask(VhostRequest.GET_PROTOCOL_FEATURES);
        } else {
            makeQueues();
        }
    }

    private void makeQueues() throws IOException {
        FrontEndQueues queues = maker.make(features & ~PROTOCOL_FEATURES);
        made = true;
        boolean extended = (features & PROTOCOL_FEATURES) != 0;
        if (extended) {
            tell(VhostRequest.SET_PROTOCOL_FEATURES, new Number64(protocol), -1);
        }
        tell(VhostRequest.SET_OWNER, new NoPayload(), -1);
        tell(VhostRequest.SET_FEATURES, new Number64(features), -1);
        MemoryRegion region = new MemoryRegion(queues.address(), queues.size(), queues.address(), 0);
        tell(VhostRequest.SET_MEM_TABLE, new MemoryTable(List.of(region)), queues.memory());
        for (int ring = 0; ring < queues.rings(); ring++) {
            tell(VhostRequest.SET_VRING_NUM, new VringState(ring, queues.driver(ring).ring().size()), -1);
            tell(VhostRequest.SET_VRING_BASE, new VringState(ring, queues.driver(ring).base()), -1);
            tell(VhostRequest.SET_VRING_ADDR, new VringAddress(ring, 0, queues.driver(ring).descriptorsAddress(),
                queues.driver(ring).deviceAreaAddress(), queues.driver(ring).driverAreaAddress(), 0), -1);
            tell(VhostRequest.SET_VRING_KICK, VringDescriptor.of(ring, false), queues.kick(ring));
            tell(VhostRequest.SET_VRING_CALL, VringDescriptor.of(ring, false), queues.call(ring));
        }
        for (int ring = 0; extended && ring < queues.rings(); ring++) {
            tell(VhostRequest.SET_VRING_ENABLE, new VringState(ring, 1), -1);
        }
        if (ProtocolFeature.STATUS.isIn(protocol)) {
            tell(VhostRequest.SET_STATUS, new Number64(DRIVER_OK), -1);
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.control;

import io.ringtap.internal.vhost.queue.DriverMemory;
import io.ringtap.internal.vhost.queue.DriverQueueLayout;
import io.ringtap.internal.vhost.queue.QueueFeatures;
import io.ringtap.internal.vhost.queue.VirtqueueDriver;
import io.ringtap.internal.vhost.wire.MemoryTable;
import io.ringtap.internal.vhost.wire.Number64;
import io.ringtap.internal.vhost.wire.VhostMessage;
import io.ringtap.internal.vhost.wire.VhostRequest;
import io.ringtap.internal.vhost.wire.VringAddress;
import io.ringtap.internal.vhost.wire.VringState;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a front end says, in which order, and what it makes of answers. */
class FrontEndHandshakeTest {
    private static final long PROTOCOL_FEATURES = 1L << 30;
    private static final long REPLY_ACK = 1L << 3;
    private static final long STATUS = 1L << 16;
    private static final long CSUM = 1;
    private static final long TSO4 = 1L << 11;

    private final List<FrontEndHandshake.Step> sent = new ArrayList<>();
    private long madeFor = -1;

    /** Queues of two rings, whose descriptors are 10 to 14. */
    private final class Queues implements FrontEndQueues {
        private final VirtqueueDriver[] drivers = new VirtqueueDriver[2];
        private final long bytes;

        Queues(long features) {
            madeFor = features;
            DriverQueueLayout layout = new DriverQueueLayout(64, 256);
            QueueFeatures agreed = QueueFeatures.of(features);
            bytes = 2 * layout.bytes(agreed);
            ByteBuffer buffer = ByteBuffer.allocateDirect((int) bytes + 64).alignedSlice(64);
            DriverMemory memory = new DriverMemory(buffer, 0x1000);
            for (int ring = 0; ring < 2; ring++) {
                drivers[ring] = VirtqueueDriver.of(memory, layout, agreed);
            }
        }

        @Override
        public int memory() {
            return 10;
        }

        @Override
        public long address() {
            return 0x1000;
        }

        @Override
        public long size() {
            return bytes;
        }

        @Override
        public int rings() {
            return 2;
        }

        @Override
        public VirtqueueDriver driver(int ring) {
            return drivers[ring];
        }

        @Override
        public int kick(int ring) {
            return 11 + ring;
        }

        @Override
        public int call(int ring) {
            return 13 + ring;
        }
    }

    private FrontEndHandshake handshake(long wanted, long required) {
        return new FrontEndHandshake(wanted, required, Queues::new);
    }

    private void sendAll(FrontEndHandshake handshake) {
        for (FrontEndHandshake.Step step; (step = handshake.next()) != null;) {
            sent.add(step);
        }
    }

    private static VhostMessage answer(FrontEndHandshake to, long value) {
        return VhostMessage.reply(to.awaited(), new Number64(value));
    }

    private List<VhostRequest> requests() {
        return sent.stream().map(step -> step.message().request()).toList();
    }

    private VhostMessage message(VhostRequest request, int number) {
        return sent.stream().map(FrontEndHandshake.Step::message).filter(m -> m.request() == request).toList()
            .get(number);
    }

    @Test
    void aBackEndWithoutExtensionsIsToldEverythingAndAnswersOnce() throws Exception {
        FrontEndHandshake handshake = handshake(CSUM | TSO4, 0);
        sendAll(handshake);
        assertThat(requests()).containsExactly(VhostRequest.GET_FEATURES);
        assertThat(handshake.isDone()).isFalse();

        handshake.answered(answer(handshake, QueueFeatures.VERSION_1 | CSUM | 1L << 26));
        sendAll(handshake);

        assertThat(madeFor).isEqualTo(QueueFeatures.VERSION_1 | CSUM);
        assertThat(requests()).containsExactly(VhostRequest.GET_FEATURES, VhostRequest.SET_OWNER,
            VhostRequest.SET_FEATURES, VhostRequest.SET_MEM_TABLE,
            VhostRequest.SET_VRING_NUM, VhostRequest.SET_VRING_BASE, VhostRequest.SET_VRING_ADDR,
            VhostRequest.SET_VRING_KICK, VhostRequest.SET_VRING_CALL,
            VhostRequest.SET_VRING_NUM, VhostRequest.SET_VRING_BASE, VhostRequest.SET_VRING_ADDR,
            VhostRequest.SET_VRING_KICK, VhostRequest.SET_VRING_CALL);
        assertThat(message(VhostRequest.SET_FEATURES, 0).payload())
            .isEqualTo(new Number64(QueueFeatures.VERSION_1 | CSUM));
        assertThat(sent.stream().mapToInt(FrontEndHandshake.Step::descriptor).filter(fd -> fd >= 0))
            .containsExactly(10, 11, 13, 12, 14);
        assertThat(handshake.isDone()).isTrue();
        assertThat(handshake.next()).isNull();
    }

    @Test
    void everyRequestIsAcknowledgedWhereThatIsPossible() throws Exception {
        FrontEndHandshake handshake = handshake(QueueFeatures.RING_PACKED, 0);
        sendAll(handshake);
        handshake.answered(answer(handshake, QueueFeatures.VERSION_1 | PROTOCOL_FEATURES | QueueFeatures.RING_PACKED));
        sendAll(handshake);
        assertThat(handshake.awaited()).isEqualTo(VhostRequest.GET_PROTOCOL_FEATURES);
        handshake.answered(answer(handshake, REPLY_ACK | STATUS | 1));
        int answers = 0;
        for (sendAll(handshake); handshake.awaited() != null; sendAll(handshake)) {
            assertThat(handshake.isDone()).isFalse();
            handshake.answered(answer(handshake, 0));
            answers++;
        }

        assertThat(handshake.isDone()).isTrue();
        // All but the two questions and SET_PROTOCOL_FEATURES, with which acknowledgements begin.
        assertThat(answers).isEqualTo(sent.size() - 3);
        assertThat(message(VhostRequest.SET_PROTOCOL_FEATURES, 0).payload())
            .isEqualTo(new Number64(REPLY_ACK | STATUS));
        assertThat(message(VhostRequest.SET_VRING_ENABLE, 1).payload()).isEqualTo(new VringState(1, 1));
        assertThat(message(VhostRequest.SET_STATUS, 0).payload()).isEqualTo(new Number64(15));
        assertThat(requests()).endsWith(VhostRequest.SET_STATUS);
        // The wrap counter of a packed ring begins with 1.
        assertThat(message(VhostRequest.SET_VRING_BASE, 0).payload()).isEqualTo(new VringState(0, 1 << 15));
    }

    /** The areas of rings are in the memory that was handed over before. */
    @Test
    void theRingsLieInTheMemory() throws Exception {
        FrontEndHandshake handshake = handshake(0, 0);
        sendAll(handshake);
        handshake.answered(answer(handshake, QueueFeatures.VERSION_1));
        sendAll(handshake);

        MemoryTable table = (MemoryTable) message(VhostRequest.SET_MEM_TABLE, 0).payload();
        assertThat(table.regions()).hasSize(1);
        long start = table.regions().get(0).userAddress();
        long end = start + table.regions().get(0).size();
        for (int ring = 0; ring < 2; ring++) {
            VringAddress address = (VringAddress) message(VhostRequest.SET_VRING_ADDR, ring).payload();
            assertThat(address.ring()).isEqualTo(ring);
            assertThat(List.of(address.descriptors(), address.used(), address.available()))
                .allMatch(at -> at >= start && at < end).doesNotHaveDuplicates();
            assertThat(message(VhostRequest.SET_VRING_NUM, ring).payload()).isEqualTo(new VringState(ring, 64));
        }
    }

    @Test
    void aBackEndThatLacksWhatIsNeededIsToldSo() throws Exception {
        FrontEndHandshake legacy = handshake(0, 0);
        sendAll(legacy);
        assertThatThrownBy(() -> legacy.answered(answer(legacy, 0))).isInstanceOf(IOException.class)
            .hasMessageContaining("0x100000000");
        FrontEndHandshake demanding = handshake(0, TSO4);
        sendAll(demanding);
        assertThatThrownBy(() -> demanding.answered(answer(demanding, QueueFeatures.VERSION_1)))
            .hasMessageContaining("0x800");
        assertThat(madeFor).isEqualTo(-1);
    }

    @Test
    void aRefusalEndsIt() throws Exception {
        FrontEndHandshake handshake = handshake(0, 0);
        sendAll(handshake);
        handshake.answered(answer(handshake, QueueFeatures.VERSION_1 | PROTOCOL_FEATURES));
        sendAll(handshake);
        handshake.answered(answer(handshake, REPLY_ACK));
        sendAll(handshake);

        assertThatThrownBy(() -> handshake.answered(answer(handshake, 1))).hasMessageContaining("refused SET_OWNER");
    }

    @Test
    void anAnswerThatNobodyWaitsForIsRefused() throws Exception {
        FrontEndHandshake handshake = handshake(0, 0);
        sendAll(handshake);
        VhostMessage answer = answer(handshake, QueueFeatures.VERSION_1);
        handshake.answered(answer);
        sendAll(handshake);

        assertThatThrownBy(() -> handshake.answered(answer)).hasMessageContaining("nobody waits");
    }

    @Test
    void queuesThatCannotBeMadeEndIt() throws Exception {
        FrontEndHandshake handshake = new FrontEndHandshake(0, 0, features -> {
            throw new IOException("no memory");
        });
        sendAll(handshake);

        assertThatThrownBy(() -> handshake.answered(answer(handshake, QueueFeatures.VERSION_1)))
            .hasMessage("no memory");
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.loop;

import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.kqueue.KQueueIoEvent;
import io.netty.channel.kqueue.KQueueIoOps;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;

/** The logic of the kqueue adapter, with a registration that treats filters as kevent(2) does. */
class KQueueReadinessTest {
    private static final int FD = 42;
    private static final short EV_LEVEL = KQueueReadiness.EV_ADD;
    private static final short EV_EDGE = KQueueReadiness.EV_ADD | KQueueReadiness.EV_CLEAR;

    /** Keeps the added filters, with the flags of their first EV_ADD, as the kernel does. */
    private static final class Filters implements IoRegistration {
        final Map<Short, Short> added = new TreeMap<>();
        final List<KQueueIoOps> changes = new ArrayList<>();
        boolean cancelled;

        @Override
        public <T> T attachment() {
            return null;
        }

        @Override
        public long submit(IoOps ops) {
            assertThat(cancelled).as("submitted after cancel").isFalse();
            KQueueIoOps change = (KQueueIoOps) ops;
            changes.add(change);
            if (change.flags() == KQueueReadiness.EV_DELETE) {
                assertThat(added.remove(change.filter())).as("ENOENT: no filter " + change.filter()).isNotNull();
            } else {
                assertThat(change.flags() & KQueueReadiness.EV_ADD).isNotZero();
                added.putIfAbsent(change.filter(), change.flags());
            }
            return 0;
        }

        @Override
        public boolean isValid() {
            return !cancelled;
        }

        @Override
        public boolean cancel() {
            boolean first = !cancelled;
            cancelled = true;
            return first;
        }
    }

    private final Filters filters = new Filters();
    private final RecordingListener heard = new RecordingListener();
    private final KQueueReadiness readiness = new KQueueReadiness(FD, heard);

    @BeforeEach
    void start() throws Exception {
        readiness.start(filters);
    }

    private void event(short filter, int flags, int fflags, long data) {
        readiness.handle(filters, KQueueIoEvent.newEvent(FD, filter, (short) flags, fflags, data, 1));
    }

    @Test
    void identifiesItsDescriptor() {
        assertThat(readiness.ident()).isEqualTo(FD);
    }

    @Test
    void waitsForItsEndFromTheStart() {
        assertThat(filters.added).containsExactly(Map.entry(KQueueReadiness.EVFILT_READ, EV_EDGE));
    }

    @ParameterizedTest
    @CsvSource({"true, false", "false, true", "true, true", "false, false"})
    void eachWantBecomesItsFilters(boolean read, boolean write) {
        for (boolean[] before : new boolean[][] {{true, true}, {true, false}, {false, true}, {false, false}}) {
            readiness.want(before[0], before[1]);
            readiness.want(read, write);

            assertThat(filters.added.get(KQueueReadiness.EVFILT_READ)).isEqualTo(read ? EV_LEVEL : EV_EDGE);
            if (write) {
                assertThat(filters.added).containsEntry(KQueueReadiness.EVFILT_WRITE, EV_LEVEL);
            } else {
                assertThat(filters.added).doesNotContainKey(KQueueReadiness.EVFILT_WRITE);
            }
        }
    }

    @Test
    void wantingTheSameChangesNothing() {
        readiness.want(true, true);
        int changes = filters.changes.size();

        readiness.want(true, true);

        assertThat(filters.changes).hasSize(changes);
    }

    @Test
    void tellsWhatIsWanted() {
        readiness.want(true, true);
        event(KQueueReadiness.EVFILT_READ, 0, 0, 60);
        event(KQueueReadiness.EVFILT_WRITE, 0, 0, 4096);

        assertThat(heard.readable).hasValue(1);
        assertThat(heard.writable).hasValue(1);
        assertThat(heard.failed).hasValue(0);
    }

    @Test
    void tellsNothingThatIsNotWanted() {
        event(KQueueReadiness.EVFILT_READ, KQueueReadiness.EV_CLEAR, 0, 60);
        event(KQueueReadiness.EVFILT_WRITE, 0, 0, 4096);

        assertThat(heard.told()).isZero();
    }

    @Test
    void endOfFileIsAFailureOnceAllIsRead() {
        readiness.want(true, false);
        event(KQueueReadiness.EVFILT_READ, KQueueReadiness.EV_EOF, 0, 60);
        assertThat(heard.readable).hasValue(1);
        assertThat(heard.failed).hasValue(0);

        event(KQueueReadiness.EVFILT_READ, KQueueReadiness.EV_EOF, 0, 0);
        assertThat(heard.readable).hasValue(1);
        assertThat(heard.failed).hasValue(1);
    }

    @Test
    void endOfFileIsAFailureThoughNothingIsWanted() {
        event(KQueueReadiness.EVFILT_READ, KQueueReadiness.EV_EOF | KQueueReadiness.EV_CLEAR, 0, 60);

        assertThat(heard.failed).hasValue(1);
        assertThat(heard.told()).isOne();
    }

    @Test
    void endOfFileWithTheErrorOfASocketIsAFailureAtOnce() {
        int reset = 54;
        readiness.want(true, false);
        heard.onFailed = readiness::cancel;

        event(KQueueReadiness.EVFILT_READ, KQueueReadiness.EV_EOF, reset, 60);

        assertThat(heard.failed).hasValue(1);
        assertThat(heard.readable).hasValue(0);
    }

    @Test
    void endOfFileOnTheWriteFilterIsAFailure() {
        readiness.want(false, true);
        event(KQueueReadiness.EVFILT_WRITE, KQueueReadiness.EV_EOF, 0, 4096);

        assertThat(heard.failed).hasValue(1);
        assertThat(heard.writable).hasValue(0);
    }

    @Test
    void anErrorOfAChangeIsAFailureAndItsReceiptIsNone() {
        event(KQueueReadiness.EVFILT_READ, KQueueReadiness.EV_ERROR, 0, 0);
        assertThat(heard.told()).isZero();

        event(KQueueReadiness.EVFILT_READ, KQueueReadiness.EV_ERROR, 0, 9);
        assertThat(heard.failed).hasValue(1);
    }

    @Test
    void cancelWithdrawsItsFiltersFirst() {
        readiness.want(true, true);

        readiness.cancel();

        assertThat(filters.added).isEmpty();
        assertThat(filters.cancelled).isTrue();
        assertThat(readiness.whenReleased()).isNull();
    }

    @Test
    void cancelledItHearsAndSaysNothingMore() {
        readiness.want(true, false);
        heard.onReadable = readiness::cancel;
        event(KQueueReadiness.EVFILT_READ, 0, 0, 60);
        int changes = filters.changes.size();

        event(KQueueReadiness.EVFILT_READ, KQueueReadiness.EV_EOF, 0, 60);
        readiness.want(false, true);
        readiness.cancel();
        readiness.close();

        assertThat(heard.told()).isOne();
        assertThat(heard.loopClosing).hasValue(0);
        assertThat(filters.changes).hasSize(changes);
    }

    @Test
    void aLoopThatShutsDownSaysSoOnce() {
        readiness.close();
        readiness.close();

        assertThat(heard.loopClosing).hasValue(1);
        assertThat(filters.cancelled).isTrue();
    }
}

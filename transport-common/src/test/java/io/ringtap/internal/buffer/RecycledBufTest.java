/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.buffer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.IllegalReferenceCountException;
import org.junit.jupiter.api.Test;

import java.util.concurrent.CompletableFuture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The leak detector tracks the memory of each buffer, so that a test fails that does not return it. */
class RecycledBufTest {
    private final RecycledBuf buf = RecycledBuf.allocate(PooledByteBufAllocator.DEFAULT, 64);

    @Test
    void isTakenAgainOnceTheLastReferenceIsReleased() {
        assertThat(buf.tryTake()).isTrue();
        assertThat(buf.refCnt()).isEqualTo(1);
        assertThat(buf.tryTake()).isFalse();
        buf.writeLong(1);
        ByteBuf slice = buf.readRetainedSlice(4);
        assertThat(buf.release()).isFalse();
        assertThat(buf.tryTake()).isFalse();
        assertThat(slice.release()).isTrue();
        assertThat(buf.tryTake()).isTrue();
        assertThat(buf.readableBytes()).isZero();
        buf.retire();
        buf.release();
    }

    @Test
    void isReleasedUntilItIsTakenAgain() {
        assertThat(buf.tryTake()).isTrue();
        buf.writeLong(1);
        assertThat(buf.release()).isTrue();
        assertThat(buf.refCnt()).isZero();
        assertThatThrownBy(() -> buf.getLong(0)).isInstanceOf(IllegalReferenceCountException.class);
        assertThatThrownBy(buf::release).isInstanceOf(IllegalReferenceCountException.class);
        assertThatThrownBy(buf::retain).isInstanceOf(IllegalReferenceCountException.class);
        assertThat(buf.tryTake()).isTrue();
        assertThat(buf.refCnt()).isEqualTo(1);
        buf.retire();
        buf.release();
    }

    @Test
    void releaseOnAnotherThreadFreesIt() {
        assertThat(buf.tryTake()).isTrue();
        CompletableFuture.runAsync(buf::release).join();
        assertThat(buf.tryTake()).isTrue();
        buf.release();
        buf.retire();
    }

    @Test
    void outlivesItsChannelUntilItIsReleased() {
        assertThat(buf.tryTake()).isTrue();
        buf.writeLong(42);
        buf.retire();
        assertThat(buf.getLong(0)).isEqualTo(42);
        assertThat(buf.release()).isTrue();
        assertThat(buf.tryTake()).isFalse();
        assertThatThrownBy(() -> buf.getLong(0)).isInstanceOf(IllegalReferenceCountException.class);
        assertThatThrownBy(buf::release).isInstanceOf(IllegalReferenceCountException.class);
    }

    @Test
    void isGivenUpWhenAHandlerReplacesItsMemory() {
        assertThat(buf.tryTake()).isTrue();
        buf.capacity(16).writeLong(7);
        assertThat(buf.getLong(0)).isEqualTo(7);
        assertThat(buf.release()).isTrue();
        assertThat(buf.isGone()).isTrue();
        assertThat(buf.tryTake()).isFalse();
        buf.retire();
    }

    @Test
    void racingReleaseAndRetireReturnTheMemoryOnce() {
        for (int i = 0; i < 2000; i++) {
            RecycledBuf raced = RecycledBuf.allocate(PooledByteBufAllocator.DEFAULT, 64);
            assertThat(raced.tryTake()).isTrue();
            CompletableFuture<Void> release = CompletableFuture.runAsync(raced::release);
            raced.retire();
            release.join();
        }
        buf.retire();
    }
}

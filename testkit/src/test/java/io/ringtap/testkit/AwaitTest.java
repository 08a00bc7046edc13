/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class AwaitTest {
    @Test
    void asksUntilTheConditionIsMet() throws InterruptedException {
        AtomicInteger asked = new AtomicInteger();
        await("the third time", () -> asked.incrementAndGet() == 3);
        assertThat(asked).hasValue(3);
    }

    @Test
    void saysWhatWasWaitedForInVain() {
        assertThatThrownBy(() -> await("the end of time", 5, () -> false)).isInstanceOf(AssertionError.class)
            .hasMessage("the end of time: not within 5 ms");
    }

    @Test
    void asksOnceMoreThanThereIsTime() throws InterruptedException {
        assertThat(Await.happens(0, () -> true)).isTrue();
        assertThat(Await.happens(0, () -> false)).isFalse();
    }

    @Test
    void aConditionThatFailsIsNotWaitedFor() {
        IOException cause = new IOException("gone");
        assertThatThrownBy(() -> await("a file", () -> {
            throw cause;
        })).isInstanceOf(AssertionError.class).hasCause(cause).hasMessageContaining("gone");
        assertThatThrownBy(() -> await("an assertion", () -> {
            assertThat(1).isEqualTo(2);
            return true;
        })).isInstanceOf(AssertionError.class).hasMessageContaining("2");
    }
}

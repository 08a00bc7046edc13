/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;

class PortErrorsTest {
    private final PortErrors errors = new PortErrors("tap:t0");
    private final EmbeddedChannel channel = new EmbeddedChannel(errors);

    /** What is printed to the standard error meanwhile. */
    private static String printed(Runnable work) {
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            work.run();
        } finally {
            System.setErr(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void whatComesWithEveryFrameIsOneLine() {
        String text = printed(() -> {
            for (int i = 0; i < 1000; i++) {
                channel.pipeline().fireExceptionCaught(new OutOfMemoryError("no memory for a copy"));
                channel.runPendingTasks();
            }
            channel.pipeline().fireExceptionCaught(new IllegalStateException());
            channel.runPendingTasks();
        });
        assertThat(text.lines()).containsExactly("tap:t0: no memory for a copy",
            "tap:t0: java.lang.IllegalStateException");
        assertThat(channel.isOpen()).isTrue();
        channel.close();
    }

    @Test
    void whatEndsThePortIsKeptForTheEnd() {
        assertThat(errors.gone()).hasMessage("port tap:t0 is gone");
        IOException deleted = new IOException("the interface was deleted");
        String text = printed(() -> {
            channel.pipeline().fireExceptionCaught(deleted);
            // Unlike close() of the channel, this runs no pending tasks before it closes.
            channel.pipeline().close();
            channel.runPendingTasks();
        });
        assertThat(text).isEmpty();
        assertThat(errors.gone()).hasMessage("port tap:t0 is gone: the interface was deleted").hasCause(deleted);
    }
}

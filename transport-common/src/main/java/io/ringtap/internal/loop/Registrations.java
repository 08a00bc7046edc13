/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.loop;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandle;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.Future;

import java.io.IOException;

/** Registers a handle from within its event loop, where Netty completes the registration at once. */
final class Registrations {
    private Registrations() {
    }

    /**
     * Registers and returns what Netty's event loop hands back: cancelling that one, and not the registration that
     * {@link IoHandle#handle} is given, keeps the loop's count right.
     */
    static IoRegistration now(IoEventLoop loop, IoHandle handle) throws IOException {
        Future<IoRegistration> future = loop.register(handle);
        if (!future.isDone()) {
            future.addListener(late -> {
                if (late.isSuccess()) {
                    ((IoRegistration) late.getNow()).cancel();
                }
            });
            throw new IOException(loop + " did not register a descriptor at once: is this its own thread?");
        }
        if (!future.isSuccess()) {
            throw new IOException("the event loop refused a descriptor", future.cause());
        }
        return future.getNow();
    }
}

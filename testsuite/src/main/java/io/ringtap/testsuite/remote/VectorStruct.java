/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import java.nio.ByteBuffer;

/**
 * An array of {@code struct iovec}: the memory that a call gathers from or scatters to.
 *
 * @param count of its entries
 * @param out whether the call fills the memory
 */
record VectorStruct(int count, boolean out) implements RemoteStruct {
    private static final int ENTRY = 16;
    private static final int LENGTH = 8;

    @Override
    public long place(RemoteCall call, long address) {
        byte[] bytes = LocalMemory.read(address, (long) count * ENTRY);
        ByteBuffer entries = AgentProtocol.wrap(bytes);
        for (int at = 0; at < bytes.length; at += ENTRY) {
            long base = entries.getLong(at);
            long length = entries.getLong(at + LENGTH);
            entries.putLong(at, out ? call.inOut(base, length) : call.in(base, length));
        }
        return call.in(bytes);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import java.nio.ByteBuffer;
import java.util.function.ToLongFunction;

/**
 * A struct with one pointer, to an array or a buffer: {@code struct if_clonereq}, {@code ifgroupreq}, {@code ifdrv},
 * {@code ifconf}, {@code bpf_program}, or an {@code ifreq} with a buffer.
 *
 * @param size of the struct
 * @param pointer where the pointer stands in it
 * @param length how many bytes it points at, by the content of the struct
 */
record PointingStruct(int size, int pointer, ToLongFunction<ByteBuffer> length) implements RemoteStruct {
    @Override
    public long place(RemoteCall call, long address) {
        byte[] bytes = LocalMemory.read(address, size);
        ByteBuffer struct = AgentProtocol.wrap(bytes);
        long target = struct.getLong(pointer);
        struct.putLong(pointer, call.inOut(target, length.applyAsLong(struct)));
        return call.inOut(bytes, (result, after) -> {
            after.putLong(pointer, target);
            LocalMemory.write(address, after.array(), after.arrayOffset(), after.capacity());
        });
    }
}

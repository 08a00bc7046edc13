/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import java.nio.ByteBuffer;

/**
 * A {@code struct msghdr} of recvmsg(2): an address, a vector and control data. Its lengths are 32 bits on FreeBSD
 * where Linux has 64, and callers clear what lies between.
 */
final class MessageStruct implements RemoteStruct {
    private static final int SIZE = 48;
    private static final int NAME_LENGTH = 8;
    private static final int VECTOR = 16;
    private static final int VECTOR_COUNT = 24;
    private static final int CONTROL = 32;
    private static final int CONTROL_LENGTH = 40;

    @Override
    public long place(RemoteCall call, long address) {
        byte[] bytes = LocalMemory.read(address, SIZE);
        ByteBuffer message = AgentProtocol.wrap(bytes);
        long name = message.getLong(0);
        long vector = message.getLong(VECTOR);
        long control = message.getLong(CONTROL);
        message.putLong(0, call.inOut(name, message.getInt(NAME_LENGTH)));
        message.putLong(VECTOR, new VectorStruct(message.getInt(VECTOR_COUNT), true).place(call, vector));
        message.putLong(CONTROL, call.inOut(control, message.getInt(CONTROL_LENGTH)));
        return call.inOut(bytes, (result, after) -> {
            after.putLong(0, name).putLong(VECTOR, vector).putLong(CONTROL, control);
            LocalMemory.write(address, after.array(), after.arrayOffset(), after.capacity());
        });
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import java.nio.ByteBuffer;

/**
 * A {@code struct nmreq_header} of netmap's NIOCCTRL, by {@code net/netmap.h}: it points at a body, whose length
 * depends on the request, and at a list of options. Memory that an option names is not brought to the machine.
 */
final class NetmapStruct implements RemoteStruct {
    private static final int SIZE = 88;
    private static final int TYPE = 2;
    private static final int OPTIONS = 72;
    private static final int BODY = 80;

    private static final int OPTION = 24;
    private static final int OPTION_TYPE = 8;
    private static final int OPTION_LENGTH = 16;
    private static final int EXTERNAL_MEMORY = 1;
    private static final int OFFSETS = 5;

    @Override
    public long place(RemoteCall call, long address) {
        byte[] bytes = LocalMemory.read(address, SIZE);
        ByteBuffer header = AgentProtocol.wrap(bytes);
        long options = header.getLong(OPTIONS);
        long body = header.getLong(BODY);
        header.putLong(OPTIONS, placeOption(call, options));
        header.putLong(BODY, call.inOut(body, bodyLength(header.getShort(TYPE))));
        return call.inOut(bytes, (result, after) -> {
            after.putLong(OPTIONS, options).putLong(BODY, body);
            LocalMemory.write(address, after.array(), after.arrayOffset(), after.capacity());
        });
    }

    /** The last one first, as each names the next. */
    private static long placeOption(RemoteCall call, long address) {
        if (address == 0) {
            return 0;
        }
        ByteBuffer head = AgentProtocol.wrap(LocalMemory.read(address, OPTION));
        long next = head.getLong(0);
        long placedNext = placeOption(call, next);
        byte[] bytes = LocalMemory.read(address, optionLength(head));
        AgentProtocol.wrap(bytes).putLong(0, placedNext);
        return call.inOut(bytes, (result, after) -> {
            after.putLong(0, next);
            LocalMemory.write(address, after.array(), after.arrayOffset(), after.capacity());
        });
    }

    private static long optionLength(ByteBuffer head) {
        return switch (head.getInt(OPTION_TYPE)) {
            case EXTERNAL_MEMORY -> 96;
            case OFFSETS -> 56;
            // It tells how much stands behind it.
            default -> OPTION + head.getLong(OPTION_LENGTH);
        };
    }

    private static int bodyLength(int type) {
        return switch (type) {
            case 1 -> 56;
            case 2 -> 32;
            case 3, 12 -> 64;
            case 4, 5, 6, 7 -> 8;
            case 8 -> 16;
            case 9 -> 0;
            default -> throw new IllegalArgumentException("netmap request " + type + " has no known body");
        };
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.ringtap.testkit.TestFrames;

/** Frames for tests, on the heap and without a pool. They need not be released, unless a test counts references. */
final class SampleFrames {
    static final MacAddress A = MacAddress.parse("02:00:00:00:00:0a");
    static final MacAddress B = MacAddress.parse("02:00:00:00:00:0b");

    /** Source {@link #A}, destination {@link #B}. */
    static final String A_TO_B = "02000000000b02000000000a";

    static final String ECHO_REQUEST = A_TO_B + "0800"
        + "450000240001400040010000" + "0a000001" + "0a000002" + "0800000000070001" + "0011223344556677";
    static final String ARP_REQUEST = "ffffffffffff02000000000a" + "0806"
        + "0001080006040001" + "02000000000a" + "0a000001" + "000000000000" + "0a000002";
    static final String ARP_REPLY = A_TO_B + "0806"
        + "0001080006040002" + "02000000000a" + "0a000001" + "02000000000b" + "0a000002";
    static final String TCP_SYN = A_TO_B + "0800"
        + "450000280001400040060000" + "0a000001" + "0a000002" + "0016d903" + "00000001" + "00000000"
        + "5002faf000000000";
    static final String TCP_DATA = A_TO_B + "8100" + "6064" + "0800"
        + "4500002c0001400040060000" + "0a000001" + "0a000002" + "0016d903" + "fffffffe" + "00000005"
        + "5018faf000000000"
        + "01020304";
    static final String UDP6 = A_TO_B + "88a8" + "0002" + "8100" + "1003" + "86dd"
        + "60000000000c1140" + "fe800000000000000000000000000001" + "ff020000000000000000000000000002"
        + "14e914e9000c0000" + "01020304";
    static final String NEIGHBOR_SOLICITATION = A_TO_B + "86dd"
        + "6000000000183aff" + "fe800000000000000000000000000001" + "ff0200000000000000000001ff000002"
        + "8700000000000000" + "fe800000000000000000000000000002";

    private SampleFrames() {
    }

    static ByteBuf hex(String hex) {
        return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex));
    }

    /** One of {@link TestFrames} as a buffer. */
    static ByteBuf numbered(int number, int length) {
        return Unpooled.wrappedBuffer(TestFrames.frame(number, length));
    }

    /** The number of a frame of {@link #numbered}. */
    static int numberOf(ByteBuf frame) {
        return (int) TestFrames.number(frame);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import io.ringtap.internal.unix.NativeMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;

/** What the pointers of each call point at arrives on the machine, and what its kernel writes arrives here. */
class RemoteLibCTest {
    private static final long SIOCGIFFLAGS = 0xc020_6911L;
    private static final long SIOCSIFMTU = 0x8020_6934L;
    private static final long SIOCIFGCLONERS = 0xc010_6978L;
    private static final long NIOCCTRL = 0xc058_6997L;
    private static final long NIOCTXSYNC = 0x2000_6994L;

    private FakeAgent.Kernel kernel;
    private final FakeAgent agent = new FakeAgent((number, arguments, scratch) ->
        kernel.call(number, arguments, scratch));
    private final AgentSession session = new AgentSession(agent.address());
    private final RemoteLibC libC = new RemoteLibC(session);

    RemoteLibCTest() throws IOException {
    }

    @AfterEach
    void close() throws Exception {
        session.close();
        agent.close();
    }

    private static int at(long address) {
        return Math.toIntExact(address - FakeAgent.SCRATCH);
    }

    private static String text(ByteBuffer scratch, long address, int length) {
        byte[] bytes = new byte[length];
        scratch.get(at(address), bytes);
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    private static NativeMemory memory(String text) {
        NativeMemory memory = NativeMemory.allocate(text.length() + 1);
        memory.putCString(0, text);
        return memory;
    }

    @Test
    void open() {
        kernel = (number, arguments, scratch) -> number == FreeBsdCalls.OPEN && arguments[1] == 6
            && text(scratch, arguments[0], 10).equals("/dev/tap7\0") ? 11 : -2;
        assertThat(libC.open("/dev/tap7", 6)).isEqualTo(11);
        assertThat(libC.open("/dev/tap7", 2)).isEqualTo(-2);
    }

    @Test
    void aReadChangesAsManyBytesAsItSays() {
        NativeMemory memory = memory("........");
        kernel = (number, arguments, scratch) -> {
            scratch.put(at(arguments[1]), "abcdefgh".getBytes(StandardCharsets.US_ASCII));
            return arguments[0] == 3 && arguments[2] == 8 ? 5 : -35;
        };
        assertThat(libC.read(3, memory.address(), 8)).isEqualTo(5);
        assertThat(memory.getCString(0, 8)).isEqualTo("abcde...");
        assertThat(libC.recv(4, memory.address(), 8, 0)).isEqualTo(-35);
        assertThat(memory.getCString(0, 8)).isEqualTo("abcde...");
    }

    @Test
    void aVectorIsGathered() {
        NativeMemory one = memory("one");
        NativeMemory two = memory("second");
        NativeMemory vector = NativeMemory.allocate(48);
        vector.buffer().putLong(0, one.address()).putLong(8, 3).putLong(24, 0).putLong(32, two.address())
            .putLong(40, 6);
        kernel = (number, arguments, scratch) -> {
            int entries = at(arguments[1]);
            return number == FreeBsdCalls.WRITEV && arguments[2] == 3
                && text(scratch, scratch.getLong(entries), (int) scratch.getLong(entries + 8)).equals("one")
                && scratch.getLong(entries + 24) == 0
                && text(scratch, scratch.getLong(entries + 32), (int) scratch.getLong(entries + 40)).equals("second")
                ? 9 : -14;
        };
        assertThat(libC.writev(3, vector.address(), 3)).isEqualTo(9);
        assertThat(vector.buffer().getLong(0)).isEqualTo(one.address());
    }

    @Test
    void anIoctlTellsByItsNumberWhatItsArgumentIs() {
        NativeMemory request = NativeMemory.allocate(32);
        request.putCString(0, "tap7");
        kernel = (number, arguments, scratch) -> {
            if (arguments[1] == NIOCTXSYNC) {
                return arguments[2] == 5 ? 0 : -22;
            }
            scratch.putInt(at(arguments[2]) + 16, 0x8843);
            return text(scratch, arguments[2], 4).equals("tap7") ? 0 : -6;
        };
        assertThat(libC.ioctl(3, SIOCGIFFLAGS, request.address())).isZero();
        assertThat(request.buffer().getInt(16)).isEqualTo(0x8843);
        assertThat(libC.ioctl(3, SIOCSIFMTU, request.address())).isZero();
        assertThat(libC.ioctl(3, NIOCTXSYNC, 5)).isZero();
        // As a number that a Java int has held.
        assertThat(libC.ioctl(3, (int) SIOCGIFFLAGS, request.address())).isZero();
    }

    @Test
    void aStructWithAPointer() {
        NativeMemory names = NativeMemory.allocate(32);
        NativeMemory request = NativeMemory.allocate(16);
        request.buffer().putInt(4, 2).putLong(8, names.address());
        kernel = (number, arguments, scratch) -> {
            int struct = at(arguments[2]);
            scratch.put(at(scratch.getLong(struct + 8)) + 16, (byte) 't');
            scratch.putInt(struct, 9);
            return 0;
        };
        assertThat(libC.ioctl(3, SIOCIFGCLONERS, request.address())).isZero();
        assertThat(request.buffer().getInt(0)).isEqualTo(9);
        assertThat(request.buffer().getLong(8)).as("the pointer is that of this process").isEqualTo(names.address());
        assertThat(names.getCString(16, 16)).isEqualTo("t");
    }

    @Test
    void aMessageOfAVectorWithAnAddressAndControlData() {
        NativeMemory data = memory("....");
        NativeMemory name = NativeMemory.allocate(16);
        NativeMemory control = NativeMemory.allocate(24);
        NativeMemory vector = NativeMemory.allocate(16);
        NativeMemory message = NativeMemory.allocate(48);
        vector.buffer().putLong(0, data.address()).putLong(8, 4);
        message.buffer().putLong(0, name.address()).putInt(8, 16).putLong(16, vector.address()).putInt(24, 1)
            .putLong(32, control.address()).putInt(40, 24);
        kernel = (number, arguments, scratch) -> {
            int struct = at(arguments[1]);
            scratch.putShort(at(scratch.getLong(struct)), (short) 0x1234);
            scratch.put(at(scratch.getLong(at(scratch.getLong(struct + 16)))), (byte) 'm');
            scratch.putInt(at(scratch.getLong(struct + 32)), 20);
            scratch.putInt(struct + 40, 20).putInt(struct + 44, 0x10);
            return number == FreeBsdCalls.RECVMSG ? 1 : -1;
        };
        assertThat(libC.recvmsg(3, message.address(), 0)).isEqualTo(1);
        assertThat(name.buffer().getShort(0)).isEqualTo((short) 0x1234);
        assertThat(data.getCString(0, 4)).isEqualTo("m...");
        assertThat(control.buffer().getInt(0)).isEqualTo(20);
        assertThat(message.buffer().getInt(40)).isEqualTo(20);
        assertThat(message.buffer().getInt(44)).isEqualTo(0x10);
        assertThat(message.buffer().getLong(16)).isEqualTo(vector.address());
        assertThat(message.buffer().getLong(32)).isEqualTo(control.address());
    }

    @Test
    void aNetmapRequestWithItsBodyAndTwoOptions() {
        NativeMemory header = NativeMemory.allocate(88);
        NativeMemory body = NativeMemory.allocate(56);
        NativeMemory first = NativeMemory.allocate(56);
        NativeMemory second = NativeMemory.allocate(96);
        header.buffer().putShort(2, (short) 1).putLong(72, first.address()).putLong(80, body.address());
        first.buffer().putLong(0, second.address()).putInt(8, 5);
        second.buffer().putInt(8, 1);
        kernel = (number, arguments, scratch) -> {
            int struct = at(arguments[2]);
            int option = at(scratch.getLong(struct + 72));
            int next = at(scratch.getLong(option));
            scratch.putInt(option + 12, 45).putInt(next + 92, 46).putInt(at(scratch.getLong(struct + 80)) + 40, 47);
            return scratch.getInt(option + 8) == 5 && scratch.getInt(next + 8) == 1 && scratch.getLong(next) == 0
                ? 0 : -22;
        };
        assertThat(libC.ioctl(3, NIOCCTRL, header.address())).isZero();
        assertThat(first.buffer().getInt(12)).isEqualTo(45);
        assertThat(second.buffer().getInt(92)).isEqualTo(46);
        assertThat(body.buffer().getInt(40)).isEqualTo(47);
        assertThat(header.buffer().getLong(72)).isEqualTo(first.address());
        assertThat(header.buffer().getLong(80)).isEqualTo(body.address());
        assertThat(first.buffer().getLong(0)).isEqualTo(second.address());
    }

    @Test
    void waitingTellsWhatIsReadyAndHasItsTime() {
        NativeMemory entries = NativeMemory.allocate(16);
        entries.buffer().putInt(0, 3).putShort(4, (short) 1).putInt(8, 4);
        NativeMemory time = NativeMemory.allocate(16);
        time.buffer().putLong(0, 2).putLong(8, 5_000_000);
        kernel = (number, arguments, scratch) -> {
            scratch.putShort(at(arguments[0]) + 6, (short) 1);
            return number == FreeBsdCalls.PPOLL && arguments[1] == 2 && scratch.getLong(at(arguments[2])) == 2
                ? 1 : -22;
        };
        assertThat(libC.ppoll(entries.address(), 2, time.address(), 0)).isEqualTo(1);
        assertThat(entries.buffer().getShort(6)).isEqualTo((short) 1);
        assertThat(RemoteLibC.millis(time.buffer())).isEqualTo(2005);
        time.buffer().putLong(0, Long.MAX_VALUE);
        assertThat(RemoteLibC.millis(time.buffer())).isBetween(2_000_000_000L, (long) Integer.MAX_VALUE);
    }

    @Test
    void anOptionOfASocket() {
        NativeMemory value = NativeMemory.allocate(8);
        NativeMemory length = NativeMemory.allocate(4);
        length.buffer().putInt(0, 8);
        kernel = (number, arguments, scratch) -> {
            if (number == FreeBsdCalls.SETSOCKOPT) {
                return scratch.getInt(at(arguments[3])) == 9 && arguments[4] == 8 ? 0 : -22;
            }
            int room = scratch.getInt(at(arguments[4]));
            scratch.putInt(at(arguments[3]), room + 1).putInt(at(arguments[4]), 4);
            return 0;
        };
        assertThat(libC.getsockopt(3, 1, 2, value.address(), length.address())).isZero();
        assertThat(value.buffer().getInt(0)).isEqualTo(9);
        assertThat(length.buffer().getInt(0)).isEqualTo(4);
        assertThat(libC.setsockopt(3, 1, 2, value.address(), 8)).isZero();
    }

    @Test
    void whatOnlyLinuxHasIsNotThere() {
        assertThat(libC.setns(3, 0)).isEqualTo(-78);
        assertThat(libC.unshare(0)).isEqualTo(-78);
        assertThat(libC.strerror(17)).isEqualTo("error 17 of FreeBSD's sys/errno.h");
    }
}

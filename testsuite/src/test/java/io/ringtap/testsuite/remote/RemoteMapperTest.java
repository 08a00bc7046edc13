/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import io.ringtap.internal.unix.MemoryMapper;
import io.ringtap.internal.unix.Platform;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;

/** Memory of a FreeBSD machine in this process: a shared memory object, which any kernel there has. */
@RequiresFreeBsd(memory = true)
class RemoteMapperTest {
    private static final int SYS_FTRUNCATE = 480;
    private static final int SYS_SHM_OPEN = 482;
    private static final int SHM_ANON = 1;
    private static final int O_RDWR = 2;
    private static final int SIZE = 64 * MachineMemory.PAGE;
    private static final int EBADF = 9;
    private static final int EINVAL = 22;

    private static int object(FreeBsdMachine machine) throws IOException {
        int fd = (int) FreeBsdMachine.check("shm_open", machine.call(SYS_SHM_OPEN, SHM_ANON, O_RDWR, 0));
        FreeBsdMachine.check("ftruncate", machine.call(SYS_FTRUNCATE, fd, SIZE));
        return fd;
    }

    @Test
    void bothSidesSeeEachOthersStores(FreeBsdMachine machine) throws IOException {
        MemoryMapper mapper = Platform.current().mapper();
        int fd = object(machine);
        byte[] theirs = "what the machine has written".getBytes(StandardCharsets.US_ASCII);
        FreeBsdMachine.check("write", machine.call(FreeBsdCalls.WRITE, theirs, 1, fd, 0, theirs.length));
        long address = mapper.map(fd, SIZE);
        assertThat(address).isPositive();
        assertThat(LocalMemory.read(address, theirs.length)).isEqualTo(theirs);
        byte[] ours = "and what this process has".getBytes(StandardCharsets.US_ASCII);
        LocalMemory.write(address + theirs.length, ours, 0, ours.length);
        byte[] seen = new byte[ours.length];
        FreeBsdMachine.check("read", machine.call(FreeBsdCalls.READ, seen, 1, fd, 0, seen.length));
        assertThat(seen).isEqualTo(ours);
        assertThat(mapper.unmap(address, SIZE)).isZero();
        assertThat(mapper.unmap(address, SIZE)).isEqualTo(-EINVAL);
        machine.call(FreeBsdCalls.CLOSE, fd);
    }

    @Test
    void whatTheMachineRefusesIsRefused() {
        MemoryMapper mapper = Platform.current().mapper();
        assertThat(mapper.map(999, SIZE)).isEqualTo(-EBADF);
        assertThat(mapper.map(999, 0)).isEqualTo(-EINVAL);
        assertThat(mapper.map(999, SIZE + 1)).isEqualTo(-EINVAL);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.ringtap.internal.netmap.driver.NetmapFile;
import io.ringtap.internal.netmap.driver.NetmapMemory;
import io.ringtap.internal.netmap.driver.NetmapRegistration;
import io.ringtap.internal.netmap.driver.NetmapRequest;
import io.ringtap.internal.netmap.layout.NetmapLayout.Ring;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapError;
import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.NetmapMode;
import io.ringtap.netmap.NetmapRingCounts;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;

import static io.ringtap.internal.netmap.embedded.TestPort.frame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** Ports, their opening and closing, and the errors on misuse, which are those of netmap in the kernel. */
class EmbeddedNetmapTest {
    private final JvmNetmap netmap = new JvmNetmap();

    private TestPort open(String name) throws NetmapException {
        return new TestPort(netmap, name);
    }

    private static void assertError(NetmapError error, ThrowingCallable call) {
        assertThat(catchThrowableOfType(NetmapException.class, call))
            .isNotNull().extracting(NetmapException::error).isEqualTo(error);
    }

    @ParameterizedTest
    @CsvSource({
        "netmap:eth0, ENXIO", "netmap:eth0*, ENXIO", "vale0:a^, EINVAL", "vale0:a*, EINVAL", "vale0:a^0, EINVAL",
        "vale0:a-1, EINVAL", "vale0:a@7, EINVAL", "vale0:a@1, EINVAL", "vale0:a/t, EOPNOTSUPP",
        "vale0:a/rz, EOPNOTSUPP", "netmap:p{1^, EINVAL", "netmap:p{1*, EINVAL", "netmap:p{1-1, EINVAL",
        "vale0:a@extmem=/tmp/x, EOPNOTSUPP", "vale0:a2345678901234567, ENOMEM", "vale0:a@share=netmap:eth0, ENXIO",
    })
    void refusesWhatThereIsNot(String name, NetmapError error) {
        assertError(error, () -> open(name));
        assertThat(netmap.stats("vale0")).isNull();
    }

    @Test
    void callsBeforeRegistrationFail() throws NetmapException {
        NetmapFile file = netmap.open();
        try {
            assertError(NetmapError.ENXIO, file::txSync);
            assertError(NetmapError.ENXIO, file::rxSync);
            assertError(NetmapError.EINVAL, file::map);
            file.register(new NetmapRequest("vale0:a", NetmapMode.ALL_NIC, 0, 0, 0, NetmapRingCounts.DEFAULT, 0, null));
            assertError(NetmapError.EBUSY, () -> file.register(new NetmapRequest("vale0:b", NetmapMode.ALL_NIC, 0, 0,
                0, NetmapRingCounts.DEFAULT, 0, null)));
        } finally {
            file.close();
        }
        assertError(NetmapError.ENXIO, file::txSync);
    }

    @Test
    void exclusiveMeansExclusive() throws NetmapException {
        try (TestPort a = open("vale0:a/x")) {
            assertThat(a.port.address().isExclusive()).isTrue();
            assertError(NetmapError.EBUSY, () -> open("vale0:a"));
            assertError(NetmapError.EBUSY, () -> open("vale0:a/R"));
        }
        try (TestPort a = open("vale0:a"); TestPort again = open("vale0:a")) {
            assertError(NetmapError.EBUSY, () -> open("vale0:a/x"));
            assertThat(again.tx().slots()).isEqualTo(1024).isEqualTo(a.tx().slots());
        }
        try (TestPort a = open("vale0:a/Tx"); TestPort b = open("vale0:a/Rx")) {
            assertThat(a.port.rxRings()).isEmpty();
            assertThat(b.port.txRings()).isEmpty();
        }
        open("vale0:a/x").close();
    }

    @Test
    void aSecondBindingSharesTheRings() throws NetmapException {
        try (TestPort a = open("vale0:a"); TestPort again = open("vale0:a"); TestPort b = open("vale0:b")) {
            b.send(frame(255, 1, 60));
            again.port.rxSync();
            a.port.rxSync();
            assertThat(a.rx().next()).isEqualTo(60);
            assertThat(again.rx().next()).isEqualTo(60);
            assertThat(netmap.stats("vale0").delivered()).isEqualTo(1);
        }
    }

    @Test
    void oneRingIsBoundAloneAndAFewerDirectionServesWithItsFirst() throws NetmapException {
        try (TestPort all = open("vale0:a@conf:tx-rings=4,rx-rings=2"); TestPort third = open("vale0:a-3")) {
            assertThat(all.port.txRings()).extracting(r -> r.id()).containsExactly(0, 1, 2, 3);
            assertThat(all.port.rxRings()).extracting(r -> r.id()).containsExactly(0, 1);
            assertThat(third.port.txRings()).extracting(r -> r.id()).containsExactly(3);
            assertThat(third.port.rxRings()).extracting(r -> r.id()).containsExactly(0);
            assertError(NetmapError.EINVAL, () -> open("vale0:a-4"));
        }
    }

    @Test
    void countsAreBounded() throws NetmapException {
        try (TestPort a = open("vale0:a@conf:rings=99,slots=1")) {
            NetmapRingCounts counts = a.port.registration().counts();
            assertThat(counts).isEqualTo(new NetmapRingCounts(16, 16, 0, 0, 2, 2));
        }
        try (TestPort a = open("vale0:a@conf:slots=100000")) {
            assertThat(a.tx().slots()).isEqualTo(4096);
        }
    }

    @Test
    void headerLengths() throws NetmapException {
        try (TestPort a = open("vale0:a"); TestPort p = open("netmap:p{1")) {
            NetmapFile file = a.port.file();
            assertThat(p.port.address().isPipe()).isTrue();
            for (int good : new int[] {10, 12, 0, 12}) {
                file.headerLength("vale0:a", good);
                assertThat(file.headerLength("vale0:a")).isEqualTo(good);
            }
            for (int bad : new int[] {-1, 1, 9, 11, 14, 20, 24}) {
                assertError(NetmapError.EINVAL, () -> file.headerLength("vale0:a", bad));
            }
            assertThat(file.headerLength("vale0:a")).isEqualTo(12);
            assertError(NetmapError.ENXIO, () -> file.headerLength("vale0:none", 12));
            assertError(NetmapError.ENXIO, () -> file.headerLength("vale0:none"));
            assertError(NetmapError.ENXIO, () -> file.headerLength("p{1", 12));
            assertThat(file.headerLength("p{1")).isZero();
            assertError(NetmapError.EIO, () -> NetmapPort.open(netmap, NetmapAddress.parse("vale0:a"), 0, 0));
            open("vale0:a").close();
        }
    }

    @Test
    void badIndicesArePutBackAndNothingIsSaid() throws NetmapException {
        try (TestPort a = open("vale0:a@conf:slots=16"); TestPort b = open("vale0:b"); RawPort raw = new RawPort(a)) {
            a.send(frame(255, 1, 60), frame(255, 1, 60));
            int[][] bad = {{16, 16}, {-1, -1}, {3, 2}, {2, 20}, {5, 4}, {1, 0}, {2, Integer.MIN_VALUE}};
            for (int[] indices : bad) {
                raw.indices(indices[0], indices[1]);
                raw.tail(12345);
                a.port.txSync();
                assertThat(raw.get(Ring.HEAD)).isEqualTo(2);
                assertThat(raw.get(Ring.CUR)).isEqualTo(2);
                assertThat(raw.get(Ring.TAIL)).isEqualTo(1);
            }
            assertThat(b.receive()).hasSize(2);
            a.send(frame(255, 1, 60));
            assertThat(b.receive()).hasSize(1);
        }
    }

    @Test
    void memoryIsSharedWhereAskedFor() throws NetmapException {
        try (TestPort a = open("vale0:a@conf:slots=64")) {
            int id = a.port.registration().memoryId();
            try (TestPort b = open("vale0:b@conf:slots=16@share=vale0:a");
                 TestPort c = open("vale0:c@" + id + "@conf:slots=16")) {
                assertThat(b.port.registration().memoryId()).isEqualTo(id);
                assertThat(c.port.registration().memoryId()).isEqualTo(id);
                b.send(frame(255, 1, 60));
                assertThat(c.receive()).hasSize(1);
                assertThat(a.receive()).hasSize(1);
                assertError(NetmapError.EINVAL, () -> open("vale0:d@" + (id + 1) + "@share=vale0:a"));
                try (TestPort d = open("vale0:d@conf:rings=16,slots=100@share=vale0:a");
                     TestPort e = open("vale0:a{1@conf:slots=200")) {
                    assertThat(d.tx().slots()).isEqualTo(100);
                    assertThat(e.tx().slots()).isEqualTo(200);
                    b.send(frame(255, 1, 60));
                    assertThat(d.receive()).hasSize(1);
                }
            }
            try (TestPort again = open("vale0:b@conf:slots=16@share=vale0:a")) {
                assertThat(again.tx().available()).isEqualTo(15);
            }
        }
    }

    @Test
    void extraBuffersAreGrantedAndComeBack() throws NetmapException {
        try (TestPort a = new TestPort(netmap, "vale0:a@conf:slots=16", 5)) {
            EmbeddedMemory memory = (EmbeddedMemory) a.port.memory();
            assertThat(a.port.registration().extraBuffers()).isEqualTo(5);
            assertThat(a.port.extraBuffers().count()).isEqualTo(5);
            assertThat(memory.usedBuffers()).isEqualTo(32 + 5);
            try (TestPort again = new TestPort(netmap, "vale0:a", 1_000_000)) {
                assertThat(again.port.registration().extraBuffers()).isEqualTo(65536);
                int lent = again.port.extraBuffers().take();
                assertThat(lent).isGreaterThan(1);
                again.port.extraBuffers().put(lent);
            }
            assertThat(memory.usedBuffers()).isEqualTo(32 + 5);
        }
    }

    @Test
    void informationOfAPort() throws NetmapException {
        try (TestPort a = open("vale0:a@conf:rings=2,slots=64"); NetmapFile file = netmap.open()) {
            NetmapRegistration info = file.portInfo("vale0:a");
            assertThat(info.memoryId()).isEqualTo(a.port.registration().memoryId());
            assertThat(info.memorySize()).isEqualTo(a.port.memory().size());
            assertThat(info.counts()).isEqualTo(new NetmapRingCounts(2, 2, 0, 0, 64, 64));
            assertThat(file.portInfo("vale9:x").counts()).isEqualTo(new NetmapRingCounts(1, 1, 0, 0, 1024, 1024));
            assertThat(netmap.stats("vale9")).isNull();
            assertError(NetmapError.ENXIO, () -> file.portInfo("eth0"));
        }
    }

    @Test
    void aSwitchHas254Ports() throws NetmapException {
        List<TestPort> ports = new ArrayList<>();
        try {
            for (int i = 0; i < 254; i++) {
                ports.add(open("vale0:" + i + "@conf:slots=2"));
            }
            assertError(NetmapError.ENOMEM, () -> open("vale0:254@conf:slots=2"));
            ports.get(0).send(frame(255, 1, 60));
            assertThat(netmap.stats("vale0").delivered()).isEqualTo(253);
            ports.remove(7).close();
            ports.add(open("vale0:254@conf:slots=2"));
        } finally {
            ports.forEach(TestPort::close);
        }
    }

    @Test
    void aRegionLivesAsLongAsSomebodyHoldsIt() throws NetmapException {
        TestPort a = open("vale0:a");
        long nifp = a.port.registration().offset();
        NetmapMemory memory = a.port.memory().retain();
        a.close();
        a.close();
        assertThat(memory.refCnt()).isEqualTo(1);
        assertThat(memory.window(nifp, 1).get(0)).isEqualTo((byte) 'v');
        memory.release();
    }
}

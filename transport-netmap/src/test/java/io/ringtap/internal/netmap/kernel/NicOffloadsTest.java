/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.kernel;

import com.kenai.jffi.MemoryIO;
import io.ringtap.internal.unix.LibC;
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.internal.unix.Platform;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

import static org.assertj.core.api.Assertions.assertThat;

class NicOffloadsTest {
    /** The loopback interface, whose TSO cannot be turned off. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void whatIsOnIsNamedWithTheCommandThatTurnsItOff() {
        assertThat(NicOffloads.enabled("lo")).contains("tso");
        assertThat(NicOffloads.warning("lo")).contains("lo has tso").contains("'ethtool -K lo tx off tso off");
    }

    @Test
    void ofAnInterfaceThatIsNotThereNothingIsSaid() {
        assertThat(NicOffloads.enabled("rtnone0")).isEmpty();
        assertThat(NicOffloads.enabled("rtnone0rtnone0rtnone0")).isEmpty();
        assertThat(NicOffloads.warning("rtnone0")).isNull();
    }

    /** FreeBSD tells its capabilities in one answer, those that are on behind those that were asked for. */
    @Test
    void freeBsdIsAskedForTheCapabilitiesThatAreOn() {
        List<Long> asked = new ArrayList<>();
        answering(OperatingSystem.FREEBSD, (name, arguments) -> {
            if (!name.equals("ioctl")) {
                return 7;
            }
            asked.add((Long) arguments[1]);
            ByteBuffer request = MemoryIO.getInstance().newDirectByteBuffer((Long) arguments[2], 32)
                .order(ByteOrder.nativeOrder());
            // IFCAP_RXCSUM, IFCAP_TXCSUM, IFCAP_TSO4 and IFCAP_LRO are on; IFCAP_TSO6 could be.
            request.putInt(16, 0x703).putInt(20, 0x503);
            return 0;
        }, () -> {
            assertThat(NicOffloads.enabled("em0")).containsExactly("txcsum", "tso4", "lro");
            assertThat(NicOffloads.warning("em0")).contains("em0 has txcsum, tso4, lro on")
                .contains("'ifconfig em0 -txcsum -tso4 -lro'");
        });
        assertThat(asked).containsOnly(0xc020_691fL);
    }

    @Test
    void aSystemThatTellsNothingIsNotAsked() {
        answering(OperatingSystem.MACOS, (name, arguments) -> {
            throw new AssertionError(name);
        }, () -> assertThat(NicOffloads.enabled("en0")).isEmpty());
    }

    private static void answering(OperatingSystem system, BiFunction<String, Object[], Integer> answer, Runnable test) {
        LibC libC = (LibC) Proxy.newProxyInstance(LibC.class.getClassLoader(), new Class<?>[] {LibC.class},
            (proxy, method, arguments) -> answer.apply(method.getName(), arguments));
        Platform before = Platform.current();
        Platform.install(new Platform(libC, system, before.mapper(), before.memory()));
        try {
            test.run();
        } finally {
            Platform.install(before);
        }
    }
}

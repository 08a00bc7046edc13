/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.internal.unix.Platform;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

/** Opens the devices of other kernels while each allocation of native memory fails in turn. */
class OpenWithoutMemoryTest {
    private static final Map<ChannelOption<?>, Object> OPTIONS = Map.of(TapChannelOption.MTU, 1400,
        TapChannelOption.UP, true);

    private final Platform before = Platform.current();

    @AfterEach
    void putBack() {
        Platform.install(before);
    }

    private interface Opener {
        TapDevice open(RecordedCalls calls) throws Exception;
    }

    private void eachAllocationFails(String name, Opener opener) throws Exception {
        AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);
        Platform.install(before.withMemory(size -> {
            if (left.getAndDecrement() == 0) {
                throw new OutOfMemoryError("made to fail");
            }
            return before.memory().apply(size);
        }));
        RecordedCalls clean = new RecordedCalls();
        clean.name = name;
        opener.open(clean).close();
        int allocations = Integer.MAX_VALUE - left.get();
        assertThat(allocations).isPositive();
        for (int failing = 0; failing < allocations; failing++) {
            RecordedCalls calls = new RecordedCalls();
            calls.name = name;
            left.set(failing);
            try {
                opener.open(calls).close();
                fail("allocation %d of %d failed, and the device opened", failing, allocations);
            } catch (OutOfMemoryError made) {
                assertThat(made).hasMessage("made to fail");
            }
            assertThat(calls.open).as("allocation %d of %d", failing, allocations).isEmpty();
        }
    }

    @Test
    void aTapOfFreeBsdGivesItsDescriptorsBack() throws Exception {
        Map<ChannelOption<?>, Object> options = Map.of(TapChannelOption.MTU, 1400, TapChannelOption.UP, true,
            FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE, FrameChannelOption.OFFLOADS,
            VirtioNetOffloads.of(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4));
        eachAllocationFails("tap0", calls -> FreeBsdTapOpener.open(calls, TunKind.TAP, new TapAddress("tap0"),
            TapSettings.of(TunKind.TAP, options)));
    }

    @Test
    void aTunOfFreeBsdGivesItsDescriptorsBack() throws Exception {
        eachAllocationFails("tun0", calls -> FreeBsdTapOpener.open(calls, TunKind.TUN, new TunAddress("tun0"),
            TapSettings.of(TunKind.TUN, OPTIONS)));
    }

    @Test
    void aUtunGivesItsDescriptorsBack() throws Exception {
        eachAllocationFails("utun3", calls -> UtunOpener.open(calls, new TunAddress("utun3"),
            TapSettings.of(TunKind.TUN, OPTIONS)));
    }
}

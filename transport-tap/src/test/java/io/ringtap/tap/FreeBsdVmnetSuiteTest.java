/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.testsuite.FrameChannelSuite;
import io.ringtap.testsuite.FrameTestbed;
import io.ringtap.testsuite.remote.FreeBsdMachine;
import io.ringtap.testsuite.remote.RequiresFreeBsd;
import org.junit.jupiter.api.BeforeAll;

import java.io.IOException;

/** A vmnet device of a FreeBSD kernel keeps the contract of a frame channel. */
@RequiresFreeBsd
class FreeBsdVmnetSuiteTest extends FrameChannelSuite {
    private static FreeBsdMachine machine;

    @BeforeAll
    static void use(FreeBsdMachine inUse) {
        machine = inUse;
    }

    @Override
    protected FrameTestbed newTestbed() throws IOException {
        return new FreeBsdTestbed(machine, "vmnet");
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.ringtap.testsuite.FrameChannelSuite;
import io.ringtap.testsuite.FrameTestbed;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.io.IOException;

/** A port of a back end keeps the contract of a frame channel, with split rings and with packed ones. */
@EnabledOnOs(OS.LINUX)
class VirtioUserSuiteTest extends FrameChannelSuite {
    @Override
    protected FrameTestbed newTestbed() throws IOException {
        return new BackEndTestbed(RingForms.nextIsPacked());
    }
}

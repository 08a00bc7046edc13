/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.ringtap.testsuite.FrameChannelSuite;
import io.ringtap.testsuite.FrameTestbed;

import java.io.IOException;

/** A stream of frames that connects by TCP keeps the contract of a frame channel. */
class TcpStreamSuiteTest extends FrameChannelSuite {
    @Override
    protected FrameTestbed newTestbed() throws IOException {
        return new StreamTestbed(true, false);
    }
}

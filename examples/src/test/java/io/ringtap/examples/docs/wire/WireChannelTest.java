/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs.wire;

import io.ringtap.testsuite.FrameChannelSuite;
import io.ringtap.testsuite.FrameTestbed;

/** An end of a wire fulfils the contract of a frame channel. */
class WireChannelTest extends FrameChannelSuite {
    @Override
    protected FrameTestbed newTestbed() {
        return new WireTestbed();
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.testing.FrameTestbed;
import io.ringtap.testing.GatheringSuite;

class PipeGatheringSuiteTest extends GatheringSuite {
    @Override
    protected FrameTestbed newTestbed() {
        return new PipeTestbed(1024);
    }
}

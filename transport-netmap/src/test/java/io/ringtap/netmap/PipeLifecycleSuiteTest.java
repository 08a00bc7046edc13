/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.testsuite.FrameTestbed;
import io.ringtap.testsuite.LifecycleSuite;

class PipeLifecycleSuiteTest extends LifecycleSuite {
    @Override
    protected FrameTestbed newTestbed() {
        return new PipeTestbed(1024);
    }
}

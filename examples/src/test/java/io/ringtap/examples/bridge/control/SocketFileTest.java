/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.control;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SocketFileTest {
    @Test
    void theRootFolderIsNoName() {
        assertThatThrownBy(() -> new SocketFile(Path.of("/"))).isInstanceOf(IOException.class)
            .hasMessageContaining("name a file for the control socket");
    }
}

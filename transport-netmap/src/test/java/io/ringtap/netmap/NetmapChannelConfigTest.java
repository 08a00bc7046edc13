/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import org.junit.jupiter.api.Test;

import java.lang.reflect.Method;

import static org.assertj.core.api.Assertions.assertThat;

class NetmapChannelConfigTest {
    /** Calls can be chained, with calls of Netty's interfaces in between. */
    @Test
    void everySetterReturnsTheConfigurationOfItsChannel() throws Exception {
        NetmapChannelConfig config = new NetmapChannel().config();
        assertThat(config.setAutoRead(false).setReadBatches(true).setLentBuffers(7)).isSameAs(config);
        for (Method inherited : NetmapChannelConfig.class.getMethods()) {
            if (inherited.getName().startsWith("set") && inherited.getReturnType() != boolean.class) {
                // The most specific method of this name.
                Method setter = NetmapChannelConfig.class.getMethod(inherited.getName(), inherited.getParameterTypes());
                assertThat(setter.getReturnType()).as(setter.getName()).isEqualTo(NetmapChannelConfig.class);
            }
        }
    }
}

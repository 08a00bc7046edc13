/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

/** The configuration of a {@link TunChannel}. */
final class DefaultTunChannelConfig extends DefaultInterfaceChannelConfig<TunChannelConfig>
    implements TunChannelConfig {
    DefaultTunChannelConfig(TunChannel channel) {
        super(channel, COMMON);
    }

    @Override
    TunChannelConfig self() {
        return this;
    }
}

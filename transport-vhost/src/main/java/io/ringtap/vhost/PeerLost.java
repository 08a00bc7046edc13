/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import java.io.IOException;

/**
 * The other side of a socket has gone, or was cut off because it sent what cannot be understood; a user event of the
 * pipeline, fired in front of {@link io.ringtap.channel.DeviceEvent.LinkDown}. The channel stays open for the next one.
 *
 * @param cause how that was noticed
 */
public record PeerLost(IOException cause) {
}

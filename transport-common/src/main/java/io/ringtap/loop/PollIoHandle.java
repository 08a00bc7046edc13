/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.netty.channel.IoHandle;

/** An {@link IoHandle} that waits on a file descriptor with a {@link PollIoHandler}. */
@SuppressWarnings("try") // IoHandle.close() throws any Exception, and javac warns of each interface that inherits that.
public interface PollIoHandle extends IoHandle {
    /** The descriptor. It does not change, and stays open until the registration is cancelled. */
    int fd();
}

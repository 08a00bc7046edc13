/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.memory;

/**
 * The log of guest memory that this side has written, which a front end asks for while it migrates its guest (feature
 * VHOST_F_LOG_ALL). A queue calls it on its event loop, after the bytes were written and before the driver can learn of
 * them, so that a page that is copied away too early is copied once more.
 */
@FunctionalInterface
public interface DirtyLog {
    /**
     * Marks each page that a piece of guest memory touches, by an atomic or, as the front end clears bits meanwhile.
     *
     * @param address of the first byte, by the guest's addresses
     * @param length in bytes; 0 marks nothing
     */
    void wrote(long address, int length);
}

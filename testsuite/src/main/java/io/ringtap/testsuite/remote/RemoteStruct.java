/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

/** How a struct that holds pointers is brought to the machine: one for each kind of struct. Stateless. */
interface RemoteStruct {
    /**
     * Lays out a copy of the struct, and of what it points at, for a call.
     *
     * @param address of the struct in this process
     * @return the address of the copy, for the call
     */
    long place(RemoteCall call, long address);
}

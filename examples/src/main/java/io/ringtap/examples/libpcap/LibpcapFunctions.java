/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.libpcap;

import jnr.ffi.Pointer;
import jnr.ffi.types.intptr_t;
import jnr.ffi.types.u_int32_t;

/** Functions of libpcap, with their names and arguments as in pcap.h; public for the class that jnr-ffi generates. */
public interface LibpcapFunctions {
    /** The number of a link type by its name, which differs between systems; -1 if there is none of this name. */
    int pcap_datalink_name_to_val(CharSequence name);

    /** A handle that only compiles; null if there is no memory. */
    Pointer pcap_open_dead(int linkType, int snapLength);

    /** Compiles an expression into a struct bpf_program; -1 if it has an error. */
    int pcap_compile(Pointer handle, Pointer program, CharSequence expression, int optimize, @u_int32_t long netmask);

    /** What was wrong with the last call that used a handle. */
    String pcap_geterr(Pointer handle);

    /** Other than 0 if a packet matches: {@code header} is a struct pcap_pkthdr, {@code packet} the bytes of it. */
    int pcap_offline_filter(@intptr_t long program, @intptr_t long header, @intptr_t long packet);

    /** Frees what a compiled program holds. */
    void pcap_freecode(Pointer program);

    /** Frees a handle. */
    void pcap_close(Pointer handle);
}

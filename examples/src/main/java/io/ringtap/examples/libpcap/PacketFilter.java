/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.libpcap;

import io.netty.buffer.ByteBuf;
import io.ringtap.virtio.LinkLayer;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * A filter expression, such as {@code tcp port 80}, compiled by the system's libpcap. One thread at a time, and none
 * once it is closed.
 */
public final class PacketFilter implements AutoCloseable {
    /** The longest packet that the program looks at; what is longer matches by its first bytes. */
    private static final int MAX_LENGTH = 262_144;
    private static final long NETMASK_UNKNOWN = 0xffffffffL;
    /** struct bpf_program and struct pcap_pkthdr of a 64-bit system. */
    private static final int PROGRAM_BYTES = 16;
    private static final int HEADER_BYTES = 24;
    private static final int CAPTURED_LENGTH = 16;
    private static final int LENGTH = 20;

    private final LibpcapFunctions libpcap;
    private final Pointer program;
    private final Pointer header;
    /** For frames that are not in one piece of native memory; made when the first of them comes. */
    private Pointer copy;
    private byte[] heap;
    private boolean closed;

    private PacketFilter(LibpcapFunctions libpcap, Pointer program, Pointer header) {
        this.libpcap = libpcap;
        this.program = program;
        this.header = header;
    }

    /**
     * Compiles an expression. An empty one matches every packet.
     *
     * @param layer what the packets begin with
     * @throws IllegalArgumentException if it has an error, with libpcap's message
     * @throws UnsupportedOperationException if libpcap is not installed, with a message that says how to install it
     */
    public static PacketFilter compile(String expression, LinkLayer layer) {
        return compile(expression, layer, "pcap");
    }

    static PacketFilter compile(String expression, LinkLayer layer, String library) {
        LibpcapFunctions libpcap;
        try {
            libpcap = LibraryLoader.create(LibpcapFunctions.class).failImmediately().load(library);
        } catch (LinkageError e) {
            throw new UnsupportedOperationException("a filter expression needs libpcap, which cannot be loaded ("
                + e.getMessage() + "): install it, on Debian and Ubuntu with 'apt-get install libpcap0.8'", e);
        }
        Runtime runtime = Runtime.getRuntime(libpcap);
        int linkType = libpcap.pcap_datalink_name_to_val(layer == LinkLayer.ETHERNET ? "EN10MB" : "RAW");
        Pointer handle = libpcap.pcap_open_dead(linkType, MAX_LENGTH);
        if (handle == null) {
            throw new OutOfMemoryError("libpcap has no memory for a filter");
        }
        try {
            Pointer program = Memory.allocateDirect(runtime, PROGRAM_BYTES, true);
            if (libpcap.pcap_compile(handle, program, expression, 1, NETMASK_UNKNOWN) != 0) {
                throw new IllegalArgumentException("the filter expression '" + expression + "' has an error: "
                    + libpcap.pcap_geterr(handle).strip());
            }
            return new PacketFilter(libpcap, program, Memory.allocateDirect(runtime, HEADER_BYTES, true));
        } finally {
            libpcap.pcap_close(handle);
        }
    }

    /** Whether a frame matches that is in a buffer from {@code index} on. */
    public boolean matches(ByteBuf buffer, int index) {
        if (closed) {
            throw new IllegalStateException("the filter is closed");
        }
        int length = buffer.writerIndex() - index;
        int captured = Math.min(length, MAX_LENGTH);
        header.putInt(CAPTURED_LENGTH, captured);
        header.putInt(LENGTH, length);
        long address = buffer.hasMemoryAddress() ? buffer.memoryAddress() + index : copied(buffer, index, captured);
        return libpcap.pcap_offline_filter(program.address(), header.address(), address) != 0;
    }

    private long copied(ByteBuf buffer, int index, int length) {
        if (copy == null) {
            copy = Memory.allocateDirect(Runtime.getRuntime(libpcap), MAX_LENGTH);
            heap = new byte[MAX_LENGTH];
        }
        buffer.getBytes(index, heap, 0, length);
        copy.put(0, heap, 0, length);
        return copy.address();
    }

    /** Frees the program. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            libpcap.pcap_freecode(program);
        }
    }
}

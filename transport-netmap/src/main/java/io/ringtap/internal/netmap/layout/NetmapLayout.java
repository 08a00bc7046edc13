/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.layout;

import java.nio.ByteOrder;

/**
 * Where every field of netmap's structures stands: offsets and sizes in bytes, as {@code net/netmap.h} and
 * {@code net/netmap_legacy.h} lay them out on a 64-bit (LP64) system. All numbers are in the byte order of the machine.
 * The same on Linux and FreeBSD, save the two {@code ioctl} numbers that carry no structure.
 */
public final class NetmapLayout {
    /** The API version this code speaks: {@code NETMAP_API}. */
    public static final int API = 14;
    /** The control device. */
    public static final String DEVICE = "/dev/netmap";
    /** The most slots one frame may span: {@code NETMAP_MAX_FRAGS}. */
    public static final int MAX_FRAGMENTS = 64;
    /** The first buffer index a slot may hold; 0 and 1 are the kernel's own. */
    public static final int FIRST_BUFFER = 2;

    private NetmapLayout() {
    }

    /** {@code struct netmap_slot}: one entry of a ring. */
    public static final class Slot {
        public static final int SIZE = 16;
        /** u32: the index of the slot's buffer. */
        public static final int BUF_IDX = 0;
        /** u16: the length of the frame, or of this fragment of it. */
        public static final int LEN = 4;
        /** u16: the flags below; on a VALE receive ring the high byte counts the fragments of the frame. */
        public static final int FLAGS = 6;
        /** u64: the address of an indirect buffer; or, under the ring's {@code offset_mask}, where the data begin. */
        public static final int PTR = 8;

        /** {@code NS_BUF_CHANGED}: buf_idx is not what the kernel last saw here. */
        public static final int BUF_CHANGED = 0x0001;
        /** {@code NS_REPORT}: tell when this slot was sent. */
        public static final int REPORT = 0x0002;
        /** {@code NS_FORWARD}: pass this frame on to the host's, or the card's, ring. */
        public static final int FORWARD = 0x0004;
        /** {@code NS_INDIRECT}: the data lie at {@link #PTR}, in the memory of the process; VALE transmit only. */
        public static final int INDIRECT = 0x0010;
        /** {@code NS_MOREFRAG}: the frame goes on in the next slot. */
        public static final int MOREFRAG = 0x0020;
        /** {@code NS_TXMON}: a monitor saw this frame on a transmit ring. */
        public static final int TXMON = 0x0040;
        /** Where the number of fragments begins in the flags of a VALE receive slot: {@code NS_RFRAGS}. */
        public static final int FRAGMENTS_SHIFT = 8;

        private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        private static final int U16 = 0xffff;

        private Slot() {
        }

        /**
         * All of a slot but its {@link #PTR} as one 64-bit number, as it stands at {@link #BUF_IDX}. One load takes
         * a slot as it was at one moment, so that what was checked is what is used; one store writes it.
         */
        public static long word(int bufferIndex, int length, int flags) {
            long index = Integer.toUnsignedLong(bufferIndex);
            return LITTLE_ENDIAN ? index | (long) (length & U16) << 32 | (long) flags << 48
                : index << 32 | (long) (length & U16) << 16 | flags & U16;
        }

        /** The same with another buffer, and marked {@link #BUF_CHANGED}. */
        public static long withBuffer(long word, int bufferIndex) {
            return word(bufferIndex, length(word), flags(word) | BUF_CHANGED);
        }

        /** The buffer index in a {@link #word}. */
        public static int bufferIndex(long word) {
            return (int) (LITTLE_ENDIAN ? word : word >>> 32);
        }

        /** The length in a {@link #word}. */
        public static int length(long word) {
            return (int) (LITTLE_ENDIAN ? word >>> 32 : word >>> 16) & U16;
        }

        /** The flags in a {@link #word}. */
        public static int flags(long word) {
            return (int) (LITTLE_ENDIAN ? word >>> 48 : word) & U16;
        }
    }

    /** {@code struct netmap_ring}: the head of a ring; its slots follow. */
    public static final class Ring {
        /** i64: from the ring to buffer 0. */
        public static final int BUF_OFS = 0;
        public static final int NUM_SLOTS = 8;
        public static final int BUF_SIZE = 12;
        public static final int RING_ID = 16;
        /** u16: {@link #TRANSMIT} or {@link #RECEIVE}. */
        public static final int DIR = 18;
        public static final int HEAD = 20;
        public static final int CUR = 24;
        public static final int TAIL = 28;
        public static final int FLAGS = 32;
        /** A {@code struct timeval}, 16 bytes: when the kernel last synchronized the ring. */
        public static final int TS = 40;
        /** u64: which bits of {@link Slot#PTR} are an offset into the buffer; 0 when offsets are not in use. */
        public static final int OFFSET_MASK = 56;
        public static final int BUF_ALIGN = 64;
        /** The first slot; also the size of the head. */
        public static final int SLOTS = 256;

        /** In {@link #DIR}; the comment in the kernel's header has the two the other way round. */
        public static final int TRANSMIT = 1;
        public static final int RECEIVE = 0;

        /** {@code NR_TIMESTAMP}: write {@link #TS} on every synchronization. */
        public static final int TIMESTAMP = 0x0002;
        /** {@code NR_FORWARD}: heed {@link Slot#FORWARD}. */
        public static final int FORWARD = 0x0004;

        private Ring() {
        }

        /** The bytes a ring of so many slots takes. */
        public static int size(int slots) {
            return SLOTS + slots * Slot.SIZE;
        }
    }

    /** {@code struct netmap_if}: what one registration has bound; the ring offsets follow. */
    public static final class If {
        public static final int NAME = 0;
        public static final int NAME_SIZE = 16;
        public static final int VERSION = 16;
        public static final int FLAGS = 20;
        public static final int TX_RINGS = 24;
        public static final int RX_RINGS = 28;
        /** u32: the first extra buffer; each holds the index of the next in its first u32, 0 ends the list. */
        public static final int BUFS_HEAD = 32;
        /** u32: host transmit rings; kernels from before this field leave 0, and mean 1. */
        public static final int HOST_TX_RINGS = 36;
        public static final int HOST_RX_RINGS = 40;
        /**
         * i64[]: from this structure to each ring: transmit, host transmit, receive, host receive; 0 for a ring that
         * is not bound to the descriptor.
         */
        public static final int RING_OFS = 56;

        /** {@code NI_PRIV_MEM}: the region is this port's own. */
        public static final int PRIVATE_MEMORY = 1;

        private If() {
        }

        /** The bytes the structure takes with so many ring offsets. */
        public static int size(int rings) {
            return RING_OFS + rings * Long.BYTES;
        }
    }

    /** {@code struct nmreq}: the request of the legacy calls NIOCGINFO and NIOCREGIF. */
    public static final class Legacy {
        public static final int SIZE = 60;
        public static final int NAME = 0;
        public static final int NAME_SIZE = 16;
        public static final int VERSION = 16;
        public static final int OFFSET = 20;
        public static final int MEMSIZE = 24;
        public static final int TX_SLOTS = 28;
        public static final int RX_SLOTS = 32;
        public static final int TX_RINGS = 36;
        public static final int RX_RINGS = 38;
        public static final int RING_ID = 40;
        public static final int CMD = 42;
        public static final int ARG1 = 44;
        /** u16: the id of the memory region. */
        public static final int ARG2 = 46;
        /** u32: the number of extra buffers. */
        public static final int ARG3 = 48;
        /** u32: the mode in the low four bits, flags above. */
        public static final int FLAGS = 52;

        /** In {@link #RING_ID}: {@code NETMAP_NO_TX_POLL}. */
        public static final int NO_TX_POLL = 0x1000;
        /** In {@link #RING_ID}: the ring number. */
        public static final int RING_MASK = 0x0fff;

        /** In {@link #CMD}: {@code NETMAP_BDG_ATTACH}. */
        public static final int BDG_ATTACH = 1;
        /** In {@link #ARG1} of an attach: the host stays connected to the interface, {@code NETMAP_BDG_HOST}. */
        public static final int BDG_HOST = 1;
        public static final int BDG_DETACH = 2;
        public static final int BDG_LIST = 4;
        /** Sets the header length of a port to {@link #ARG1}: {@code NETMAP_BDG_VNET_HDR}. */
        public static final int BDG_VNET_HDR = 5;
        public static final int BDG_NEWIF = 6;
        public static final int BDG_DELIF = 7;
        /** Reads the header length of a port into {@link #ARG1}: {@code NETMAP_VNET_HDR_GET}. */
        public static final int VNET_HDR_GET = 12;

        private Legacy() {
        }
    }

    /** {@code struct nmreq_header}: the request of NIOCCTRL, which points at a body and at a list of options. */
    public static final class Header {
        public static final int SIZE = 88;
        public static final int VERSION = 0;
        public static final int REQ_TYPE = 2;
        public static final int RESERVED = 4;
        public static final int NAME = 8;
        /** Bytes of the name, its final NUL included. */
        public static final int NAME_SIZE = 64;
        public static final int OPTIONS = 72;
        public static final int BODY = 80;
        /** A request with all its options is never longer: {@code NETMAP_REQ_MAXSIZE}. */
        public static final int MAX_REQUEST = 4096;

        /** In {@link #REQ_TYPE}: bind a port. */
        public static final int REGISTER = 1;
        public static final int PORT_INFO_GET = 2;
        public static final int VALE_ATTACH = 3;
        public static final int VALE_DETACH = 4;
        public static final int VALE_LIST = 5;
        public static final int PORT_HDR_SET = 6;
        public static final int PORT_HDR_GET = 7;
        public static final int VALE_NEWIF = 8;
        public static final int VALE_DELIF = 9;
        public static final int POOLS_INFO_GET = 12;

        private Header() {
        }
    }

    /** {@code struct nmreq_register}: the body of {@link Header#REGISTER}. */
    public static final class Register {
        public static final int SIZE = 56;
        public static final int OFFSET = 0;
        public static final int MEMSIZE = 8;
        public static final int TX_SLOTS = 16;
        public static final int RX_SLOTS = 20;
        public static final int TX_RINGS = 24;
        public static final int RX_RINGS = 26;
        public static final int HOST_TX_RINGS = 28;
        public static final int HOST_RX_RINGS = 30;
        public static final int MEM_ID = 32;
        public static final int RING_ID = 34;
        public static final int MODE = 36;
        public static final int EXTRA_BUFS = 40;
        public static final int FLAGS = 48;

        /** In {@link #FLAGS}: {@code NR_MONITOR_TX}. */
        public static final int MONITOR_TX = 0x100;
        public static final int MONITOR_RX = 0x200;
        /** Of both directions, whether or not they are asked for. */
        public static final int ZCOPY_MON = 0x400;
        /** Any of these makes a port a monitor of the one with its name. */
        public static final int MONITOR = MONITOR_TX | MONITOR_RX | ZCOPY_MON;
        /** Nobody else may bind the rings, and nobody has: else EBUSY. Not of a monitor's. */
        public static final int EXCLUSIVE = 0x800;
        public static final int RX_RINGS_ONLY = 0x2000;
        public static final int TX_RINGS_ONLY = 0x4000;
        /** This program deals with the vnet header of a port that has one. */
        public static final int ACCEPT_VNET_HDR = 0x8000;
        /** A poll for reading alone does not transmit. */
        public static final int NO_TX_POLL = 0x20000;

        private Register() {
        }
    }

    /** The bodies of the other requests of {@link Header}. */
    public static final class Body {
        /** {@code struct nmreq_port_info_get}. */
        public static final int INFO_SIZE = 32;
        public static final int INFO_MEMSIZE = 0;
        public static final int INFO_TX_SLOTS = 8;
        public static final int INFO_RX_SLOTS = 12;
        public static final int INFO_TX_RINGS = 16;
        public static final int INFO_RX_RINGS = 18;
        public static final int INFO_HOST_TX_RINGS = 20;
        public static final int INFO_HOST_RX_RINGS = 22;
        public static final int INFO_MEM_ID = 24;

        /** {@code struct nmreq_vale_attach}: a {@link Register}, then the index the port got. */
        public static final int ATTACH_SIZE = 64;
        public static final int ATTACH_PORT_INDEX = 56;
        /** {@code struct nmreq_vale_detach}. */
        public static final int DETACH_SIZE = 8;
        /** {@code struct nmreq_vale_list}. */
        public static final int LIST_SIZE = 8;
        public static final int LIST_BRIDGE_INDEX = 0;
        public static final int LIST_PORT_INDEX = 4;
        /** {@code struct nmreq_port_hdr}. */
        public static final int PORT_HDR_SIZE = 8;
        public static final int PORT_HDR_LENGTH = 0;
        /** {@code struct nmreq_vale_newif}. */
        public static final int NEWIF_SIZE = 16;
        public static final int NEWIF_TX_SLOTS = 0;
        public static final int NEWIF_RX_SLOTS = 4;
        public static final int NEWIF_TX_RINGS = 8;
        public static final int NEWIF_RX_RINGS = 10;
        public static final int NEWIF_MEM_ID = 12;
        /** {@code struct nmreq_pools_info}. */
        public static final int POOLS_SIZE = 64;
        public static final int POOLS_MEMSIZE = 0;
        public static final int POOLS_MEM_ID = 8;
        public static final int POOLS_IF_OFFSET = 16;
        public static final int POOLS_IF_TOTAL = 24;
        public static final int POOLS_IF_OBJECT = 28;
        public static final int POOLS_RING_OFFSET = 32;
        public static final int POOLS_RING_TOTAL = 40;
        public static final int POOLS_RING_OBJECT = 44;
        public static final int POOLS_BUF_OFFSET = 48;
        public static final int POOLS_BUF_TOTAL = 56;
        public static final int POOLS_BUF_OBJECT = 60;

        private Body() {
        }
    }

    /** {@code struct nmreq_option} and those that begin with it. */
    public static final class Option {
        public static final int SIZE = 24;
        public static final int NEXT = 0;
        public static final int REQ_TYPE = 8;
        /** u32: 0, or the errno with which the kernel refused this option. */
        public static final int STATUS = 12;
        public static final int OPTION_SIZE = 16;

        /** {@code struct nmreq_opt_extmem}: {@link #EXTMEM} memory, then a {@code struct nmreq_pools_info}. */
        public static final int EXTMEM_SIZE = 96;
        public static final int EXTMEM_ADDRESS = 24;
        public static final int EXTMEM_POOLS = 32;
        /** {@code struct nmreq_opt_offsets}. */
        public static final int OFFSETS_SIZE = 56;
        public static final int OFFSETS_MAX = 24;
        public static final int OFFSETS_INITIAL = 32;
        public static final int OFFSETS_BITS = 40;
        public static final int OFFSETS_TX_ALIGN = 44;
        public static final int OFFSETS_MIN_GAP = 48;

        /** In {@link #REQ_TYPE}: the port's memory is given by the program. */
        public static final int EXTMEM = 1;
        /** In {@link #REQ_TYPE}: frames may begin inside their buffers. */
        public static final int OFFSETS = 5;

        private Option() {
        }
    }

    /** The {@code ioctl} numbers. */
    public static final class Ioctl {
        /** Legacy: tells of a port; argument {@link Legacy}. */
        public static final int NIOCGINFO = 0xc03c6991;
        /** Legacy: binds a port; argument {@link Legacy}. */
        public static final int NIOCREGIF = 0xc03c6992;
        /** Every request of API 12 and later; argument {@link Header}. */
        public static final int NIOCCTRL = 0xc0586997;

        private static final int LINUX_TXSYNC = 0x6994;
        private static final int LINUX_RXSYNC = 0x6995;
        /** FreeBSD marks a call without argument; Linux does not. */
        private static final int FREEBSD_VOID = 0x20000000;

        private Ioctl() {
        }

        /** {@code NIOCTXSYNC}, no argument: hands filled transmit slots over and takes sent ones back. */
        public static int txSync(boolean freeBsd) {
            return freeBsd ? FREEBSD_VOID | LINUX_TXSYNC : LINUX_TXSYNC;
        }

        /** {@code NIOCRXSYNC}, no argument: hands read receive slots back and takes new frames. */
        public static int rxSync(boolean freeBsd) {
            return freeBsd ? FREEBSD_VOID | LINUX_RXSYNC : LINUX_RXSYNC;
        }
    }
}

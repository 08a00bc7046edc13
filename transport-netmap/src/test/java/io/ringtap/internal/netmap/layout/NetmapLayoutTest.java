/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.layout;

import io.ringtap.internal.netmap.layout.NetmapLayout.Body;
import io.ringtap.internal.netmap.layout.NetmapLayout.Header;
import io.ringtap.internal.netmap.layout.NetmapLayout.If;
import io.ringtap.internal.netmap.layout.NetmapLayout.Legacy;
import io.ringtap.internal.netmap.layout.NetmapLayout.Option;
import io.ringtap.internal.netmap.layout.NetmapLayout.Register;
import io.ringtap.internal.netmap.layout.NetmapLayout.Ring;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.internal.netmap.layout.NetmapLayout.Ioctl;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Computes the layout of each structure from the types of its fields by the rules of C (a field is at a multiple of its
 * size), and compares it with the layout in the code. The fields are those of the header file.
 */
class NetmapLayoutTest {
    @Test
    void aSlotIsOneNumberWithItsFieldsWhereTheyStand() {
        ByteBuffer slot = ByteBuffer.allocate(Slot.SIZE).order(ByteOrder.nativeOrder());
        slot.putInt(Slot.BUF_IDX, 0xfedc_ba98).putShort(Slot.LEN, (short) 0xabcd).putShort(Slot.FLAGS, (short) 0xff21);
        long word = slot.getLong(Slot.BUF_IDX);
        assertThat(Slot.bufferIndex(word)).isEqualTo(0xfedc_ba98);
        assertThat(Slot.length(word)).isEqualTo(0xabcd);
        assertThat(Slot.flags(word)).isEqualTo(0xff21);
        assertThat(Slot.word(0xfedc_ba98, 0xabcd, 0xff21)).isEqualTo(word);

        long other = Slot.withBuffer(Slot.word(2, 0xabcd, Slot.MOREFRAG), 0xfedc_ba98);
        assertThat(other).isEqualTo(Slot.word(0xfedc_ba98, 0xabcd, Slot.MOREFRAG | Slot.BUF_CHANGED));
    }

    @Test
    void slot() {
        Struct c = new Struct();
        assertThat(c.u32()).isEqualTo(Slot.BUF_IDX);
        assertThat(c.u16()).isEqualTo(Slot.LEN);
        assertThat(c.u16()).isEqualTo(Slot.FLAGS);
        assertThat(c.u64()).isEqualTo(Slot.PTR);
        assertThat(c.size()).isEqualTo(Slot.SIZE);
    }

    @Test
    void ring() {
        Struct c = new Struct();
        assertThat(c.u64()).isEqualTo(Ring.BUF_OFS);
        assertThat(c.u32()).isEqualTo(Ring.NUM_SLOTS);
        assertThat(c.u32()).isEqualTo(Ring.BUF_SIZE);
        assertThat(c.u16()).isEqualTo(Ring.RING_ID);
        assertThat(c.u16()).isEqualTo(Ring.DIR);
        assertThat(c.u32()).isEqualTo(Ring.HEAD);
        assertThat(c.u32()).isEqualTo(Ring.CUR);
        assertThat(c.u32()).isEqualTo(Ring.TAIL);
        assertThat(c.u32()).isEqualTo(Ring.FLAGS);
        assertThat(c.u64()).isEqualTo(Ring.TS);
        c.u64();
        assertThat(c.u64()).isEqualTo(Ring.OFFSET_MASK);
        assertThat(c.u64()).isEqualTo(Ring.BUF_ALIGN);
        // sem[128] is aligned to 128 bytes.
        assertThat(c.bytes(128, 128)).isEqualTo(128);
        assertThat(c.size()).isEqualTo(Ring.SLOTS).isEqualTo(Ring.size(0));
        assertThat(Ring.size(1024)).isEqualTo(256 + 1024 * 16);
    }

    @Test
    void netmapIf() {
        Struct c = new Struct();
        assertThat(c.bytes(If.NAME_SIZE, 1)).isEqualTo(If.NAME);
        assertThat(c.u32()).isEqualTo(If.VERSION);
        assertThat(c.u32()).isEqualTo(If.FLAGS);
        assertThat(c.u32()).isEqualTo(If.TX_RINGS);
        assertThat(c.u32()).isEqualTo(If.RX_RINGS);
        assertThat(c.u32()).isEqualTo(If.BUFS_HEAD);
        assertThat(c.u32()).isEqualTo(If.HOST_TX_RINGS);
        assertThat(c.u32()).isEqualTo(If.HOST_RX_RINGS);
        c.bytes(12, 4);
        assertThat(c.u64()).isEqualTo(If.RING_OFS);
        assertThat(If.size(4)).isEqualTo(56 + 32);
    }

    @Test
    void legacyRequest() {
        Struct c = new Struct();
        assertThat(c.bytes(Legacy.NAME_SIZE, 1)).isEqualTo(Legacy.NAME);
        assertThat(c.u32()).isEqualTo(Legacy.VERSION);
        assertThat(c.u32()).isEqualTo(Legacy.OFFSET);
        assertThat(c.u32()).isEqualTo(Legacy.MEMSIZE);
        assertThat(c.u32()).isEqualTo(Legacy.TX_SLOTS);
        assertThat(c.u32()).isEqualTo(Legacy.RX_SLOTS);
        assertThat(c.u16()).isEqualTo(Legacy.TX_RINGS);
        assertThat(c.u16()).isEqualTo(Legacy.RX_RINGS);
        assertThat(c.u16()).isEqualTo(Legacy.RING_ID);
        assertThat(c.u16()).isEqualTo(Legacy.CMD);
        assertThat(c.u16()).isEqualTo(Legacy.ARG1);
        assertThat(c.u16()).isEqualTo(Legacy.ARG2);
        assertThat(c.u32()).isEqualTo(Legacy.ARG3);
        assertThat(c.u32()).isEqualTo(Legacy.FLAGS);
        c.u32();
        assertThat(c.size()).isEqualTo(Legacy.SIZE);
    }

    @Test
    void header() {
        Struct c = new Struct();
        assertThat(c.u16()).isEqualTo(Header.VERSION);
        assertThat(c.u16()).isEqualTo(Header.REQ_TYPE);
        assertThat(c.u32()).isEqualTo(Header.RESERVED);
        assertThat(c.bytes(Header.NAME_SIZE, 1)).isEqualTo(Header.NAME);
        assertThat(c.u64()).isEqualTo(Header.OPTIONS);
        assertThat(c.u64()).isEqualTo(Header.BODY);
        assertThat(c.size()).isEqualTo(Header.SIZE);
    }

    @Test
    void register() {
        Struct c = new Struct();
        assertThat(c.u64()).isEqualTo(Register.OFFSET);
        assertThat(c.u64()).isEqualTo(Register.MEMSIZE);
        assertThat(c.u32()).isEqualTo(Register.TX_SLOTS);
        assertThat(c.u32()).isEqualTo(Register.RX_SLOTS);
        assertThat(c.u16()).isEqualTo(Register.TX_RINGS);
        assertThat(c.u16()).isEqualTo(Register.RX_RINGS);
        assertThat(c.u16()).isEqualTo(Register.HOST_TX_RINGS);
        assertThat(c.u16()).isEqualTo(Register.HOST_RX_RINGS);
        assertThat(c.u16()).isEqualTo(Register.MEM_ID);
        assertThat(c.u16()).isEqualTo(Register.RING_ID);
        assertThat(c.u32()).isEqualTo(Register.MODE);
        assertThat(c.u32()).isEqualTo(Register.EXTRA_BUFS);
        assertThat(c.u64()).isEqualTo(Register.FLAGS);
        assertThat(c.size()).isEqualTo(Register.SIZE);
        c.u32();
        c.u32();
        assertThat(c.size()).isEqualTo(Body.ATTACH_SIZE);
        assertThat(Body.ATTACH_PORT_INDEX).isEqualTo(Register.SIZE);
    }

    @Test
    void portInformation() {
        Struct c = new Struct();
        assertThat(c.u64()).isEqualTo(Body.INFO_MEMSIZE);
        assertThat(c.u32()).isEqualTo(Body.INFO_TX_SLOTS);
        assertThat(c.u32()).isEqualTo(Body.INFO_RX_SLOTS);
        assertThat(c.u16()).isEqualTo(Body.INFO_TX_RINGS);
        assertThat(c.u16()).isEqualTo(Body.INFO_RX_RINGS);
        assertThat(c.u16()).isEqualTo(Body.INFO_HOST_TX_RINGS);
        assertThat(c.u16()).isEqualTo(Body.INFO_HOST_RX_RINGS);
        assertThat(c.u16()).isEqualTo(Body.INFO_MEM_ID);
        assertThat(c.size()).isEqualTo(Body.INFO_SIZE);
    }

    @Test
    void pools() {
        Struct c = new Struct();
        assertThat(c.u64()).isEqualTo(Body.POOLS_MEMSIZE);
        assertThat(c.u16()).isEqualTo(Body.POOLS_MEM_ID);
        assertThat(c.u64()).isEqualTo(Body.POOLS_IF_OFFSET);
        assertThat(c.u32()).isEqualTo(Body.POOLS_IF_TOTAL);
        assertThat(c.u32()).isEqualTo(Body.POOLS_IF_OBJECT);
        assertThat(c.u64()).isEqualTo(Body.POOLS_RING_OFFSET);
        assertThat(c.u32()).isEqualTo(Body.POOLS_RING_TOTAL);
        assertThat(c.u32()).isEqualTo(Body.POOLS_RING_OBJECT);
        assertThat(c.u64()).isEqualTo(Body.POOLS_BUF_OFFSET);
        assertThat(c.u32()).isEqualTo(Body.POOLS_BUF_TOTAL);
        assertThat(c.u32()).isEqualTo(Body.POOLS_BUF_OBJECT);
        assertThat(c.size()).isEqualTo(Body.POOLS_SIZE);
    }

    @Test
    void smallBodies() {
        Struct newif = new Struct();
        assertThat(newif.u32()).isEqualTo(Body.NEWIF_TX_SLOTS);
        assertThat(newif.u32()).isEqualTo(Body.NEWIF_RX_SLOTS);
        assertThat(newif.u16()).isEqualTo(Body.NEWIF_TX_RINGS);
        assertThat(newif.u16()).isEqualTo(Body.NEWIF_RX_RINGS);
        assertThat(newif.u16()).isEqualTo(Body.NEWIF_MEM_ID);
        assertThat(newif.size()).isEqualTo(Body.NEWIF_SIZE);

        Struct list = new Struct();
        assertThat(list.u16()).isEqualTo(Body.LIST_BRIDGE_INDEX);
        list.u16();
        assertThat(list.u32()).isEqualTo(Body.LIST_PORT_INDEX);
        assertThat(list.size()).isEqualTo(Body.LIST_SIZE);

        Struct portHeader = new Struct();
        assertThat(portHeader.u32()).isEqualTo(Body.PORT_HDR_LENGTH);
        portHeader.u32();
        assertThat(portHeader.size()).isEqualTo(Body.PORT_HDR_SIZE).isEqualTo(Body.DETACH_SIZE);
    }

    @Test
    void options() {
        Struct c = new Struct();
        assertThat(c.u64()).isEqualTo(Option.NEXT);
        assertThat(c.u32()).isEqualTo(Option.REQ_TYPE);
        assertThat(c.u32()).isEqualTo(Option.STATUS);
        assertThat(c.u64()).isEqualTo(Option.OPTION_SIZE);
        assertThat(c.size()).isEqualTo(Option.SIZE);
        assertThat(c.u64()).isEqualTo(Option.OFFSETS_MAX);
        assertThat(c.u64()).isEqualTo(Option.OFFSETS_INITIAL);
        assertThat(c.u32()).isEqualTo(Option.OFFSETS_BITS);
        assertThat(c.u32()).isEqualTo(Option.OFFSETS_TX_ALIGN);
        assertThat(c.u64()).isEqualTo(Option.OFFSETS_MIN_GAP);
        assertThat(c.size()).isEqualTo(Option.OFFSETS_SIZE);

        assertThat(Option.EXTMEM_ADDRESS).isEqualTo(Option.SIZE);
        assertThat(Option.EXTMEM_POOLS).isEqualTo(Option.EXTMEM_ADDRESS + Long.BYTES);
        assertThat(Option.EXTMEM_SIZE).isEqualTo(Option.EXTMEM_POOLS + Body.POOLS_SIZE);
    }

    /** {@code _IOWR('i', n, struct)} is 3 in the two highest bits, the size in the next 14, then type and number. */
    @Test
    void ioctlNumbers() {
        assertThat(Ioctl.NIOCGINFO).isEqualTo(3 << 30 | Legacy.SIZE << 16 | 'i' << 8 | 145);
        assertThat(Ioctl.NIOCREGIF).isEqualTo(3 << 30 | Legacy.SIZE << 16 | 'i' << 8 | 146);
        assertThat(Ioctl.NIOCCTRL).isEqualTo(3 << 30 | Header.SIZE << 16 | 'i' << 8 | 151);
        assertThat(Ioctl.txSync(false)).isEqualTo('i' << 8 | 148);
        assertThat(Ioctl.rxSync(false)).isEqualTo('i' << 8 | 149);
        assertThat(Ioctl.txSync(true)).isEqualTo(0x20000000 | 'i' << 8 | 148);
        assertThat(Ioctl.rxSync(true)).isEqualTo(0x20000000 | 'i' << 8 | 149);
    }

    /** Computes the offsets of fields as a C compiler does. */
    private static final class Struct {
        private int end;
        private int alignment = 1;

        int u16() {
            return bytes(2, 2);
        }

        int u32() {
            return bytes(4, 4);
        }

        int u64() {
            return bytes(8, 8);
        }

        int bytes(int size, int align) {
            int offset = aligned(align);
            alignment = Math.max(alignment, align);
            end = offset + size;
            return offset;
        }

        int size() {
            return aligned(alignment);
        }

        private int aligned(int align) {
            return (end + align - 1) / align * align;
        }
    }
}

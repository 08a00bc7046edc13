/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.channel.PortSyntaxException;
import io.ringtap.internal.netmap.layout.NetmapLayout.Register;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class NetmapAddressTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", value = {
        // text                  | name         | mode         | ring | flags  | memory
        "netmap:eth0             | eth0         | ALL_NIC      | 0    | 0x0    | 0",
        "netmap:eth0.100         | eth0.100     | ALL_NIC      | 0    | 0x0    | 0",
        "netmap:14               | 14           | ALL_NIC      | 0    | 0x0    | 0",
        "netmap:eth0-1           | eth0         | ONE_NIC      | 1    | 0x0    | 0",
        "netmap:eth0-4094        | eth0         | ONE_NIC      | 4094 | 0x0    | 0",
        "netmap:eth0/x           | eth0         | ALL_NIC      | 0    | 0x800  | 0",
        "netmap:eth0/z           | eth0         | ALL_NIC      | 0    | 0x400  | 0",
        "netmap:eth0/r           | eth0         | ALL_NIC      | 0    | 0x200  | 0",
        "netmap:eth0/t           | eth0         | ALL_NIC      | 0    | 0x100  | 0",
        "netmap:eth0/R           | eth0         | ALL_NIC      | 0    | 0x2000 | 0",
        "netmap:eth0/xx          | eth0         | ALL_NIC      | 0    | 0x800  | 0",
        "netmap:eth0-2/Tx        | eth0         | ONE_NIC      | 2    | 0x4800 | 0",
        "netmap:eth0*            | eth0         | NIC_AND_HOST | 0    | 0x0    | 0",
        "netmap:eth0*/x          | eth0         | NIC_AND_HOST | 0    | 0x800  | 0",
        "netmap:eth0^            | eth0         | HOST         | 0    | 0x0    | 0",
        "netmap:eth0^/r          | eth0         | HOST         | 0    | 0x200  | 0",
        "netmap:eth0^3           | eth0         | ONE_HOST     | 3    | 0x0    | 0",
        "netmap:eth0@2           | eth0         | ALL_NIC      | 0    | 0x0    | 2",
        "netmap:eth0@2@2         | eth0         | ALL_NIC      | 0    | 0x0    | 2",
        "netmap:eth0@2/R         | eth0         | ALL_NIC      | 0    | 0x2000 | 2",
        "netmap:eth0/@2          | eth0         | ALL_NIC      | 0    | 0x0    | 2",
        "netmap:eth0@2/R@2       | eth0         | ALL_NIC      | 0    | 0x2000 | 2",
        "netmap:eth0@2/R@2/T     | eth0         | ALL_NIC      | 0    | 0x6000 | 2",
        "netmap:eth0^1@65535     | eth0         | ONE_HOST     | 1    | 0x0    | 65535",
        "vale0:0                 | vale0:0      | ALL_NIC      | 0    | 0x0    | 0",
        "vale:0                  | vale:0       | ALL_NIC      | 0    | 0x0    | 0",
        "valeXXX:YYY             | valeXXX:YYY  | ALL_NIC      | 0    | 0x0    | 0",
        "valeXXX:YYY-4           | valeXXX:YYY  | ONE_NIC      | 4    | 0x0    | 0",
        "vale_a1:eth0.7          | vale_a1:eth0.7 | ALL_NIC    | 0    | 0x0    | 0",
        "netmap:pipe{0           | pipe{0       | ALL_NIC      | 0    | 0x0    | 0",
        "netmap:pipe}in          | pipe}in      | ALL_NIC      | 0    | 0x0    | 0",
        "netmap:pipe{in-7        | pipe{in      | ONE_NIC      | 7    | 0x0    | 0",
        "vale0:0{0               | vale0:0{0    | ALL_NIC      | 0    | 0x0    | 0",
        "vale0:a}b_2@3           | vale0:a}b_2  | ALL_NIC      | 0    | 0x0    | 3",
    })
    void readsTheGrammar(String text, String name, NetmapMode mode, int ring, String flags, int memory) {
        NetmapAddress address = NetmapAddress.parse(text);

        assertThat(address.portName()).isEqualTo(name);
        assertThat(address.mode()).isEqualTo(mode);
        assertThat(address.ring()).isEqualTo(ring);
        assertThat(address.flags()).isEqualTo(Integer.decode(flags));
        assertThat(address.memoryId()).isEqualTo(memory);
        assertThat(NetmapAddress.parse(address.toString())).isEqualTo(address).hasSameHashCodeAs(address);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        // text                      | where it is wrong, and a word of why
        "\"\"                          | 0  | begins with",
        "eth0                        | 0  | begins with",
        "net:eth0                    | 0  | begins with",
        "netmap                      | 6  | ':' is missing",
        "netmap:                     | 7  | port name is missing",
        "netmap:^                    | 7  | port name is missing",
        "vale0:                      | 6  | port name is missing",
        "vale0:/x                    | 6  | port name is missing",
        "netmapXXX:eth0              | 6  | ':' follows",
        "vale-x:1                    | 4  | name of a switch",
        "netmap:vale0:0              | 12 | port name holds",
        "netmap:eth0&                | 11 | port name holds",
        "netmap:a b                  | 8  | port name holds",
        "netmap:{                    | 7  | belongs to a port",
        "netmap:{a                   | 7  | belongs to a port",
        "netmap:pipe{                | 12 | name of the pipe is missing",
        "netmap:pipe{-7              | 12 | name of the pipe is missing",
        "netmap:pipe{1}2             | 13 | pipe cannot have a pipe",
        "netmap:pipe{a.b             | 13 | name of a pipe holds",
        "netmap:eth0-                | 12 | number of a ring is missing",
        "netmap:eth0-x               | 12 | number of a ring is missing",
        "netmap:eth0-4095            | 12 | from 0 to 4094",
        "netmap:eth0-99999999999999999999 | 12 | from 0 to 4094",
        "netmap:eth0-1-2             | 13 | is expected here",
        "netmap:eth0-1^              | 13 | is expected here",
        "netmap:eth0*2               | 12 | is expected here",
        "netmap:eth0^x               | 12 | is expected here",
        "netmap:eth0^4095            | 12 | from 0 to 4094",
        "netmap:eth0/                | 12 | flag is missing",
        "netmap:eth0/q               | 12 | is no flag",
        "netmap:eth0/x/              | 13 | is no flag",
        "netmap:eth0@                | 12 | is missing",
        "netmap:eth0/x@              | 14 | is missing",
        "netmap:eth0@0               | 12 | from 1 to 65535",
        "netmap:eth0@65536           | 12 | from 1 to 65535",
        "netmap:eth0@2@              | 14 | is missing",
        "netmap:eth0@2/R@3           | 16 | is 2 already",
        "netmap:eth0@netmap:lo/R     | 12 | is no option",
        "vale0:0/Tx@opt              | 11 | is no option",
        "vale0:0@conf                | 12 | is empty",
        "vale0:0@conf=2              | 12 | takes ':key=value'",
        "vale0:0@conf:rings          | 18 | has no value",
        "vale0:0@conf:rings=         | 19 | has no value",
        "vale0:0@conf:rings=x        | 19 | is missing",
        "vale0:0@conf:rings=2x       | 20 | number is expected",
        "vale0:0@conf:rings=65536    | 19 | from 0 to 65535",
        "vale0:0@conf:ringz=2        | 13 | is no key",
        "vale0:0@conf:rings=2,       | 21 | is no key",
        "vale0:0@conf:rings=2,rings=2 | 21 | twice",
        "vale0:0@conf:rings=2@conf:rings=3 | 32 | twice",
        "vale0:0@share               | 13 | is empty",
        "vale0:0@share=              | 14 | value is missing",
        "vale0:0@share=eth0          | 14 | begins with",
        "vale0:0@share=vale0:1-2     | 21 | bare name",
        "vale0:0@share=vale0:1@share=vale0:2 | 28 | twice",
        "vale0:0@extmem:buf-num=5    | 24 | needs the key 'file'",
        "vale0:0@offset=16           | 8  | switched off",
        "vale0:0@conf:rings=2@       | 21 | option is missing",
        "vale0:0@conf:rings=2@7      | 21 | is no option",
        "vale0:0@conf:rings=2/x      | 20 | number is expected",
        "vale0:0,driver=none         | 15 | 'driver' is kernel or embedded",
        "vale0:0,driver=             | 15 | 'driver' is kernel or embedded",
        "vale0:0,shared=yes          | 15 | 'shared' is on or off",
        "vale0:0,driver=kernel,driver=kernel | 22 | twice",
        "vale0:0,shared=on,shared=off | 18 | twice",
        "vale0:0,driver=kernel,mtu=9 | 21 | is expected here, or the end",
        "vale0:0,mtu=9               | 7  | port name holds",
        "[vale0:0                    | 0  | not closed",
        "[vale0:0]x                  | 9  | is expected here, or the end",
        "[vale0:0/q],driver=kernel   | 9  | is no flag",
        "[]                          | 1  | begins with",
        "netmap-raw:                 | 11 | name of the interface is missing",
        "[netmap-raw:]               | 12 | name of the interface is missing",
        "netmap-raw:a/b              | 12 | no interface name holds",
    })
    void pointsAtWhatIsWrong(String text, int index, String why) {
        PortSyntaxException e = catchThrowableOfType(PortSyntaxException.class, () -> NetmapAddress.parse(text));

        assertThat(e).hasMessageContaining(why).hasMessageContaining("character " + (index + 1));
        assertThat(e.index()).isEqualTo(index);
    }

    @Test
    void readsTheOptions() {
        NetmapAddress address = NetmapAddress.parse(
            "vale0:0-1/x@4@conf:tx_rings=2,rx-rings=3,slots=512@share=vale1:a}p@extmem:file=/dev/x,buf-num=9");

        assertThat(address.counts()).isEqualTo(new NetmapRingCounts(2, 3, 0, 0, 512, 512));
        assertThat(address.sharedPort()).isEqualTo("vale1:a}p");
        assertThat(address.externalMemory()).isEqualTo(new NetmapExternalMemory("/dev/x", 0, 0, 0, 0, 9, 0));
        assertThat(address).hasToString(
            "vale0:0-1/x@4@share=vale1:a}p@conf:tx-rings=2,rx-rings=3,slots=512@extmem:file=/dev/x,buf-num=9");
        assertThat(NetmapAddress.parse(address.toString())).isEqualTo(address);
    }

    @Test
    void aParticularCountWinsOverTheCommonOne() {
        assertThat(NetmapAddress.parse("netmap:em0@conf:rings=4,rx-rings=1,host-rings=2@conf:tx-slots=64").counts())
            .isEqualTo(new NetmapRingCounts(4, 1, 2, 2, 64, 0));
    }

    @Test
    void theRestAfterExtmemIsTheFile() {
        assertThat(NetmapAddress.parse("netmap:em0@extmem=/mnt/a,b").externalMemory().file()).isEqualTo("/mnt/a,b");
        assertThat(NetmapAddress.parse("netmap:em0@share:port=netmap:em1").sharedPort()).isEqualTo("em1");
    }

    @Test
    void aNameOf63CharactersIsTheLongest() {
        String longest = "a".repeat(63);

        assertThat(NetmapAddress.parse("netmap:" + longest).portName()).isEqualTo(longest);
        assertThatThrownBy(() -> NetmapAddress.parse("netmap:" + longest + "a"))
            .isInstanceOf(PortSyntaxException.class).hasMessageContaining("63 characters");
        assertThatThrownBy(() -> NetmapAddress.parse("vale:" + "a".repeat(59)))
            .isInstanceOf(PortSyntaxException.class).hasMessageContaining("63 characters");
    }

    @Test
    void aRawNameMeansItself() {
        NetmapAddress address = NetmapAddress.raw("br-lan");

        assertThat(address.portName()).isEqualTo("br-lan");
        assertThat(address.isRaw()).isTrue();
        assertThat(address.mode()).isEqualTo(NetmapMode.ALL_NIC);
        assertThat(address).hasToString("netmap-raw:br-lan").isNotEqualTo(NetmapAddress.parse("netmap:br"));
        assertThat(NetmapAddress.raw("a{b").isPipe()).isFalse();
        assertThat(NetmapAddress.raw("a:b").isVale()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a/b", "a\0", "\u00e9th0"})
    void refusesARawNameThatNoInterfaceHas(String name) {
        assertThatThrownBy(() -> NetmapAddress.raw(name)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "netmap:br-lan               | netmap-raw:br-lan",
        "netmap:br-lan,driver=kernel | netmap-raw:br-lan",
        "netmap:veth-1a              | netmap-raw:veth-1a",
        "netmap:wlan0-1-mon          | netmap-raw:wlan0-1-mon",
        "netmap:eth0+1               | netmap-raw:eth0+1",
        "netmap:eth0,1               | [netmap-raw:eth0,1]",
        "[netmap:br-lan]             | netmap-raw:br-lan",
    })
    void saysHowAnInterfaceOfThatNameIsWritten(String text, String way) {
        assertThatThrownBy(() -> NetmapAddress.parse(text)).isInstanceOf(PortSyntaxException.class)
            .hasMessageEndingWith("is written " + way);
        assertThat(NetmapAddress.parse(way).isRaw()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"netmap:br lan", "netmap:a-/b", "vale0:br-lan", "netmap:pipe{1}2"})
    void saysNothingOfItWhereItIsNone(String text) {
        assertThatThrownBy(() -> NetmapAddress.parse(text)).isInstanceOf(PortSyntaxException.class)
            .message().doesNotContain("raw");
    }

    @Test
    void saysHowAPortOfASwitchIsWritten() {
        assertThatThrownBy(() -> NetmapAddress.parse("netmap:vale0:0")).isInstanceOf(PortSyntaxException.class)
            .hasMessageEndingWith("a port of a switch is written vale0:0");
    }

    @Test
    void readsWhatABoundChannelPrints() {
        assertThat(NetmapAddress.parse("vale0:1,driver=embedded").driver()).isEqualTo("embedded");
        assertThat(NetmapAddress.parse("vale0:1,driver=embedded").isShared()).isFalse();
        assertThat(NetmapAddress.parse("[vale0:1@conf:slots=64,rings=2],shared=on,driver=kernel").isShared()).isTrue();
        assertThat(NetmapAddress.parse("vale0:1@conf:slots=64,rings=2,driver=kernel"))
            .isEqualTo(NetmapAddress.parse("[vale0:1@conf:rings=2,slots=64],driver=kernel"));
        assertThat(NetmapAddress.parse("vale0:1,shared=off")).isEqualTo(NetmapAddress.parse("vale0:1"));
        assertThat(NetmapAddress.parse("vale0:1").driver()).isNull();
        assertThat(NetmapAddress.parse("netmap:em0@extmem=/a,driver=kernel").externalMemory().file())
            .as("the file goes on to the end").isEqualTo("/a,driver=kernel");
    }

    /** Addresses of every kind, generated from the grammar, by themselves and as addresses of bound channels. */
    @Test
    void whatIsPrintedIsReadBack() {
        Random random = new Random(7);
        Set<String> kinds = new TreeSet<>();
        for (int i = 0; i < 50_000; i++) {
            NetmapAddress named = random.nextInt(4) == 0 ? NetmapAddress.raw(rawName(random))
                : NetmapAddress.parse(name(random));
            String driver = one(random, null, "kernel", "embedded");
            NetmapAddress address = named.on(driver, random.nextBoolean());
            NetmapAddress read = NetmapAddress.parse(address.toString());
            assertThat(read).as(address.toString()).isEqualTo(address).hasSameHashCodeAs(address);
            assertThat(read.isRaw()).isEqualTo(address.isRaw());
            kinds.add((address.isRaw() ? "raw" : address.isPipe() ? "pipe" : address.isVale() ? "vale" : "nic") + ' '
                + driver);
            kinds.add(address.mode().name());
            if (address.externalMemory() != null && driver != null) {
                kinds.add("memory in " + (address.toString().contains("@extmem=") ? "whole file" : "file and sizes"));
            }
        }
        assertThat(kinds).hasSize(3 * 4 + NetmapMode.values().length + 2);
    }

    private static String one(Random random, String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static String rawName(Random random) {
        StringBuilder name = new StringBuilder();
        do {
            name.append(one(random, "br", "-", "lan", ",", "driver=kernel", ",driver=kernel", ",shared=on", "[", "]",
                "@extmem=x", "{", "}", "^", "*", ":", "vale0:1", "netmap:", "0"));
        } while (random.nextInt(3) != 0 && name.length() < 48);
        return name.toString();
    }

    private static String port(Random random) {
        return one(random, "netmap:eth0", "netmap:eth0.7", "vale0:1", "vale:x", "vale_a:eth0")
            + one(random, "", "", "{1", "}in", "{a_2");
    }

    private static String name(Random random) {
        StringBuilder name = new StringBuilder(port(random));
        name.append(one(random, "", "", "-0", "-4094", "^", "^3", "*"));
        name.append(one(random, "", "", "/x", "/z", "/tr", "/R", "/Tx", "/rxz"));
        name.append(one(random, "", "", "@2", "@65535"));
        if (random.nextInt(3) == 0) {
            name.append("@share=").append(port(random));
        }
        name.append(one(random, "", "", "@conf:rings=2", "@conf:slots=64,tx-rings=2", "@conf:host-rings=2,rx_slots=9",
            "@conf:rings=2,tx-rings=3@conf:slots=1"));
        name.append(one(random, "", "", "@extmem=/mnt/m", "@extmem=/mnt/a,b", "@extmem=/a],driver=kernel",
            "@extmem:file=/m,buf-num=9,ring_size=4096", "@extmem:file=/m"));
        return name.toString();
    }

    @Test
    void tellsKindsApart() {
        assertThat(NetmapAddress.parse("vale0:1").isVale()).isTrue();
        assertThat(NetmapAddress.parse("vale0:1}p").isPipe()).isTrue();
        assertThat(NetmapAddress.parse("netmap:em0").isVale()).isFalse();
        assertThat(NetmapAddress.parse("netmap:em0").isPipe()).isFalse();
        assertThat(NetmapAddress.parse("netmap:em0/x").isExclusive()).isTrue();
        for (String flag : new String[] {"r", "t", "z", "rz"}) {
            assertThat(NetmapAddress.parse("netmap:em0/" + flag).isMonitor()).as(flag).isTrue();
        }
        assertThat(NetmapAddress.parse("netmap:em0/xRT").isMonitor()).isFalse();
        assertThat(NetmapAddress.parse("netmap:em0/T").flags()).isEqualTo(Register.TX_RINGS_ONLY);
    }

    /** Any text is either an address that is parsed from its own text again, or an error that points into the text. */
    @Test
    void neverFailsInAnotherWay() {
        Random random = new Random(42);
        String[] parts = {"netmap:", "vale", "0", ":", "eth", "{", "}", "-", "^", "*", "/", "x", "R", "@", "12",
            "conf:", "rings=", "slots=3", ",", "share=", "extmem=", "file", "&", "", "=", "_", ".",
            "[", "]", ",driver=embedded", ",shared=on", "netmap-raw:"};
        int valid = 0;
        for (int i = 0; i < 200_000; i++) {
            StringBuilder text = new StringBuilder(random.nextInt(8) == 0 ? "" : random.nextInt(8) == 0 ? "["
                : "vale0:1");
            for (int n = random.nextInt(7); n > 0; n--) {
                text.append(parts[random.nextInt(parts.length)]);
            }
            try {
                NetmapAddress address = NetmapAddress.parse(text.toString());
                assertThat(NetmapAddress.parse(address.toString())).isEqualTo(address);
                valid++;
            } catch (PortSyntaxException e) {
                assertThat(e.index()).isBetween(0, text.length());
            }
        }
        assertThat(valid).isGreaterThan(10_000);
    }
}

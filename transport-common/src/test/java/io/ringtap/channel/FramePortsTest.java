/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.spi.FrameTransport;
import io.ringtap.channel.spi.PortKey;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.File;
import java.lang.reflect.Proxy;
import java.net.SocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class FramePortsTest {
    /** A transport that claims names with its prefix. */
    private static class Backend implements FrameTransport {
        private final String prefix;

        Backend(String prefix) {
            this.prefix = prefix;
        }

        @Override
        public String syntax() {
            return prefix + "NAME";
        }

        @Override
        public String description() {
            return "a port of a test";
        }

        @Override
        public boolean claims(String name) {
            return name.startsWith(prefix);
        }

        @Override
        public SocketAddress address(String name) {
            String rest = name.substring(prefix.length());
            if (rest.isEmpty() || rest.contains("!")) {
                throw new IllegalArgumentException("a name is wanted, without '!'");
            }
            return new Address(rest);
        }

        /** A transport that has only a link layer. */
        @Override
        public FrameChannel newChannel() {
            return (FrameChannel) Proxy.newProxyInstance(FrameChannel.class.getClassLoader(),
                new Class<?>[] {FrameChannel.class}, (proxy, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("linkLayer");
                    return prefix.equals("two:") ? LinkLayer.RAW_IP : LinkLayer.ETHERNET;
                });
        }

        @Override
        public List<PortKey<?>> keys() {
            return Stream.concat(PortKey.COMMON.stream(), Stream.of(
                PortKey.number("sndbuf", "the size of a buffer", ChannelOption.SO_SNDBUF, 1, 1000),
                PortKey.flag("keep", "whether it is kept", ChannelOption.SO_KEEPALIVE))).toList();
        }

        @Override
        public boolean continuesName(String name, String part) {
            return name.contains("@conf:") && part.matches("(rings|slots)=.*");
        }
    }

    private static final class Address extends SocketAddress {
        private static final long serialVersionUID = 1L;
        private final String name;

        Address(String name) {
            this.name = name;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static final FramePorts PORTS =
        FramePorts.of(List.of(new Backend("one:"), new Backend("two:")), List.of());

    /** Header lengths in order of preference. A port that supports no header is opened without one. */
    @Test
    void severalHeaders() {
        assertThat(PORTS.parse("one:x,vnet=20+12+0", Set.of()).options()).containsEntry(FrameChannelOption.VNET_HEADERS,
            List.of(VnetHeaderLength.HASH, VnetHeaderLength.MERGEABLE, VnetHeaderLength.NONE));
        assertThat(PORTS.parse("one:x,vnet=auto", Set.of()).options()).containsEntry(FrameChannelOption.VNET_HEADERS,
            List.of(VnetHeaderLength.MERGEABLE, VnetHeaderLength.LEGACY, VnetHeaderLength.NONE));
        for (String wrong : List.of("12+12", "12+", "+", "11", "auto+0")) {
            assertThatThrownBy(() -> PORTS.parse("one:x,vnet=" + wrong, Set.of())).as(wrong)
                .isInstanceOf(PortSyntaxException.class).hasMessageContainingAll("vnet", wrong);
        }
    }

    @Test
    void aNameAlone() {
        FramePort port = PORTS.parse("one:x", Set.of());
        assertThat(port.address()).hasToString("x");
        assertThat(port.options()).isEmpty();
        assertThat(port.others()).isEmpty();
        assertThat(port).hasToString("one:x");
    }

    @Test
    void keysAreOptions() {
        FramePort port = PORTS.parse("two:x,vnet=12,offloads=csum+tso4,sndbuf=1000,keep=on", Set.of());
        assertThat(port.options()).isEqualTo(Map.of(
            FrameChannelOption.VNET_HEADERS, List.of(VnetHeaderLength.MERGEABLE),
            FrameChannelOption.OFFLOADS, VirtioNetOffloads.of(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4),
            ChannelOption.SO_SNDBUF, 1000, ChannelOption.SO_KEEPALIVE, true));
    }

    @ParameterizedTest
    @CsvSource({"none, 0", "all, 127", "csum, 1"})
    void offloads(String text, int bits) {
        assertThat(PORTS.parse("one:x,offloads=" + text, Set.of()).options())
            .containsEntry(FrameChannelOption.OFFLOADS, VirtioNetOffloads.ofBits(bits));
    }

    @Test
    void keysOfTheCallerComeBack() {
        FramePort port = PORTS.parse("one:x,pcap=a=b.pcap,keep=off", Set.of("pcap", "age"));
        assertThat(port.others()).isEqualTo(Map.of("pcap", "a=b.pcap"));
        assertThat(port.options()).isEqualTo(Map.of(ChannelOption.SO_KEEPALIVE, false));
    }

    @Test
    void bracketsHoldCommas() {
        FramePort port = PORTS.parse("[one:x@conf:rings=2,slots=512],sndbuf=7", Set.of());
        assertThat(port.address()).hasToString("x@conf:rings=2,slots=512");
        assertThat(port.options()).isEqualTo(Map.of(ChannelOption.SO_SNDBUF, 7));
        assertThat(PORTS.parse("[two:y]", Set.of()).address()).hasToString("y");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "one:x@conf:rings=2,slots=5         | x@conf:rings=2,slots=5",
        "one:x@conf:slots=5,rings=2,keep=on | x@conf:slots=5,rings=2",
        "one:x@conf:rings=2,keep=on         | x@conf:rings=2",
    })
    void commasOfANameNeedNoBracketsWhereTheNameIsKnownToGoOn(String port, String name) {
        assertThat(PORTS.parse(port, Set.of()).address()).hasToString(name);
        assertThat(PORTS.parse(port, Set.of()).options()).hasSize(port.contains("keep") ? 1 : 0);
    }

    @Test
    void aPartThatMayBelongToTheNameOrToThePortIsAskedFor() {
        String port = "one:x@conf:rings=2,slots=5,keep=on";
        String nameGoesOn = "[one:x@conf:rings=2,slots=5],keep=on";
        String nameEnds = "[one:x@conf:rings=2],slots=5,keep=on";
        assertThatThrownBy(() -> PORTS.parse(port, Set.of("slots"))).isInstanceOf(PortSyntaxException.class)
            .hasMessageContainingAll("character 20", "'" + nameGoesOn + "'", "'" + nameEnds + "'");
        assertThat(PORTS.parse(nameGoesOn, Set.of("slots")).others()).isEmpty();
        assertThat(PORTS.parse(nameEnds, Set.of("slots")).others()).isEqualTo(Map.of("slots", "5"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "one:x@conf:rings=2,keep=on,slots=5 | write 'one:x@conf:rings=2,slots=5' and then the keys of the port",
        "one:x@file=a,b,keep=on             | write '[one:x@file=a,b],keep=on'",
        "one:x,vnet=11                      | expected 0|10|12|20|24|auto (",
        "one:x,offloads=csum+x              | (there is no offload 'x')",
        "one:x,offloads=+                   | (a name is missing beside a '+', or altogether)",
        "one:x,offloads=csum+               | (a name is missing beside a '+', or altogether)",
        "one:x,offloads=                    | (a name is missing beside a '+', or altogether)",
    })
    void anErrorSaysHowToWriteIt(String port, String advice) {
        assertThatThrownBy(() -> PORTS.parse(port, Set.of())).isInstanceOf(PortSyntaxException.class)
            .hasMessageContaining(advice);
    }

    @Test
    void keysAreListedWithTheirDocumentation() {
        assertThat(PORTS.types()).extracting(PortType::syntax).containsExactly("one:NAME", "two:NAME");
        assertThat(PORTS.types().get(0).keys())
            .contains(new PortType.Key("sndbuf", "1-1000", "the size of a buffer"))
            .extracting(PortType.Key::name).containsExactly("vnet", "offloads", "sndbuf", "keep");
    }

    @Test
    void backendsOfAnotherLinkLayerCanBeLeftOut() {
        FramePorts ethernet = PORTS.carrying(LinkLayer.ETHERNET);
        assertThat(ethernet.types()).extracting(PortType::syntax).containsExactly("one:NAME");
        assertThatThrownBy(() -> ethernet.parse("two:x", Set.of())).hasMessageContaining("there are one:NAME");
        assertThat(PORTS.carrying(LinkLayer.RAW_IP).help(List.of())).contains("two:NAME").doesNotContain("one:NAME");
    }

    @Test
    void helpListsWhatPortsShareOnce() {
        Backend three = new Backend("three:") {
            @Override
            public List<PortKey<?>> keys() {
                return PortKey.COMMON;
            }
        };
        FramePorts ports = FramePorts.of(List.of(three, new Backend("one:"), new Backend("two:")), List.of());
        assertThat(ports.help(List.of(new PortType.Key("rate", "BITS", "what the port may send in a second")))
            .replaceAll("(?m)^  offloads=.*\n(   .*\n)*", "")).isEqualTo("""
            A port is written BACKEND:NAME[,KEY=VALUE]... The backends are:
              one:NAME              a port of a test
              three:NAME            a port of a test
              two:NAME              a port of a test

            Keys of every port:
              vnet=0|10|12|20|24|auto
                                    bytes of virtio-net header in front of every frame; of
                                    several, as in 12+0, the first that the port can have;
                                    auto is 12+10+0

            Keys of one:NAME, two:NAME:
              sndbuf=1-1000         the size of a buffer
              keep=on|off           whether it is kept

            Keys of this program:
              rate=BITS             what the port may send in a second
            """);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "three:x                | 0  | no backend is called that; there are one:NAME, two:NAME",
        "\"\"                     | 0  | no backend is called that",
        "[three:x]              | 1  | no backend is called that",
        "[one:x                 | 0  | the bracket is not closed",
        "[one:x]sndbuf=1        | 7  | expected ','",
        "one:                   | 0  | a name is wanted",
        "one:a!                 | 0  | a name is wanted",
        "one:x,                 | 6  | key=value",
        "one:x,sndbuf           | 6  | key=value",
        "one:x,=1               | 6  | key=value",
        "one:x,colour=red       | 6  | unknown key 'colour': one:NAME takes vnet, offloads, sndbuf, keep",
        "one:x,keep=on,keep=off | 14 | 'keep' is given twice",
        "one:x,sndbuf=0         | 13 | '0' is no value for sndbuf: expected 1-1000",
        "one:x,sndbuf=1001      | 13 | expected 1-1000",
        "one:x,sndbuf=many      | 13 | 'many' is no value for sndbuf",
        "one:x,sndbuf=          | 13 | '' is no value for sndbuf",
        "one:x,keep=perhaps     | 11 | expected on|off",
        "one:x,vnet=11          | 11 | expected 0|10|12|20|24",
        "one:x,offloads=csum+x  | 15 | 'csum+x' is no value for offloads",
    })
    void anErrorPointsAtThePartThatIsWrong(String port, int index, String problem) {
        assertThatThrownBy(() -> PORTS.parse(port, Set.of()))
            .isInstanceOfSatisfying(PortSyntaxException.class, e -> assertThat(e.index()).isEqualTo(index))
            .hasMessageStartingWith("port '" + port + "', character " + (index + 1) + ": ")
            .hasMessageContaining(problem)
            .hasMessageNotContaining("\n");
    }

    @Test
    void twoBackendsOnOneNameIsAnError() {
        FramePorts ports = FramePorts.of(List.of(new Backend("one:"), new Backend("on")), List.of());
        assertThatThrownBy(() -> ports.parse("one:x", Set.of())).isInstanceOf(PortSyntaxException.class)
            .hasMessageContainingAll("more than one backend", Backend.class.getName());
        assertThat(ports.parse("onx", Set.of()).address()).hasToString("x");
    }

    @Test
    void aProviderThatDoesNotLoadIsNamedAndBreaksNoOther() {
        FramePorts ports = FramePorts.of(List.of(new Backend("one:")), List.of("x.Broken does not load: no x"));
        assertThat(ports.parse("one:x", Set.of()).address()).hasToString("x");
        assertThatThrownBy(() -> ports.parse("two:x", Set.of()))
            .hasMessageContaining("there are one:NAME (x.Broken does not load: no x)");
    }

    @Test
    void providersOfTheClassPathAreLoadedOneByOne(@TempDir Path folder) throws Exception {
        // Before the transport that works there are a class that does not exist, one that is no transport, and one that
        // fails.
        Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.write(services.resolve(FrameTransport.class.getName()), List.of("io.ringtap.channel.DoesNotExist",
            FramePortsTest.class.getName(), FailingTransport.class.getName(), LoadableTransport.class.getName()));
        List<URL> path = new ArrayList<>(List.of(folder.toUri().toURL()));
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            path.add(Path.of(entry).toUri().toURL());
        }
        ClassLoader bare = ClassLoader.getPlatformClassLoader();
        try (URLClassLoader loader = new URLClassLoader(path.toArray(URL[]::new), bare)) {
            Class<?> type = loader.loadClass(FramePorts.class.getName());
            Object ports = type.getMethod("load").invoke(null);
            Object port = type.getMethod("parse", String.class, Set.class).invoke(ports, "test-port:x", Set.of());
            assertThat(port).hasToString("test-port:x");
            assertThat((String) type.getMethod("knownBackends").invoke(ports)).contains("test-port:NAME",
                "io.ringtap.channel.DoesNotExist", "FramePortsTest not a subtype", "FailingTransport does not load",
                "on purpose");
        }
    }
}

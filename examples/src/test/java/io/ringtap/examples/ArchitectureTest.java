/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import org.junit.jupiter.api.Test;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

/** The directions of dependencies between packages, which Maven does not check within a module. */
class ArchitectureTest {
    private static final JavaClasses RINGTAP = new ClassFileImporter()
        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
        .withImportOption(location -> !location.contains("testkit") && !location.contains("testsuite"))
        .importPackages("io.ringtap");

    /** The classes of io.ringtap.netmap that use the internal packages; the others are used by them. */
    private static final String NETMAP_ENTRANCE =
        "io\\.ringtap\\.netmap\\.(Netmap|NetmapControl|(Default)?NetmapChannel.*)(\\$.*)?";

    /**
     * A room is a package below io.ringtap with all that is in it, and so is each package below io.ringtap.internal,
     * io.ringtap.internal.netmap and io.ringtap.internal.nic. The package io.ringtap.netmap counts as two rooms: the
     * channel and its relatives, which use the internal packages, and the names, values and exceptions, which the
     * internal packages use.
     */
    private static final SliceAssignment ROOMS = new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            String[] names = type.getPackageName().split("\\.");
            if (names.length < 3) {
                return SliceIdentifier.ignore();
            }
            if (names[2].equals("internal")) {
                return names.length > 4 && names[3].matches("netmap|nic")
                    ? SliceIdentifier.of(names[2], names[3], names[4])
                    : SliceIdentifier.of(names[2], names[3]);
            }
            return type.getName().matches(NETMAP_ENTRANCE) ? SliceIdentifier.of(names[2], "entrance")
                : SliceIdentifier.of(names[2]);
        }

        @Override
        public String getDescription() {
            return "rooms";
        }
    };

    /** The packages of each transport. */
    private static final String[][] TRANSPORTS = {
        {"io.ringtap.tap..", "io.ringtap.internal.tap.."},
        {"io.ringtap.netmap..", "io.ringtap.internal.netmap.."},
        {"io.ringtap.nic..", "io.ringtap.internal.nic.."},
        {"io.ringtap.vhost..", "io.ringtap.internal.vhost.."},
        {"io.ringtap.vxlan..", "io.ringtap.internal.vxlan.."}};

    private static String[] packagesOfTransports() {
        return Stream.of(TRANSPORTS).flatMap(Stream::of).toArray(String[]::new);
    }

    private static String[] beside(String[] packages, String... others) {
        return Stream.of(packages, others).flatMap(Stream::of).toArray(String[]::new);
    }

    private static void check(ArchRule rule) {
        rule.check(RINGTAP);
    }

    @Test
    void everyPackageIsLookedAt() {
        for (String name : new String[] {"virtio", "ethernet", "pcap", "internal.unix", "internal.netty",
            "internal.loop", "internal.link", "internal.buffer", "loop", "channel", "channel.spi", "tap", "netmap",
            "netmap.embedded", "nic", "internal.netmap.layout", "internal.netmap.name", "internal.netmap.driver",
            "internal.netmap.ring", "internal.netmap.port",
            "internal.netmap.buffer", "internal.netmap.device", "internal.netmap.kernel", "internal.netmap.embedded",
            "internal.nic.link", "internal.nic.packet", "internal.nic.xdp",
            "internal.tap", "internal.vhost.wire", "internal.vhost.control", "internal.vhost.memory",
            "internal.vhost.queue", "vhost", "vxlan", "internal.vxlan", "internal.offload", "internal.udp", "bridge",
            "examples"}) {
            assertThat(RINGTAP.containPackage("io.ringtap." + name)).as(name).isTrue();
        }
    }

    @Test
    void packetArithmeticKnowsNoOperatingSystemAndNoTransport() {
        check(noClasses().that().resideInAnyPackage("io.ringtap.virtio..", "io.ringtap.ethernet..", "io.ringtap.pcap..")
            .should().dependOnClassesThat().resideInAnyPackage(beside(packagesOfTransports(), "jnr..",
                "io.ringtap.internal..", "io.ringtap.loop..", "io.ringtap.channel..")));
    }

    @Test
    void messagesOfVhostUserKnowNeitherSocketsNorGuests() {
        check(noClasses().that().resideInAPackage("io.ringtap.internal.vhost.wire..")
            .should().dependOnClassesThat().resideInAnyPackage("io.ringtap.internal.unix..",
                "io.ringtap.internal.vhost.control..", "io.ringtap.vhost..", "io.netty..", "jnr.."));
    }

    @Test
    void channelsNameNoKindOfEventLoop() {
        // An application may, as it chooses sockets that fit its event loop.
        check(noClasses().that().resideOutsideOfPackages("io.ringtap.internal.loop..", "io.ringtap.loop..",
                "io.ringtap.examples..")
            .should().dependOnClassesThat().resideInAnyPackage("io.netty.channel.epoll..",
                "io.netty.channel.uring..", "io.netty.channel.kqueue..", "io.netty.channel.unix.."));
    }

    @Test
    void theSharedChannelKnowsNoTransport() {
        check(noClasses().that()
            .resideInAnyPackage("io.ringtap.channel..", "io.ringtap.loop..", "io.ringtap.internal.unix..",
                "io.ringtap.internal.loop..", "io.ringtap.internal.link..", "io.ringtap.internal.buffer..",
                "io.ringtap.internal.offload..", "io.ringtap.internal.udp..")
            .should().dependOnClassesThat().resideInAnyPackage(packagesOfTransports()));
    }

    @Test
    void theBridgeKnowsNoTransport() {
        check(noClasses().that().resideInAPackage("io.ringtap.bridge..")
            .should().dependOnClassesThat().resideInAnyPackage(beside(packagesOfTransports(),
                "io.ringtap.internal..", "jnr..")));
    }

    /**
     * A program that embeds a bridge uses the library. The example adds only a command line, a report and the hosts of
     * a demo.
     */
    @Test
    void theBridgeExampleHoldsNothingOfABridge() {
        Set<String> classes = RINGTAP.stream().filter(type -> type.getPackageName().equals(
            "io.ringtap.examples.bridge") && type.isTopLevelClass()).map(JavaClass::getSimpleName)
            .filter(name -> !name.equals("package-info")).collect(Collectors.toSet());
        assertThat(classes).containsExactlyInAnyOrder("BridgeMain", "BridgeEvents", "Report", "BridgeReport",
            "JsonReport", "ReportClock", "ForgottenPorts", "BridgeDemo", "DemoHosts", "TapHosts", "EmbeddedHosts");
    }

    /** A registry, a web server and JSON are for programs; a library of Ringtap only offers meters. */
    @Test
    void onlyTheOperationOfTheBridgeServesHttpAndJson() {
        check(noClasses().that().resideOutsideOfPackages("io.ringtap.examples.bridge.operation..",
                "io.ringtap.examples.bridge.http..", "io.ringtap.examples.bridge.control..",
                "io.ringtap.examples.bridge.view..")
            .should().dependOnClassesThat().resideInAnyPackage("io.netty.handler.codec.http..",
                "com.fasterxml.jackson..", "io.micrometer.prometheusmetrics.."));
        check(noClasses().that().resideOutsideOfPackages("io.ringtap.channel.metrics..", "io.ringtap.bridge.metrics..",
                "io.ringtap.examples..")
            .should().dependOnClassesThat().resideInAnyPackage("io.micrometer.."));
        // HTTP sees what others remember of the bridge, and never the bridge.
        check(noClasses().that().resideInAPackage("io.ringtap.examples.bridge.http..")
            .should().dependOnClassesThat().resideInAnyPackage("io.ringtap.bridge..", "io.ringtap.channel.."));
    }

    @Test
    void transportsDoNotKnowEachOther() {
        for (String[] transport : TRANSPORTS) {
            String[] others = Stream.of(TRANSPORTS).filter(other -> other != transport).flatMap(Stream::of)
                .toArray(String[]::new);
            check(noClasses().that().resideInAnyPackage(transport)
                .should().dependOnClassesThat().resideInAnyPackage(others));
        }
    }

    @Test
    void theEmbeddedNetmapNeedsNoNativeCode() {
        check(noClasses().that()
            .resideInAnyPackage("io.ringtap.netmap.embedded..", "io.ringtap.internal.netmap.embedded..")
            .should().dependOnClassesThat().resideInAnyPackage("io.ringtap.internal.unix..",
                "io.ringtap.internal.loop..", "io.ringtap.loop..", "jnr.."));
    }

    @Test
    void systemCallsAreTheLowestLayer() {
        check(noClasses().that().resideInAPackage("io.ringtap.internal.unix..")
            .should().dependOnClassesThat().resideInAnyPackage("io.ringtap.internal.loop..",
                "io.ringtap.internal.buffer..", "io.ringtap.loop..", "io.ringtap.channel.."));
        // An example may call a library of its own, if one package of it does.
        check(noClasses().that().resideOutsideOfPackages("io.ringtap.internal.unix..", "io.ringtap.examples.libpcap..",
                "io.ringtap.examples.user..")
            .should().dependOnClassesThat().resideInAnyPackage("jnr..", "com.kenai.."));
    }

    @Test
    void nothingDependsOnTheExamples() {
        check(noClasses().that().resideOutsideOfPackage("io.ringtap.examples..")
            .should().dependOnClassesThat().resideInAPackage("io.ringtap.examples.."));
    }

    @Test
    void packagesHaveNoCycles() {
        check(slices().assignedFrom(ROOMS).should().beFreeOfCycles());
    }
}

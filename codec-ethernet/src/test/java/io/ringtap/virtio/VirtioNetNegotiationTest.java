/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import org.junit.jupiter.api.Test;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

import static io.ringtap.virtio.VirtioNetFeature.CSUM;
import static io.ringtap.virtio.VirtioNetFeature.GUEST_CSUM;
import static io.ringtap.virtio.VirtioNetFeature.GUEST_ECN;
import static io.ringtap.virtio.VirtioNetFeature.GUEST_TSO4;
import static io.ringtap.virtio.VirtioNetFeature.GUEST_TSO6;
import static io.ringtap.virtio.VirtioNetFeature.HASH_REPORT;
import static io.ringtap.virtio.VirtioNetFeature.HOST_ECN;
import static io.ringtap.virtio.VirtioNetFeature.HOST_TSO4;
import static io.ringtap.virtio.VirtioNetFeature.HOST_TSO6;
import static io.ringtap.virtio.VirtioNetFeature.HOST_UDP_TUNNEL_GSO;
import static io.ringtap.virtio.VirtioNetFeature.HOST_USO;
import static io.ringtap.virtio.VirtioNetFeature.MAC;
import static io.ringtap.virtio.VirtioNetFeature.MRG_RXBUF;
import static io.ringtap.virtio.VirtioNetFeature.RSS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class VirtioNetNegotiationTest {
    private static final VirtioNetOffloads CSUM_TSO4 =
        VirtioNetOffloads.of(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4);
    private static final VirtioNetBackend TAP = new VirtioNetBackend(EnumSet.allOf(VnetHeaderLength.class),
        VirtioNetOffloads.ALL, VirtioNetOffloads.ALL.without(VirtioNetOffloads.of(VirtioNetOffload.UFO)), true);
    private static final VirtioNetBackend VALE = new VirtioNetBackend(
        EnumSet.of(VnetHeaderLength.NONE, VnetHeaderLength.LEGACY, VnetHeaderLength.MERGEABLE),
        VirtioNetOffloads.ALL, VirtioNetOffloads.ALL, false);

    @Test
    void equalSidesPassEverything() {
        Set<VirtioNetFeature> wanted = EnumSet.of(CSUM, HOST_TSO4, HOST_TSO6, GUEST_CSUM, GUEST_TSO4, MRG_RXBUF);
        VirtioNetNegotiation agreed = VirtioNetNegotiation.negotiate(VnetHeaderLength.MERGEABLE, wanted, TAP);
        assertThat(agreed.convertsHeader()).isFalse();
        assertThat(agreed.backendLength()).isSameAs(VnetHeaderLength.MERGEABLE);
        assertThat(agreed.toBackend().toSet())
            .containsExactlyInAnyOrder(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4, VirtioNetOffload.TSO6);
        assertThat(agreed.toBackendInSoftware()).isEqualTo(VirtioNetOffloads.NONE);
        assertThat(agreed.backendGives()).isEqualTo(CSUM_TSO4);
        assertThat(agreed.toFrontEnd()).isEqualTo(CSUM_TSO4);
        assertThat(agreed.toFrontEndInSoftware().isEmpty()).isTrue();
        assertThat(agreed.refused(wanted)).isEmpty();
    }

    @Test
    void aBackendWithoutHeaderIsServedInSoftware() {
        Set<VirtioNetFeature> wanted = EnumSet.of(CSUM, HOST_TSO4, HOST_USO, GUEST_CSUM, GUEST_TSO4);
        VirtioNetNegotiation agreed =
            VirtioNetNegotiation.negotiate(VnetHeaderLength.MERGEABLE, wanted, VirtioNetBackend.PLAIN);
        assertThat(agreed.backendLength()).isSameAs(VnetHeaderLength.NONE);
        assertThat(agreed.convertsHeader()).isTrue();
        assertThat(agreed.toBackendInSoftware()).isEqualTo(agreed.toBackend());
        assertThat(agreed.toBackend().contains(VirtioNetOffload.USO6)).isTrue();
        assertThat(agreed.toFrontEnd().isEmpty()).isTrue();
        assertThat(agreed.refused(wanted)).containsExactlyInAnyOrder(GUEST_CSUM, GUEST_TSO4);
    }

    @Test
    void whatARestrictableBackendMayGiveIsCutDown() {
        VirtioNetNegotiation agreed =
            VirtioNetNegotiation.negotiate(VnetHeaderLength.LEGACY, EnumSet.of(GUEST_CSUM), TAP);
        assertThat(agreed.backendGives()).isEqualTo(VirtioNetOffloads.of(VirtioNetOffload.CSUM));
        assertThat(agreed.toFrontEndInSoftware().isEmpty()).isTrue();
    }

    @Test
    void whatOtherBackendsGiveIsFinishedInSoftware() {
        VirtioNetNegotiation agreed =
            VirtioNetNegotiation.negotiate(VnetHeaderLength.LEGACY, EnumSet.of(GUEST_CSUM, GUEST_TSO4), VALE);
        assertThat(agreed.toFrontEnd()).isEqualTo(CSUM_TSO4);
        assertThat(agreed.backendGives()).isEqualTo(VirtioNetOffloads.ALL);
        assertThat(agreed.toFrontEndInSoftware()).isEqualTo(VirtioNetOffloads.ALL.without(CSUM_TSO4));
    }

    @Test
    void featuresAreHonouredOneByOne() {
        Set<VirtioNetFeature> wanted = EnumSet.of(HOST_TSO4, GUEST_CSUM, GUEST_ECN, GUEST_TSO6, MAC);
        VirtioNetNegotiation agreed = VirtioNetNegotiation.negotiate(VnetHeaderLength.MERGEABLE, wanted, TAP);
        assertThat(agreed.toBackend().isEmpty()).as("TSO without CSUM").isTrue();
        assertThat(agreed.toFrontEnd().toSet()).containsExactlyInAnyOrder(
            VirtioNetOffload.CSUM, VirtioNetOffload.TSO6, VirtioNetOffload.ECN);
        assertThat(agreed.refused(wanted)).containsExactly(HOST_TSO4);

        VirtioNetNegotiation ecnAlone = VirtioNetNegotiation.negotiate(
            VnetHeaderLength.MERGEABLE, EnumSet.of(CSUM, HOST_ECN), TAP);
        assertThat(ecnAlone.toBackend().toSet()).containsExactly(VirtioNetOffload.CSUM);
    }

    @Test
    void theLegacyGsoBitStandsForTcp() {
        assertThat(VirtioNetOffloads.ofHostFeatures(EnumSet.of(CSUM, VirtioNetFeature.GSO)).toSet())
            .containsExactlyInAnyOrder(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4, VirtioNetOffload.TSO6,
                VirtioNetOffload.ECN);
    }

    @Test
    void aFrontEndWithoutHeaderGetsNoOffload() {
        VirtioNetNegotiation agreed = VirtioNetNegotiation.negotiate(
            VnetHeaderLength.NONE, EnumSet.of(CSUM, HOST_TSO4, GUEST_CSUM), TAP);
        assertThat(agreed.backendLength()).isSameAs(VnetHeaderLength.NONE);
        assertThat(agreed.toBackend().isEmpty()).isTrue();
        assertThat(agreed.toFrontEnd().isEmpty()).isTrue();
        assertThat(agreed.backendGives().isEmpty()).isTrue();
    }

    @Test
    void theNearestLengthIsTaken() {
        VirtioNetBackend only10 = new VirtioNetBackend(List.of(VnetHeaderLength.NONE, VnetHeaderLength.LEGACY),
            VirtioNetOffloads.ALL, VirtioNetOffloads.NONE, true);
        assertThat(VirtioNetNegotiation.negotiate(VnetHeaderLength.MERGEABLE, Set.of(), only10).backendLength())
            .isSameAs(VnetHeaderLength.LEGACY);
        VirtioNetBackend only12 = new VirtioNetBackend(List.of(VnetHeaderLength.MERGEABLE),
            VirtioNetOffloads.ALL, VirtioNetOffloads.NONE, true);
        assertThat(VirtioNetNegotiation.negotiate(VnetHeaderLength.LEGACY, Set.of(), only12).backendLength())
            .isSameAs(VnetHeaderLength.MERGEABLE);
        assertThat(VirtioNetNegotiation.negotiate(VnetHeaderLength.NONE, Set.of(), only12).backendLength())
            .isSameAs(VnetHeaderLength.MERGEABLE);
    }

    @Test
    void aRefusalByTheBackendIsTakenBack() {
        Set<VirtioNetFeature> wanted = EnumSet.of(CSUM, HOST_TSO4, GUEST_CSUM, GUEST_TSO4, GUEST_TSO6);
        VirtioNetBackend refusing = TAP.without(VirtioNetOffloads.NONE, VirtioNetOffloads.of(VirtioNetOffload.TSO6));
        VirtioNetNegotiation agreed = VirtioNetNegotiation.negotiate(VnetHeaderLength.MERGEABLE, wanted, refusing);
        assertThat(agreed.toFrontEnd()).isEqualTo(CSUM_TSO4);
        assertThat(agreed.refused(wanted)).containsExactly(GUEST_TSO6);

        VirtioNetBackend withoutCsum =
            TAP.without(VirtioNetOffloads.NONE, VirtioNetOffloads.of(VirtioNetOffload.CSUM));
        assertThat(withoutCsum.gives().isEmpty()).as("everything needs CSUM").isTrue();
        assertThat(VirtioNetNegotiation.negotiate(VnetHeaderLength.MERGEABLE, wanted,
            TAP.without(VnetHeaderLength.MERGEABLE)).backendLength()).isSameAs(VnetHeaderLength.HASH);
    }

    @Test
    void aHeaderTooShortForItsFeaturesIsRefused() {
        assertThatThrownBy(() -> VirtioNetNegotiation.negotiate(VnetHeaderLength.LEGACY, EnumSet.of(MRG_RXBUF), TAP))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("MRG_RXBUF needs a header of at least 12");
        assertThatThrownBy(() -> VirtioNetNegotiation.negotiate(
            VnetHeaderLength.MERGEABLE, EnumSet.of(HASH_REPORT), TAP))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("at least 20");
        assertThatThrownBy(() -> VirtioNetNegotiation.negotiate(
            VnetHeaderLength.TUNNEL, EnumSet.of(HOST_UDP_TUNNEL_GSO), TAP))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("not offered");
    }

    @Test
    void anImpossibleBackendIsRefused() {
        VirtioNetOffloads tsoAlone = VirtioNetOffloads.of(VirtioNetOffload.TSO4);
        assertThatThrownBy(() -> new VirtioNetBackend(
            List.of(VnetHeaderLength.LEGACY), tsoAlone, VirtioNetOffloads.NONE, true))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("takes [TSO4] lacks CSUM");
        assertThatThrownBy(() -> new VirtioNetBackend(
            List.of(), VirtioNetOffloads.NONE, VirtioNetOffloads.NONE, true))
            .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void offloadBitsAreThoseOfLinux() {
        assertThat(CSUM_TSO4.bits()).isEqualTo(3);
        assertThat(VirtioNetOffloads.ALL.bits()).isEqualTo(0x7f);
        assertThat(VirtioNetOffloads.ofBits(0x61).toSet()).containsExactlyInAnyOrder(
            VirtioNetOffload.CSUM, VirtioNetOffload.USO4, VirtioNetOffload.USO6);
        assertThatThrownBy(() -> VirtioNetOffloads.ofBits(0x80)).hasMessageContaining("0x80");
    }

    @Test
    void featureBitsAreThoseOfTheSpecification() {
        assertThat(VirtioNetFeature.ofBits(1L | 1L << 15 | 1L << 60, 1L << 3 | 1L << 40))
            .containsExactlyInAnyOrder(CSUM, MRG_RXBUF, RSS, HOST_UDP_TUNNEL_GSO);
        assertThat(VirtioNetFeature.HOST_USO.bit()).isEqualTo(56);
        assertThat(VirtioNetFeature.HOST_UDP_TUNNEL_GSO_CSUM.bit()).isEqualTo(68);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ringtap.channel.FramePorts;
import org.junit.jupiter.api.Test;

import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PortConditionsTest {
    private static final String LAST = "last";

    private static PortConditions of(String port) {
        return new PortConditions(PortOptions.of(FramePorts.load().parse(port, PortOptions.KEYS)));
    }

    /** With a last handler, as in the bridge. */
    private static EmbeddedChannel channel(PortConditions conditions, int vnetHeader) {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.pipeline().addLast(LAST, new ChannelInboundHandlerAdapter());
        conditions.addTo(channel.pipeline(), LAST, vnetHeader);
        return channel;
    }

    private static ByteBuf frame() {
        return Unpooled.directBuffer(72).writeZero(72);
    }

    @Test
    void faultsAndRatesStandInThePipeline() {
        PortConditions conditions = of("tap:a,fault=drop=1+direction=in,mtu=1400,rate=1pps+burst-frames=2+queue=1");
        EmbeddedChannel channel = channel(conditions, 12);
        assertThat(channel.writeInbound(frame())).isFalse();
        for (int i = 0; i < 5; i++) {
            channel.write(frame());
        }
        channel.flush();
        assertThat(channel.outboundMessages()).hasSize(2);
        assertThat(conditions.mayRefuse()).isTrue();
        assertThat(conditions.counts()).isEqualTo(Map.of("fault dropped", 1L, "fault corrupted", 0L,
            "fault duplicated", 0L, "fault reordered", 0L, "fault delayed", 0L, "fault overflowed", 0L,
            "rate dropped", 2L));
        channel.releaseOutbound();
        channel.finishAndReleaseAll();
    }

    @Test
    void corruptionSparesTheVnetHeader() {
        PortConditions conditions = of("tap:a,vnet=12,fault=corrupt=1+seed=1");
        EmbeddedChannel channel = channel(conditions, 12);
        for (int i = 0; i < 200; i++) {
            channel.writeInbound(frame());
            ByteBuf hit = channel.readInbound();
            assertThat(hit.slice(0, 12)).isEqualTo(Unpooled.wrappedBuffer(new byte[12]));
            assertThat(hit.slice(12, 60)).isNotEqualTo(Unpooled.wrappedBuffer(new byte[60]));
            hit.release();
        }
        assertThat(conditions.counts()).containsEntry("fault corrupted", 200L).containsEntry("fault dropped", 0L)
            .doesNotContainKey("rate dropped");
        channel.finishAndReleaseAll();
    }

    @Test
    void aPortWithoutThemHasNoHandlers() {
        PortConditions conditions = of("tap:a");
        EmbeddedChannel channel = channel(conditions, 0);
        assertThat(channel.pipeline().first()).isSameAs(channel.pipeline().get(LAST));
        assertThat(conditions.mayRefuse()).isFalse();
        assertThat(conditions.counts()).isEmpty();
        channel.finishAndReleaseAll();
    }

    @Test
    void whatIsWrongIsNamedWithThePort() {
        assertThatThrownBy(() -> of("tap:a,fault=drop=2")).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("tap:a,fault=drop=2").hasMessageContaining("drop");
        assertThatThrownBy(() -> of("tap:a,rate=fast")).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("fast");
    }
}

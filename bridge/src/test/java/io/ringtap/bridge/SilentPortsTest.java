/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.MacAddress;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Ports that carry no frames although they are open: muted by somebody, or blocked because of a storm. */
class SilentPortsTest extends PipeBridge {
    @Test
    void aMutedPortNeitherReceivesNorSends() throws Exception {
        open(2);
        BridgePort port = bridge.ports().get(1);
        assertPasses(1, 0, frame(BROADCAST, STATION_B, 1));
        assertThat(bridge.mute(port, true)).isTrue();
        assertThat(bridge.mute(port, true)).isFalse();
        assertThat(port.isMuted()).isTrue();
        assertThat(port.state()).isEqualTo(PortState.MUTED);
        assertThat(bridge.stations()).isEmpty();
        send(0, frame(STATION_B, STATION_A, 2));
        send(1, frame(BROADCAST, STATION_B, 3));
        await("both are counted", () -> port.stats().rxDrops().getOrDefault(DropReason.MUTED, 0L) == 1
            && port.stats().txDrops().getOrDefault(DropReason.MUTED, 0L) == 1);
        assertThat(bridge.stations()).extracting(Station::address).containsExactly(MacAddress.of(STATION_A));
        assertThat(received.get(0).frames).isEmpty();
        assertThat(received.get(1).frames).isEmpty();
        assertThat(bridge.mute(port, false)).isTrue();
        assertThat(port.state()).isEqualTo(PortState.UP);
        assertPasses(1, 0, frame(STATION_A, STATION_B, 4));
        assertPasses(0, 1, frame(STATION_B, STATION_A, 5));
        await("told", () -> listener.events.contains("unmuted " + port));
        assertThat(listener.events).containsOnlyOnce("muted " + port);
    }

    @Test
    void onlyAPortOfTheBridgeIsMuted() throws Exception {
        open(2);
        BridgePort port = bridge.ports().get(1);
        bridge.removePort(port).sync();
        assertThat(bridge.mute(port, true)).isFalse();
        assertThat(port.state()).isEqualTo(PortState.GONE);
    }

    /** The hosts of two ports are joined by another way, so that a broadcast goes round for ever. */
    @Test
    void aLoopIsToldOfAndCutByBlockingOnePort() throws Exception {
        open(3, Bridge.builder().stormBlock(100));
        hosts.get(0).pipeline().addFirst(new Onward(hosts.get(1)));
        hosts.get(1).pipeline().addFirst(new Onward(hosts.get(0)));
        send(2, frame(BROADCAST, STATION_C, 1));
        await("a port is blocked", () -> bridge.ports().stream().anyMatch(p -> p.state() == PortState.BLOCKED));
        BridgePort blocked = bridge.ports().stream().filter(p -> p.state() == PortState.BLOCKED).findFirst().get();
        assertThat(blocked).isNotSameAs(bridge.ports().get(2));
        // How many depends on which sign reached the rate first: those, or the moves of the station.
        assertThat(blocked.stats().repeated()).isPositive();
        await("told", () -> listener.events.contains("blocked " + blocked));
        assertThat(listener.events).contains("storm " + blocked);
        BridgePort other = bridge.ports().get(bridge.ports().get(0) == blocked ? 1 : 0);
        await("nothing goes round", () -> {
            long before = other.stats().rxFrames();
            Thread.sleep(20);
            return other.stats().rxFrames() == before;
        });
    }

    /** Sends what a host receives out of another one. */
    private static final class Onward extends ChannelInboundHandlerAdapter {
        private final Channel to;

        Onward(Channel to) {
            this.to = to;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            to.writeAndFlush(message);
        }
    }

    @Test
    void whatIsDoneBeforeTheFirstFrameFindsThePortsOpenAndNoMembers() throws Exception {
        List<Integer> members = new ArrayList<>();
        open(2, Bridge.builder().beforeFrames(() -> {
            // A second opening is refused, as the first one holds the port.
            assertThatThrownBy(() -> FramePorts.parse(port(1)).bootstrap(group).handler(new Received()).bind().sync())
                .isInstanceOf(IOException.class);
            return members.add(bridge.ports().size());
        }));
        assertThat(members).containsExactly(0);
        assertPasses(1, 0, frame(BROADCAST, STATION_B, 1));
    }

    @Test
    void aBridgeIsNotOpenIfThatFails() {
        bridge = Bridge.builder().port(port(0)).port(port(1)).listener(listener).beforeFrames(() -> {
            throw new IOException("not allowed");
        }).build();
        assertThatThrownBy(() -> bridge.open(group).sync()).isInstanceOf(IOException.class).hasMessage("not allowed");
        assertThat(bridge.ports()).isEmpty();
        assertThat(bridge.closeFuture().awaitUninterruptibly(5000)).isTrue();
        assertThat(listener.events).isEmpty();
    }
}

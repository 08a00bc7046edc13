/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.ringtap.internal.netmap.layout.NetmapLayout.Register;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.testsuite.TestLoops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.concurrent.TimeUnit;

import static io.ringtap.netmap.Sink.frame;
import static io.ringtap.netmap.Sink.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

/** A port of netmap in the kernel has one owner, too. Netmap itself refuses other owners, in any program. */
class KernelPortOwnerTest {
    private EventLoopGroup group;

    @BeforeEach
    void start() {
        assumeThat(Netmap.isAvailable()).as("a kernel with netmap").isTrue();
        group = TestLoops.available().findFirst().orElseThrow().newGroup(1);
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (group != null) {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    private void assertBusy(String name, boolean shared) {
        ChannelFuture bound = Sink.bootstrap(group, new Sink()).option(NetmapChannelOption.SHARED, shared)
            .bind(NetmapAddress.parse(name)).awaitUninterruptibly();
        bound.channel().close().awaitUninterruptibly();
        assertThat(bound.cause()).isInstanceOfSatisfying(NetmapException.class,
            cause -> assertThat(cause.error()).isEqualTo(NetmapError.EBUSY)).hasMessageContaining("shared=on");
    }

    private NetmapChannel openShared(String name) throws InterruptedException {
        return (NetmapChannel) Sink.bootstrap(group, new Sink()).option(NetmapChannelOption.SHARED, true)
            .bind(NetmapAddress.parse(name)).sync().channel();
    }

    @ParameterizedTest
    @ValueSource(strings = {"valeRo0:a", "valeRo0:a{1", "netmap:rop}1"})
    void aSecondOpeningIsRefused(String name) throws Exception {
        NetmapChannel first = open(group, new Sink(), name);
        assertBusy(name, false);
        assertBusy(name, true);
        int id = new NetmapControl(Netmap.kernel()).portInfo(first.localAddress()).memoryId();
        assertBusy(name + '@' + id, false);
        // Another program, without special flags.
        assertThat(catchThrowableOfType(NetmapException.class,
            () -> NetmapPort.open(Netmap.kernel(), NetmapAddress.parse(name), 0, 0).close()).error())
            .isEqualTo(NetmapError.EBUSY);
        first.close().sync();
        open(group, new Sink(), name).close().sync();
    }

    @Test
    void aPortThatAnotherProgramHasOpenIsRefusedUnlessShared() throws Exception {
        try (NetmapPort other = NetmapPort.open(Netmap.kernel(), NetmapAddress.parse("valeRo1:a"),
            Register.NO_TX_POLL, 0)) {
            assertThat(other.txRings()).isNotEmpty();
            assertBusy("valeRo1:a", false);
            openShared("valeRo1:a").close().sync();
        }
    }

    @Test
    void ringsAreSharedWhereAllOfTheirUsersAskForIt() throws InterruptedException {
        NetmapChannel first = openShared("valeRo2:a");
        NetmapChannel second = openShared("valeRo2:a");
        assertThat(second.localAddress()).hasToString("valeRo2:a,shared=on,driver=kernel");
        assertBusy("valeRo2:a", false);
        first.close().sync();
        second.close().sync();
    }

    @Test
    void monitorsPipesAndOtherRingsAreNotRefused() throws InterruptedException {
        Sink received = new Sink();
        Sink sent = new Sink();
        Sink sentToo = new Sink();
        NetmapChannel[] channels = {open(group, new Sink(), "valeRo3:a-0@conf:rings=2"),
            open(group, new Sink(), "valeRo3:a-1"), open(group, new Sink(), "valeRo3:a{1"),
            open(group, received, "valeRo3:a}1"), open(group, sent, "valeRo3:a{1/t"),
            open(group, sentToo, "valeRo3:a{1/t"), open(group, new Sink(), "valeRo3:a{1/r")};
        channels[2].writeAndFlush(frame(60)).sync();
        received.assertReceives(frame(60));
        sent.assertReceives(frame(60));
        sentToo.assertReceives(frame(60));
        for (NetmapChannel channel : channels) {
            channel.close().sync();
        }
    }

    @Test
    void theHostsRingsOfACardAreAnothersThanItsOwn() throws Exception {
        try (CardPairs cards = CardPairs.create(1)) {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
            group = cards.newGroup(TestLoops.available().findFirst().orElseThrow());
            String name = "netmap:" + cards.name(0, 0);
            NetmapChannel card = open(group, new Sink(), name);
            NetmapChannel host = open(group, new Sink(), name + '^');
            assertBusy(name, false);
            assertBusy(name + '*', false);
            assertBusy(name + '^', false);
            assertBusy(name + "-0", false);
            host.close().sync();
            card.close().sync();
        }
    }

    /** The rings belong to the descriptor, which the lent frame keeps open. The message for the next owner says so. */
    @Test
    void aClosedPortIsBusyUntilItsFramesAreReleased() throws InterruptedException {
        Sink atA = new Sink();
        NetmapChannel a = open(group, atA, "valeRo4:a");
        NetmapChannel b = open(group, new Sink(), "valeRo4:b");
        b.writeAndFlush(frame(60)).sync();
        ByteBuf held = atA.take();
        a.close().sync();
        ChannelFuture again = Sink.bootstrap(group, new Sink()).bind(NetmapAddress.parse("valeRo4:a"))
            .awaitUninterruptibly();
        again.channel().close().awaitUninterruptibly();
        assertThat(again.cause()).hasMessageContaining("pinnedPorts");
        held.release();
        open(group, new Sink(), "valeRo4:a").close().sync();
        b.close().sync();
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.internal.netmap.driver.NetmapBackend;
import io.ringtap.internal.netmap.driver.NetmapFile;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.netmap.embedded.EmbeddedNetmap;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static io.ringtap.netmap.Sink.frame;
import static org.assertj.core.api.Assertions.assertThat;

/** A port has one owner, unless all of its owners allow others. */
class PortOwnerTest {
    private final EmbeddedNetmap netmap = Netmap.newEmbedded();
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final List<NetmapChannel> channels = new ArrayList<>();

    @AfterEach
    void close() throws InterruptedException {
        for (NetmapChannel channel : channels) {
            channel.close().sync();
        }
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        assertThat(netmap.stats("vale0")).isNull();
        assertThat(Netmap.pinnedPorts()).isEmpty();
    }

    private ChannelFuture bind(Sink sink, String name, boolean shared) {
        return Sink.bootstrap(group, sink).option(NetmapChannelOption.DRIVER, netmap)
            .option(NetmapChannelOption.SHARED, shared).bind(NetmapAddress.parse(name)).awaitUninterruptibly();
    }

    private NetmapChannel open(Sink sink, String name, boolean shared) {
        NetmapChannel channel = (NetmapChannel) bind(sink, name, shared).syncUninterruptibly().channel();
        channels.add(channel);
        return channel;
    }

    private AbstractThrowableAssert<?, ? extends Throwable> assertBusy(String name, boolean shared) {
        ChannelFuture bound = bind(new Sink(), name, shared);
        bound.channel().close().awaitUninterruptibly();
        return assertThat(bound.cause()).isInstanceOfSatisfying(NetmapException.class,
            cause -> assertThat(cause.error()).isEqualTo(NetmapError.EBUSY))
            .hasMessageContainingAll(NetmapAddress.parse(name).portName(), "NetmapChannelOption.SHARED", "shared=on");
    }

    @ParameterizedTest
    @CsvSource({
        "vale0:a, vale0:a", "vale0:a, vale0:a-0", "vale0:a, vale0:a/R", "vale0:a, vale0:a/T", "vale0:a-0, vale0:a",
        "vale0:a, vale0:a@conf:slots=64", "vale0:a{1, vale0:a{1", "netmap:p}x, netmap:p}x", "vale0:a/x, vale0:a",
        "vale0:a/T, vale0:a/T",
    })
    void aSecondChannelOnTheSameRingsIsRefused(String first, String second) {
        NetmapChannel holder = open(new Sink(), first, false);
        assertBusy(second, false).hasMessageContaining("this process itself, with the channel " + holder + ',');
        assertBusy(second, true).hasMessageContaining("this process itself, with the channel " + holder + ',');
    }

    @Test
    void whoeverSharesTheRingsIsNamed() {
        List<String> holders = Stream.of(open(new Sink(), "vale0:a", true), open(new Sink(), "vale0:a-0", true))
            .map(Object::toString).sorted().toList();
        assertBusy("vale0:a", false)
            .hasMessageContaining("the channel " + holders.get(0) + " and the channel " + holders.get(1) + ',');
    }

    /** Opens a port without a channel, as another program would. */
    @Test
    void whereItIsNotKnownWhoHasThePortNobodyIsNamed() throws NetmapException {
        NetmapChannel other = open(new Sink(), "vale0:b", false);
        NetmapPort port = NetmapPort.open(netmap, NetmapAddress.parse("vale0:a"), 0, 0);
        try {
            assertBusy("vale0:a", false).hasMessageContaining("another channel or program")
                .message().doesNotContain(other.id().asShortText(), "this process");
        } finally {
            port.close();
        }
    }

    @Test
    void aSecondChannelIsRefusedByTheIdOfTheRegionToo() throws Exception {
        Sink atA = new Sink();
        NetmapChannel a = open(atA, "vale0:a", false);
        NetmapChannel b = open(new Sink(), "vale0:b", false);
        int id = new NetmapControl(netmap).portInfo(a.localAddress()).memoryId();
        assertBusy("vale0:a@" + id, false);
        assertBusy("vale0:a@share=vale0:a", false);
        b.writeAndFlush(frame(60)).sync();
        atA.assertReceives(frame(60));
    }

    @Test
    void whoSharesIsRefusedWhereTheOwnerDoesNotAndTheOtherWayRound() {
        NetmapChannel alone = open(new Sink(), "vale0:a", false);
        assertBusy("vale0:a", true);
        alone.close().syncUninterruptibly();
        open(new Sink(), "vale0:a", true);
        assertBusy("vale0:a", false);
        assertBusy("vale0:a/T", false);
    }

    @Test
    void ringsAreSharedWhereAllOfTheirUsersAskForIt() {
        NetmapChannel first = open(new Sink(), "vale0:a", true);
        NetmapChannel second = open(new Sink(), "vale0:a", true);
        for (NetmapChannel channel : List.of(first, second)) {
            assertThat(channel.localAddress().isShared()).isTrue();
            assertThat(channel.localAddress()).hasToString("vale0:a,shared=on,driver=embedded");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"vale0:a", "vale0:a@conf:rings=2,slots=64", "vale0:a{x-0/R", "netmap:p}x", "vale:a-0/T",
        "vale0:a@share=vale0:other@conf:slots=64", "vale0:a{1@share=vale0:other"})
    void theAddressIsReadBack(String name) {
        if (name.contains("other")) {
            open(new Sink(), "vale0:other", false);
        }
        for (boolean shared : new boolean[] {false, true}) {
            NetmapChannel channel = open(new Sink(), name, shared);
            FramePort port = FramePorts.parse(channel.localAddress().toString());
            assertThat(port.address()).isEqualTo(NetmapAddress.parse(name));
            assertThat(port.options().getOrDefault(NetmapChannelOption.SHARED, false)).isEqualTo(shared);
            assertThat(port.options()).containsEntry(NetmapChannelOption.DRIVER, Netmap.embedded());
            NetmapAddress read = NetmapAddress.parse(channel.localAddress().toString());
            assertThat(read).isEqualTo(channel.localAddress());
            channel.close().syncUninterruptibly();

            NetmapChannel again = open(new Sink(), read.toString(), false);
            assertThat(again.localAddress()).isEqualTo(read);
            again.close().syncUninterruptibly();
        }
    }

    @Test
    void anAddressOfTheEmbeddedNetmapIsOpenedThereWithoutAnOption() {
        NetmapChannel channel = (NetmapChannel) Sink.bootstrap(group, new Sink())
            .bind(NetmapAddress.parse("valeowner:a,shared=on,driver=embedded"))
            .syncUninterruptibly().channel();
        channels.add(channel);
        assertThat(Netmap.embedded().stats("valeowner")).isNotNull();
        assertThat(channel.localAddress()).hasToString("valeowner:a,shared=on,driver=embedded");
    }

    @Test
    void anAddressOfAnotherNetmapThanTheOptionsIsRefused() {
        ChannelFuture bound = bind(new Sink(), "vale0:a,driver=kernel", false);
        bound.channel().close().awaitUninterruptibly();
        assertThat(bound.cause()).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("vale0:a,driver=kernel is a port of the kernel netmap")
            .hasMessageContaining("DRIVER is the embedded one");
    }

    @ParameterizedTest
    @CsvSource({"netmap:br-7, true", "netmap:br, false", "netmap:br^7, false", "netmap-raw:br-7, false"})
    void aRingOfNoInterfaceMayBePartOfAName(String name, boolean hint) {
        NetmapBackend noInterfaces = new NetmapBackend() {
            @Override
            public String name() {
                return "kernel";
            }

            @Override
            public NetmapFile open() throws NetmapException {
                return NetmapBackend.of(netmap).open();
            }
        };
        ChannelFuture bound = Sink.bootstrap(group, new Sink()).option(NetmapChannelOption.DRIVER, noInterfaces)
            .bind(NetmapAddress.parse(name)).awaitUninterruptibly();
        bound.channel().close().awaitUninterruptibly();
        assertThat(bound.cause()).isInstanceOfSatisfying(NetmapException.class,
            cause -> assertThat(cause.error()).isEqualTo(NetmapError.ENXIO));
        assertThat(bound.cause().getMessage().endsWith("'br-7' is written netmap-raw:br-7")).isEqualTo(hint);
    }

    @Test
    void differentPartsOfAPortHaveAnOwnerEach() {
        for (String name : new String[] {"vale0:a-0@conf:rings=2", "vale0:a-1", "vale0:b/T", "vale0:b/R", "vale0:a{1",
            "vale0:a}1", "vale0:a{2"}) {
            open(new Sink(), name, false);
        }
    }

    @Test
    void anExclusivePortIsNotShared() {
        ChannelFuture bound = bind(new Sink(), "vale0:a/x", true);
        bound.channel().close().awaitUninterruptibly();
        assertThat(bound.cause()).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("SHARED");
    }

    /** The rings end with the channel. Frames that were lent from its memory stay valid. */
    @Test
    void aClosedPortIsOpenedAnewWhileItsFramesAreStillHeld() throws InterruptedException {
        Sink atA = new Sink();
        NetmapChannel b = open(new Sink(), "vale0:b", false);
        NetmapChannel a = open(atA, "vale0:a", false);
        List<ByteBuf> held = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            b.writeAndFlush(frame(60 + i)).sync();
            held.add(atA.take());
        }
        a.close().sync();
        assertThat(a.isOpen()).isFalse();
        assertThat(Netmap.pinnedPorts()).containsExactly("vale0:a (embedded netmap)");
        Sink atNewA = new Sink();
        NetmapChannel newA = open(atNewA, "vale0:a", false);
        for (int i = 0; i < 3000; i++) {
            b.writeAndFlush(frame(200 + i % 1000)).sync();
            atNewA.assertReceives(frame(200 + i % 1000));
        }
        for (int i = 0; i < 50; i++) {
            assertThat(held.get(i)).isEqualTo(frame(60 + i));
            held.get(i).release();
        }
        assertThat(Netmap.pinnedPorts()).isEmpty();
        assertThat(newA.lentFrames()).isEqualTo(3000);
    }
}

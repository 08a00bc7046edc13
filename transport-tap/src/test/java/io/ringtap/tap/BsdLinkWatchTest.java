/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.embedded.EmbeddedChannel;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.internal.unix.Errno;
import io.ringtap.loop.Readiness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a channel hears of its interface on FreeBSD and macOS, against recorded calls. */
class BsdLinkWatchTest implements BsdLinkWatch.Observer {
    private static final int UP = 0x8803;
    private static final int DOWN = 0x8802;
    private static final int OURS = 3;
    private static final int OTHER = 4;

    private final RecordedCalls calls = new RecordedCalls();
    /** Its event loop is this thread, and its time stands still. */
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final List<Object> events = new ArrayList<>();
    private final List<BsdLinkState> states = new ArrayList<>();
    private BsdLink link;
    private BsdLinkWatch watch;
    private Readiness.Listener listener;
    private boolean wanted;
    private boolean stopsAtEvent;
    private IOException refusal;

    private void watch(BsdLink watched, BsdLinkState last) {
        channel.freezeTime();
        link = watched;
        watch = new BsdLinkWatch(link, channel.eventLoop(), (descriptor, heard) -> {
            assertThat(calls.open).contains(descriptor);
            if (refusal != null) {
                throw refusal;
            }
            listener = heard;
            return new Readiness() {
                @Override
                public void want(boolean read, boolean write) {
                    wanted = read && !write;
                }

                @Override
                public void cancel() {
                    wanted = false;
                    assertThat(calls.open).as("cancelled before it is closed").contains(descriptor);
                }
            };
        }, this, last);
        watch.start();
        channel.runPendingTasks();
    }

    private void watchTap(BsdLinkState last) throws IOException {
        calls.flags = UP;
        watch(tap(), last);
    }

    private FreeBsdTapLink tap() throws IOException {
        return new FreeBsdTapLink(calls, TunKind.TAP, calls.open("/dev/tap0", 0));
    }

    @AfterEach
    void everythingIsClosed() {
        watch.stop();
        link.close();
        channel.finishAndReleaseAll();
        assertThat(calls.open).isEmpty();
    }

    private void told(byte[]... messages) {
        calls.news.addAll(List.of(messages));
        listener.readable();
    }

    private void later(long millis) {
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    @Override
    public String name() {
        return "tap:tap0";
    }

    @Override
    public void state(BsdLinkState state) {
        states.add(state);
    }

    @Override
    public void event(DeviceEvent event) {
        events.add(event);
        if (stopsAtEvent) {
            watch.stop();
        }
    }

    @Override
    public void gone() {
        events.add("gone");
    }

    @Override
    public void leaving() {
        events.add("leaving");
    }

    @Test
    void itListensBeforeItAsks() throws IOException {
        watchTap(null);
        assertThat(calls.calls).containsSubsequence("socket 17 30000003", "setsockopt 52 ffff 20000 1", "recv 52",
            "SIOCGIFINDEX 51", "SIOCGIFFLAGS 51", "SIOCGIFMTU 51", "SIOCGIFGROUP 51", "recv 52 2");
        assertThat(states).containsExactly(new BsdLinkState(OURS, UP, 1500, false));
        assertThat(events).as("nothing has changed").isEmpty();
        assertThat(wanted).isTrue();
    }

    /** By what the messages say: asked later, the interface would be up both times. */
    @Test
    void eachChangeOfTheLinkIsReported() throws IOException {
        watchTap(null);
        told(RecordedCalls.changed(OURS, DOWN, 1500), RecordedCalls.changed(OURS, UP, 1500),
            RecordedCalls.changed(OURS, UP, 1500));
        assertThat(events).containsExactly(new DeviceEvent.LinkDown(), new DeviceEvent.LinkUp());
        assertThat(watch.last()).isEqualTo(new BsdLinkState(OURS, UP, 1500, false));
    }

    @Test
    void aChangeOfTheMtuIsReportedWhenItsStateIsKnown() throws IOException {
        watchTap(null);
        told(RecordedCalls.changed(OURS, UP, 9000));
        assertThat(events).containsExactly(new DeviceEvent.MtuChanged(1500, 9000));
        assertThat(states).last().isEqualTo(new BsdLinkState(OURS, UP, 9000, false));
    }

    @Test
    void otherInterfacesAndOtherMessagesAreNotHeardOf() throws IOException {
        watchTap(null);
        calls.calls.clear();
        byte[] ofAnotherVersion = RecordedCalls.changed(OURS, DOWN, 1500);
        ofAnotherVersion[2] = 4;
        byte[] ofARoute = RecordedCalls.changed(OURS, DOWN, 1500);
        ofARoute[3] = 1;
        byte[] cutOff = new byte[20];
        System.arraycopy(RecordedCalls.changed(OURS, DOWN, 1500), 0, cutOff, 0, cutOff.length);
        told(RecordedCalls.changed(OTHER, DOWN, 68), RecordedCalls.announced(OTHER, "tap1", 1), ofAnotherVersion,
            ofARoute, cutOff, new byte[] {2});
        assertThat(events).isEmpty();
        assertThat(calls.calls).allMatch(call -> call.equals("recv 52"));
    }

    /** Each message that was lost may have been one of ours. */
    @Test
    void lostMessagesAreMadeUpForByAsking() throws IOException {
        watchTap(null);
        calls.newsLost = true;
        calls.flags = DOWN;
        calls.mtu = 1400;
        told();
        assertThat(events).containsExactly(new DeviceEvent.MtuChanged(1500, 1400), new DeviceEvent.LinkDown());
    }

    /** Without SO_RERROR, and in the queue before the sockets, nothing says that messages were lost. */
    @Test
    void whatNobodyToldIsFoundByAskingFromTimeToTime() throws IOException {
        calls.answer("setsockopt", -Errno.ENOPROTOOPT.number());
        watchTap(null);
        calls.flags = DOWN;
        later(BsdLinkWatch.LOOK_MILLIS - 1);
        assertThat(events).isEmpty();
        later(1);
        assertThat(events).containsExactly(new DeviceEvent.LinkDown());
        calls.flags = UP;
        later(BsdLinkWatch.LOOK_MILLIS);
        assertThat(events).containsExactly(new DeviceEvent.LinkDown(), new DeviceEvent.LinkUp());
    }

    @Test
    void messagesThatWaitAreReportedBeforeAsking() throws IOException {
        watchTap(null);
        calls.news.add(RecordedCalls.changed(OURS, DOWN, 1500));
        calls.news.add(RecordedCalls.changed(OURS, UP, 1500));
        later(BsdLinkWatch.LOOK_MILLIS);
        assertThat(events).containsExactly(new DeviceEvent.LinkDown(), new DeviceEvent.LinkUp());
    }

    /** More than one read takes at once: what is left is no reason to ask for what it says. */
    @Test
    void changesThatAreHeardWhileTheStateIsAskedForAreReported() throws IOException {
        watchTap(null);
        for (int i = 0; i < 255; i++) {
            calls.news.add(RecordedCalls.changed(OTHER, UP, 1500));
        }
        told(RecordedCalls.announced(OURS, "tap0", 0), RecordedCalls.changed(OURS, DOWN, 1500),
            RecordedCalls.changed(OURS, UP, 1500));
        assertThat(events).containsExactly(new DeviceEvent.LinkDown(), new DeviceEvent.LinkUp());
    }

    /** A rename is a departure and an arrival of the same index. */
    @Test
    void aRenameIsNoEnd() throws IOException {
        watchTap(null);
        calls.name = "uplink";
        calls.flags = DOWN;
        told(RecordedCalls.announced(OURS, "tap0", 1), RecordedCalls.announced(OURS, "uplink", 0));
        assertThat(events).containsExactly(new DeviceEvent.LinkDown());
        calls.renamed = "downlink";
        calls.flags = UP;
        later(BsdLinkWatch.LOOK_MILLIS);
        assertThat(events).as("also of one that is renamed while it is asked for").last()
            .isEqualTo(new DeviceEvent.LinkUp());
    }

    /** The kernel has taken it out of its driver's group, and waits for the descriptor to be closed. */
    @Test
    void anInterfaceThatIsBeingDestroyedIsNoticed() throws IOException {
        watchTap(null);
        later(BsdLinkWatch.LOOK_MILLIS);
        assertThat(events).isEmpty();
        calls.groups.add("mine");
        calls.groups.remove("tap");
        later(BsdLinkWatch.LOOK_MILLIS);
        assertThat(events).containsExactly("leaving");
    }

    @Test
    void anInterfaceThatWasInNoGroupOfADriverIsNotBeingDestroyed() throws IOException {
        calls.groups.remove("tap");
        watchTap(null);
        later(BsdLinkWatch.LOOK_MILLIS);
        assertThat(events).isEmpty();
    }

    @Test
    void manyGroupsAreReadWhole() throws IOException {
        for (int i = 0; i < 40; i++) {
            calls.groups.add("group" + i);
        }
        watchTap(null);
        calls.groups.remove("tap");
        later(BsdLinkWatch.LOOK_MILLIS);
        assertThat(events).containsExactly("leaving");
    }

    /** As in a jail with a network stack of its own: only the descriptor says whether a device is gone. */
    @Test
    void anInterfaceOutOfReachIsNeitherDownNorGone() throws IOException {
        watchTap(null);
        calls.fail("SIOCGIFINDEX", Errno.ENXIO).fail("SIOCGIFINDEX", Errno.ENXIO);
        told(RecordedCalls.announced(OURS, "tap0", 1));
        assertThat(events).isEmpty();
        told(RecordedCalls.changed(OURS, DOWN, 1500));
        assertThat(events).as("another interface may have the index now").isEmpty();
        calls.groups.remove("tap");
        later(100);
        later(200);
        assertThat(events).as("it has come back, in other groups than before").isEmpty();
        calls.flags = DOWN;
        later(BsdLinkWatch.LOOK_MILLIS);
        assertThat(events).containsExactly(new DeviceEvent.LinkDown());
    }

    @Test
    void aDeviceThatIsGoneIsReported() throws IOException {
        watchTap(null);
        calls.fail("TAPGIFNAME", Errno.ENXIO).fail("TAPGIFNAME", Errno.ENXIO);
        told(RecordedCalls.announced(OURS, "tap0", 1));
        assertThat(events).containsExactly("gone");
    }

    @Test
    void whatHappenedBetweenTwoWatchesIsReported() throws IOException {
        watchTap(new BsdLinkState(OURS, DOWN, 9000, false));
        assertThat(events).containsExactly(new DeviceEvent.MtuChanged(9000, 1500), new DeviceEvent.LinkUp());
    }

    @Test
    void aMissingSocketIsTriedAgain() throws IOException {
        calls.flags = UP;
        FreeBsdTapLink tap = tap();
        calls.fail("socket", Errno.EMFILE);
        watch(tap, null);
        assertThat(states).isEmpty();
        refusal = new IOException("the event loop takes no more");
        later(100);
        assertThat(calls.open).as("what could not be registered is closed").containsExactly(50, 51);
        refusal = null;
        later(200);
        assertThat(states).hasSize(1);
        told(RecordedCalls.changed(OURS, DOWN, 1500));
        assertThat(events).containsExactly(new DeviceEvent.LinkDown());
    }

    @Test
    void aSocketInErrorIsReplaced() throws IOException {
        watchTap(null);
        listener.failed();
        assertThat(wanted).isFalse();
        assertThat(calls.open).doesNotContain(52);
        later(100);
        assertThat(wanted).isTrue();
        told(RecordedCalls.changed(OURS, DOWN, 1500));
        assertThat(events).containsExactly(new DeviceEvent.LinkDown());
        calls.newsLost = true;
        listener.failed();
        assertThat(wanted).as("reading clears that").isTrue();
    }

    @Test
    void aHandlerMayCloseTheChannel() throws IOException {
        watchTap(null);
        stopsAtEvent = true;
        told(RecordedCalls.changed(OURS, DOWN, 9000), RecordedCalls.changed(OURS, UP, 9000));
        assertThat(events).containsExactly(new DeviceEvent.MtuChanged(1500, 9000));
        assertThat(wanted).isFalse();
        calls.calls.clear();
        later(10 * BsdLinkWatch.LOOK_MILLIS);
        assertThat(calls.calls).isEmpty();
    }

    /** macOS does not tell the index of an interface: each message is a reason to ask. */
    @Test
    void utunsAreAskedForAtEachMessage() throws IOException {
        calls.name = "utun3";
        calls.flags = UP;
        watch(new UtunLink(calls, calls.open("utun", 0)), null);
        assertThat(calls.calls).containsSubsequence("socket 17 3", "setNonBlocking 52").doesNotContain(
            "SIOCGIFGROUP 51", "SIOCGIFINDEX 51");
        calls.flags = DOWN;
        told(RecordedCalls.changed(17, UP, 1500));
        assertThat(events).containsExactly(new DeviceEvent.LinkDown());
        calls.mtu = 1400;
        told(RecordedCalls.changed(17, DOWN, 1500));
        assertThat(events).last().isEqualTo(new DeviceEvent.MtuChanged(1500, 1400));
        assertThat(watch.last()).isEqualTo(new BsdLinkState(0, DOWN, 1400, false));
    }

    @Test
    void aSocketThatCannotBePreparedIsClosed() throws IOException {
        calls.name = "utun3";
        watch(new UtunLink(calls, calls.open("utun", 0)), null);
        calls.fail("setNonBlocking", Errno.EBADF);
        assertThatThrownBy(link::openNews).hasMessageContaining("EBADF");
        assertThat(calls.open).containsExactly(50, 51, 52);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.util.internal.StringUtil;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameChannelStats;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Commits the events of one channel to the JDK's Flight Recorder; this class is loaded only where there is one. */
final class RecordedChannel implements FlightRecord {
    private static final String CATEGORY = "Ringtap";

    private final AbstractFrameChannel channel;
    private OpenEvent open;

    RecordedChannel(AbstractFrameChannel channel) {
        this.channel = channel;
    }

    @Override
    public void opening() {
        open = new OpenEvent();
        open.begin();
    }

    @Override
    public void opened(Throwable failure) {
        OpenEvent event = open;
        open = null;
        if (event != null && event.shouldCommit()) {
            event.channel = StringUtil.simpleClassName(channel);
            event.port = port();
            event.failure = failure == null ? null : failure.toString();
            event.commit();
        }
    }

    @Override
    public void closing() {
        CloseEvent event = new CloseEvent();
        if (event.shouldCommit()) {
            FrameChannelStats stats = channel.stats();
            event.port = port();
            event.rxFrames = stats.rxFrames();
            event.rxBytes = stats.rxBytes();
            event.rxDrops = stats.rxDrops();
            event.txFrames = stats.txFrames();
            event.txBytes = stats.txBytes();
            event.txDrops = stats.txDrops();
            event.commit();
        }
    }

    @Override
    public void event(DeviceEvent what) {
        if (what instanceof DeviceEvent.LinkUp || what instanceof DeviceEvent.LinkDown) {
            LinkEvent event = new LinkEvent();
            if (event.shouldCommit()) {
                event.port = port();
                event.up = what instanceof DeviceEvent.LinkUp;
                event.commit();
            }
        } else if (what instanceof DeviceEvent.Gone gone) {
            GoneEvent event = new GoneEvent();
            if (event.shouldCommit()) {
                event.port = port();
                event.cause = String.valueOf(gone.cause());
                event.commit();
            }
        }
    }

    private String port() {
        return String.valueOf(channel.localAddress());
    }

    /** A device is opened, or could not be. */
    @Name("io.ringtap.ChannelOpen")
    @Label("Frame Channel Open")
    @Description("The device of a frame channel was opened, or could not be")
    @Category(CATEGORY)
    static final class OpenEvent extends Event {
        @Label("Channel")
        private String channel;
        @Label("Port")
        private String port;
        @Label("Failure")
        private String failure;
    }

    /** A device closes. */
    @Name("io.ringtap.ChannelClose")
    @Label("Frame Channel Close")
    @Description("The device of a frame channel was closed, and what had passed by then")
    @Category(CATEGORY)
    static final class CloseEvent extends Event {
        @Label("Port")
        private String port;
        @Label("Frames Received")
        private long rxFrames;
        @Label("Bytes Received")
        @DataAmount
        private long rxBytes;
        @Label("Received Frames Dropped")
        private long rxDrops;
        @Label("Frames Sent")
        private long txFrames;
        @Label("Bytes Sent")
        @DataAmount
        private long txBytes;
        @Label("Frames To Be Sent Dropped")
        private long txDrops;
    }

    /** The link has changed. */
    @Name("io.ringtap.Link")
    @Label("Link Change")
    @Description("The device of a frame channel carries frames, or carries none")
    @Category(CATEGORY)
    @StackTrace(false)
    static final class LinkEvent extends Event {
        @Label("Port")
        private String port;
        @Label("Up")
        private boolean up;
    }

    /** A device has gone. */
    @Name("io.ringtap.DeviceGone")
    @Label("Device Gone")
    @Description("The device of a frame channel was removed; the channel closes next")
    @Category(CATEGORY)
    @StackTrace(false)
    static final class GoneEvent extends Event {
        @Label("Port")
        private String port;
        @Label("Cause")
        private String cause;
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.ringtap.examples.bridge.view.EventLog;
import io.ringtap.examples.bridge.view.LoggedEvent;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The clients of server-sent events (HTML standard, 9.2). Each second each of them gets the state of the bridge and
 * what has happened since it heard last. One that does not read gets nothing meanwhile, and then the state of that
 * moment and the events that the log still has: it costs no memory. On the event loop.
 */
final class EventStreams {
    /** More browsers than look at a bridge. */
    static final int MAX_STREAMS = 64;

    private final Map<Channel, Long> lastIds = new LinkedHashMap<>();
    private final EventLog log;
    private final Routes routes;

    EventStreams(EventLog log, Routes routes) {
        this.log = log;
        this.routes = routes;
    }

    /** Whether there is no room for another. */
    boolean isFull() {
        return lastIds.size() >= MAX_STREAMS;
    }

    /** A client listens from now on; it is sent the state at once. */
    void add(Channel client, long lastId) {
        lastIds.put(client, lastId);
        client.closeFuture().addListener(closed -> lastIds.remove(client));
        client.write(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes("retry: 1000\n\n"))));
        send(client, state());
    }

    /** Sends what there is to whoever can take it. */
    void tick() {
        log.endOfSecond();
        if (lastIds.isEmpty()) {
            return;
        }
        ByteBuf state = state();
        for (Channel client : List.copyOf(lastIds.keySet())) {
            if (client.isWritable()) {
                send(client, state);
            }
        }
    }

    private ByteBuf state() {
        return Unpooled.wrappedBuffer(bytes("event: state\ndata: "), routes.state(), bytes("\n\n")).asReadOnly();
    }

    private void send(Channel client, ByteBuf state) {
        client.write(new DefaultHttpContent(state.retainedDuplicate()));
        long last = lastIds.getOrDefault(client, 0L);
        for (LoggedEvent event : log.after(last)) {
            client.write(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes("id: " + event.id()
                + "\nevent: log\ndata: "), routes.bytes(event), bytes("\n\n"))));
            last = event.id();
        }
        lastIds.replace(client, last);
        client.flush();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.link;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.link.LinkWatch;
import io.ringtap.internal.unix.LinkAddress;
import io.ringtap.internal.unix.LinkState;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/** An open socket of a network interface: its name, its state, and what a refused frame is told. */
public abstract class NicDevice implements FrameDevice {
    private final NicLink link;
    private final Function<String, ? extends SocketAddress> addresses;
    private final Map<DropReason, FrameRefusedException> refusals = new EnumMap<>(DropReason.class);
    private volatile LinkState state;
    private volatile String lastName;
    private volatile SocketAddress lastAddress;

    /**
     * Of a socket that is open already.
     *
     * @param link is closed with the device
     * @param addresses makes the address of an interface of the name that the kernel has told
     */
    protected NicDevice(NicLink link, Function<String, ? extends SocketAddress> addresses) {
        this.link = link;
        this.addresses = addresses;
        state = link.state();
        lastName = link.lastName();
        lastAddress = addresses.apply(lastName);
    }

    /** The interface. */
    protected final NicLink link() {
        return link;
    }

    /** Whether the interface is set up, as far as is known. Any thread. */
    protected final boolean isUp() {
        return state.isUp();
    }

    /** Whether the interface is up and has a carrier, as far as is known. Any thread. */
    public final boolean isRunning() {
        return state.isRunning();
    }

    @Override
    public final SocketAddress localAddress() {
        String name = link.lastName();
        if (!name.equals(lastName)) {
            lastAddress = addresses.apply(name);
            lastName = name;
        }
        return lastAddress;
    }

    /** For the message of an exception that names no device itself. */
    @Override
    public final String toString() {
        return lastAddress.toString();
    }

    /** The name as it is shown. */
    protected final String shownName() {
        return LinkState.shown(lastName);
    }

    /** The exception of a frame that was refused for a reason; always the same one. On the event loop. */
    protected final FrameRefusedException refusal(DropReason reason) {
        FrameRefusedException refusal = refusals.get(reason);
        if (refusal == null) {
            refusal = new FrameRefusedException(reason, this + (reason == DropReason.DOWN
                ? " is down: set it up, as with 'ip link set dev " + shownName() + " up'" : whyRefused(reason)));
            refusals.put(reason, refusal);
        }
        return refusal;
    }

    /** The end of a message, with a space in front, for any reason but that the interface is down. */
    protected abstract String whyRefused(DropReason reason);

    /** Why a device has no interface any more. */
    protected final IOException gone() {
        return new IOException(this + " is gone: the interface was deleted, or moved to another network namespace, or"
            + " that namespace was deleted");
    }

    /** What the host itself does with the frames of the interface, of which the channel has copies. Any thread. */
    public final List<String> forwardingHazards() {
        List<String> hazards = new ArrayList<>();
        try {
            String name = shownName();
            List<LinkAddress> addressed = link.addresses();
            if (!addressed.isEmpty()) {
                hazards.add(this + " is a copy of what " + name + " receives, and " + name + " has the address "
                    + addressed.get(0) + ": the host receives the same frames, and answers those for it; 'ip address"
                    + " flush dev " + name + "' takes the addresses away");
            }
            String master = link.master();
            if (master != null) {
                hazards.add(this + " is a copy of what " + name + " receives, and " + name + " belongs to "
                    + LinkState.shown(master) + ", which forwards the same frames once more; 'ip link set dev " + name
                    + " nomaster' takes it out");
            }
        } catch (IOException gone) {
            // The interface has gone since, and the channel with it.
            hazards.clear();
        }
        return hazards;
    }

    /**
     * Reports what happens to the interface until {@link #unwatch}. On the event loop, as are both consumers.
     *
     * @param gone is called once if the socket has no interface any more
     */
    public final void watch(IoEventLoop loop, DescriptorWaiter waiter, Consumer<DeviceEvent> events,
                            Consumer<IOException> gone) {
        servedBy(loop);
        link.watch(loop, waiter, new LinkWatch.Observer() {
            @Override
            public void state(LinkState now) {
                state = now;
            }

            @Override
            public void lost() {
                // What was known last is as good as anything.
            }

            @Override
            public void event(DeviceEvent event) {
                events.accept(event);
            }

            @Override
            public void gone(IOException cause) {
                gone.accept(new IOException(NicDevice.this.gone().getMessage(), cause));
            }
        });
    }

    /** Ends {@link #watch}; harmless without one. On the event loop. */
    public final void unwatch() {
        servedBy(null);
        link.unwatch();
    }

    /** An event loop serves the device from now on; {@code null} if none does. On that event loop. */
    protected void servedBy(EventLoop loop) {
        // Most devices do the same on any thread.
    }

    @Override
    public void close() {
        link.unwatch();
        link.close();
    }
}

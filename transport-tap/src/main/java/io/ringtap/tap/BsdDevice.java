/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoEventLoop;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.unix.Errno;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.util.function.Consumer;

/**
 * What the taps and TUN devices of FreeBSD and macOS share: the address family in front of each packet of a TUN device,
 * options that are set by ioctl, and events of the link.
 */
abstract class BsdDevice extends InterfaceDevice {
    private final DeviceCalls calls;
    private final BsdLink link;
    private final FamilyPrefix family;
    private final String system;
    /** On the event loop, as the next one. */
    private BsdLinkWatch watch;
    /** The state that the last watch knew; {@code null} if there was none. */
    private BsdLinkState watched;
    /** Written on the event loop. */
    private volatile int measuredMtu;

    /**
     * An open device.
     *
     * @param family what stands in front of each packet, {@code null} on a tap
     * @param system its name, for messages
     */
    BsdDevice(DeviceCalls calls, TunKind kind, BsdLink link, VnetHeaderLength vnetHeader, VirtioNetOffloads offloads,
              FamilyPrefix family, String system) throws IOException {
        super(kind, link.descriptor(), link.name(), vnetHeader, offloads, family == null ? 0 : FamilyPrefix.LENGTH);
        this.calls = calls;
        this.link = link;
        this.family = family;
        this.system = system;
        measure();
    }

    /** Makes room for the longest frame at the MTU that the interface has now. */
    private void measure() throws IOException {
        measure(link.mtu());
    }

    private void measure(int mtu) {
        measuredMtu = mtu;
        setReceiveCapacity(Math.max(receiveCapacity(), capacityFor(kind().longestFrame(mtu, false))));
    }

    @Override
    final String currentName() {
        try {
            return link.name();
        } catch (IOException closed) {
            // A message still has to name it.
            return lastAddress().name();
        }
    }

    @Override
    final long receive(ByteBuf into, int room) {
        return calls.read(descriptor(), into);
    }

    @Override
    public final void truncated(FrameSink sink) throws IOException {
        sink.drop(DropReason.TRUNCATED);
        measure();
    }

    @Override
    final boolean isGone(long error) {
        return Errno.ENXIO.is(error) || Errno.EBADF.is(error);
    }

    /** What becomes of a write: one of nothing, without an error, is how the driver drops frames while it is down. */
    final int written(long n) throws IOException {
        if (n == 0) {
            throw refusal(DropReason.DOWN);
        }
        return outcome(n);
    }

    /** write(2) of a frame, behind its address family where there is one. */
    final long send(ByteBuf frame) throws FrameRefusedException {
        if (family == null) {
            return calls.write(descriptor(), frame);
        }
        ByteBuf message = family.before(frame);
        if (message == null) {
            throw refusal(DropReason.REFUSED);
        }
        try {
            return calls.write(descriptor(), message);
        } finally {
            message.release();
        }
    }

    @Override
    final String upCommand() {
        return "ifconfig " + lastAddress().shownName() + " up";
    }

    @Override
    String whyRefused(DropReason reason) {
        return super.whyRefused(reason) + (reason == DropReason.REFUSED ? ", or the kernel finds it invalid" : "");
    }

    @Override
    public final DeviceDrops drops() {
        return DeviceDrops.UNKNOWN;
    }

    @Override
    public Object read(ChannelOption<?> option) throws IOException {
        if (option == InterfaceChannelOption.MTU) {
            return link.mtu();
        }
        if (option == InterfaceChannelOption.UP) {
            return link.isUp();
        }
        return super.read(option);
    }

    @Override
    public void change(ChannelOption<?> option, Object value) throws IOException {
        if (option == InterfaceChannelOption.MTU) {
            TapSettings.requireNone(TapSettings.mtuProblem(FreeBsdTap.MIN_MTU, kind(), (Integer) value));
            link.setMtu((Integer) value);
            measure();
        } else if (option == InterfaceChannelOption.UP) {
            link.setUp((Boolean) value);
        } else {
            throw new IllegalStateException(option.name() + " of " + lastAddress()
                + " cannot be changed while the channel is active on " + system);
        }
    }

    @Override
    public final void watch(IoEventLoop loop, DescriptorWaiter waiter, Consumer<DeviceEvent> events,
                            Consumer<IOException> gone) {
        BsdLinkWatch.Observer observer = new BsdLinkWatch.Observer() {
            @Override
            public String name() {
                return lastAddress().toString();
            }

            @Override
            public void state(BsdLinkState state) {
                if (state.mtu() != measuredMtu) {
                    measure(state.mtu());
                }
            }

            @Override
            public void event(DeviceEvent event) {
                events.accept(event);
            }

            @Override
            public void gone() {
                gone.accept(failure());
            }

            @Override
            public void leaving() {
                InterfaceAddress address = localAddress();
                gone.accept(new IOException(address + " is gone: it is being destroyed, as by 'ifconfig "
                    + address.shownName() + " destroy', for which the kernel waits until the channel is closed"));
            }
        };
        watch = new BsdLinkWatch(link, loop, waiter, observer, watched);
        watch.start();
    }

    @Override
    public final void unwatch() {
        if (watch != null) {
            watch.stop();
            watched = watch.last();
            watch = null;
        }
    }

    @Override
    public final void close() {
        unwatch();
        link.close();
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.EventLoop;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.FrameChannelConfig;
import io.ringtap.loop.Readiness;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;

/** A channel over a device in memory, which accepts every frame and delivers those that a test provides. */
public class StandInChannel extends AbstractFrameChannel {
    private final FrameChannelConfig config = new DefaultFrameChannelConfig(this);
    private final Device opens;
    private final Queue<IOException> failures = new ConcurrentLinkedQueue<>();

    /** Makes a channel that opens the device by bind. */
    public StandInChannel(Device device) {
        opens = device;
    }

    /** Makes a channel over a device that is open already. */
    public static StandInChannel adopted(Device device) {
        StandInChannel channel = new StandInChannel(device);
        channel.adopt(device);
        return channel;
    }

    /** Changes the port, as a transport does whose guest has connected again. Any thread. */
    public void change(VirtioNetHeader header, VirtioNetOffloads takes, VirtioNetOffloads gives) {
        changeBackend(() -> opens.set(header, takes, gives));
    }

    /** Has the next attempts to open the device fail. */
    public StandInChannel failing(List<? extends IOException> causes) {
        failures.addAll(causes);
        return this;
    }

    /** How many attempts are still to fail. */
    public int failuresLeft() {
        return failures.size();
    }

    @Override
    protected FrameDevice openDevice(SocketAddress localAddress) throws IOException {
        IOException failure = failures.poll();
        if (failure != null) {
            throw failure;
        }
        return opens;
    }

    @Override
    protected boolean needsDescriptor() {
        return false;
    }

    @Override
    public FrameChannelConfig config() {
        return config;
    }

    @Override
    public LinkLayer linkLayer() {
        return LinkLayer.ETHERNET;
    }

    /** The device of the channel. Once it is open, all methods are called on the event loop. */
    public static class Device implements FrameDevice {
        /** The frames that were written, oldest first. Any thread. */
        public final List<byte[]> written = new CopyOnWriteArrayList<>();
        private final Queue<ByteBuf> toRead = new ArrayDeque<>();
        private VirtioNetHeader header;
        private VirtioNetBackend backend;
        private Readiness.Listener listener;
        private boolean wanted;
        /** What runs the tasks of a registration that was cancelled; {@code null} if nothing holds them back. */
        private Executor release;

        /** A device without a header. */
        public Device() {
            set(VirtioNetHeader.of(VnetHeaderLength.NONE), VirtioNetOffloads.NONE, VirtioNetOffloads.NONE);
        }

        /** Sets the layout of its frames. */
        public Device set(VirtioNetHeader layout, VirtioNetOffloads takes, VirtioNetOffloads gives) {
            header = layout;
            backend = new VirtioNetBackend(EnumSet.of(layout.length()), takes, gives, true);
            return this;
        }

        /** Has an event loop that is left hold the device until this runs a task. */
        public Device releasedBy(Executor executor) {
            release = executor;
            return this;
        }

        /** Delivers frames, within this call if the channel is reading. */
        public void deliver(ByteBuf... frames) {
            toRead.addAll(List.of(frames));
            if (wanted) {
                listener.readable();
            }
        }

        /** Who is told of its events, once it is open. */
        public Readiness.Listener listener() {
            return listener;
        }

        @Override
        public Readiness readiness(EventLoop loop, DescriptorWaiter waiter, Readiness.Listener told) {
            listener = told;
            return new Readiness() {
                @Override
                public void want(boolean read, boolean write) {
                    boolean begins = read && !wanted;
                    wanted = read;
                    if (begins && !toRead.isEmpty()) {
                        loop.execute(() -> {
                            if (wanted) {
                                listener.readable();
                            }
                        });
                    }
                }

                @Override
                public void cancel() {
                    wanted = false;
                }

                @Override
                public Executor whenReleased() {
                    return release;
                }
            };
        }

        @Override
        public void read(FrameSink sink) {
            while (!toRead.isEmpty() && sink.frame(toRead.poll())) {
                continue;
            }
        }

        @Override
        public int write(ByteBuf frame) {
            written.add(ByteBufUtil.getBytes(frame));
            return WRITTEN;
        }

        @Override
        public SocketAddress localAddress() {
            return new InetSocketAddress(1);
        }

        @Override
        public int descriptor() {
            return -1;
        }

        @Override
        public int vnetHeaderLength() {
            return header.bytes();
        }

        @Override
        public VirtioNetHeader vnetHeader() {
            return header;
        }

        @Override
        public VirtioNetBackend vnetBackend() {
            return backend;
        }

        @Override
        public void endOfFlush() {
        }

        @Override
        public IOException failure() {
            return new IOException("of this test");
        }

        @Override
        public DeviceDrops drops() {
            return DeviceDrops.UNKNOWN;
        }

        @Override
        public void close() {
            for (ByteBuf frame; (frame = toRead.poll()) != null;) {
                frame.release();
            }
        }
    }
}

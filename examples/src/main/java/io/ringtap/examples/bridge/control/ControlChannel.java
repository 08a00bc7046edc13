/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.control;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.Future;
import io.ringtap.channel.DescriptorSocket;
import io.ringtap.loop.PollIoEvent;
import io.ringtap.loop.PollIoHandle;
import io.ringtap.loop.PollIoOps;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * A connection to the control socket: bytes as {@link ByteBuf}s both ways, and in front of the line that they came
 * with, descriptors as a {@link DescriptorSocket.Received}. On an event loop of {@link
 * io.ringtap.loop.PollIoHandler}.
 */
final class ControlChannel extends AbstractChannel {
    private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);
    private static final int BUFFER = 4096;
    /** How often one that sends without end is read before others have their turn. */
    private static final int READS = 16;

    private final DescriptorSocket socket;
    private final DefaultChannelConfig config = new DefaultChannelConfig(this) {
        @Override
        protected void autoReadCleared() {
            reading = false;
            update();
        }
    };
    private IoRegistration registration;
    private boolean reading;
    private boolean writing;
    private volatile boolean open = true;

    /** Over a connected socket, which this channel owns. */
    ControlChannel(DescriptorSocket socket) {
        super(null);
        this.socket = socket;
    }

    private final class Handle implements PollIoHandle {
        @Override
        public int fd() {
            return socket.descriptor();
        }

        @Override
        public void handle(IoRegistration ignored, IoEvent event) {
            PollIoOps ready = ((PollIoEvent) event).ops();
            if (ready.contains(PollIoOps.POLLIN) && reading) {
                readable();
            } else if (ready.contains(PollIoOps.POLLERR.with(PollIoOps.POLLHUP).with(PollIoOps.POLLNVAL))) {
                // It comes again and again, and whoever has gone reads no answer.
                unsafe().close(voidPromise());
            }
            if (open && writing && ready.contains(PollIoOps.POLLOUT)) {
                ((ControlUnsafe) unsafe()).writable();
            }
        }

        @Override
        public void close() {
            unsafe().close(voidPromise());
        }
    }

    private final class ControlUnsafe extends AbstractUnsafe {
        @Override
        public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
            promise.tryFailure(new UnsupportedOperationException("it is connected"));
        }

        void writable() {
            flush0();
        }
    }

    private void readable() {
        boolean ended = false;
        IOException failure = null;
        for (int i = 0; i < READS && reading && !ended && failure == null; i++) {
            DescriptorSocket.Received along = new DescriptorSocket.Received();
            ByteBuf buffer = alloc().buffer(BUFFER);
            try {
                int received = socket.receive(buffer.internalNioBuffer(0, BUFFER), along);
                if (received == 0) {
                    break;
                }
                ended = received < 0;
                if (!ended) {
                    buffer.writerIndex(received);
                    deliver(buffer.retain(), along);
                }
            } catch (IOException e) {
                failure = e;
            } finally {
                buffer.release();
                if (ended || failure != null) {
                    along.close();
                }
            }
        }
        pipeline().fireChannelReadComplete();
        if (failure != null) {
            pipeline().fireExceptionCaught(failure);
        } else if (ended) {
            unsafe().close(voidPromise());
        }
    }

    /**
     * The kernel puts bytes that have no descriptors together with those that have, and ends there (unix(7)): so the
     * last byte is one that the descriptors were sent with, and they are for the line that it is in.
     */
    private void deliver(ByteBuf bytes, DescriptorSocket.Received along) {
        if (!along.descriptors().isEmpty()) {
            int before = bytes.indexOf(bytes.writerIndex() - 1, bytes.readerIndex(), (byte) '\n');
            if (before >= 0) {
                pipeline().fireChannelRead(bytes.readRetainedSlice(before + 1 - bytes.readerIndex()));
            }
            pipeline().fireChannelRead(along);
        }
        pipeline().fireChannelRead(bytes);
    }

    private void update() {
        if (registration != null && open) {
            PollIoOps ops = PollIoOps.POLLERR;
            ops = reading ? ops.with(PollIoOps.POLLIN) : ops;
            registration.submit(writing ? ops.with(PollIoOps.POLLOUT) : ops);
        }
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new ControlUnsafe();
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return loop instanceof IoEventLoop io && io.isCompatible(PollIoHandle.class);
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        ((IoEventLoop) eventLoop()).register(new Handle()).addListener((Future<IoRegistration> registered) -> {
            if (registered.isSuccess()) {
                registration = registered.getNow();
                update();
                promise.setSuccess();
            } else {
                promise.setFailure(registered.cause());
            }
        });
    }

    @Override
    protected void doDeregister() {
        if (registration != null) {
            registration.cancel();
            registration = null;
        }
    }

    @Override
    protected void doBeginRead() {
        if (!reading) {
            reading = true;
            update();
        }
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer out) throws IOException {
        writing = false;
        for (ByteBuf bytes = (ByteBuf) out.current(); bytes != null; bytes = (ByteBuf) out.current()) {
            ByteBuffer rest = bytes.nioBuffer();
            while (rest.hasRemaining() && socket.send(rest) > 0) {
                // Until all is sent, or there is no room.
            }
            bytes.skipBytes(bytes.readableBytes() - rest.remaining());
            if (rest.hasRemaining()) {
                writing = true;
                break;
            }
            out.remove();
        }
        update();
    }

    @Override
    protected Object filterOutboundMessage(Object message) {
        if (message instanceof ByteBuf) {
            return message;
        }
        throw new UnsupportedOperationException("no bytes: " + message.getClass());
    }

    @Override
    protected void doBind(SocketAddress address) {
        throw new UnsupportedOperationException("it is connected");
    }

    @Override
    protected void doDisconnect() {
        doClose();
    }

    /** The registration ends before the descriptor is closed, whose number may be given out again at once. */
    @Override
    protected void doClose() {
        open = false;
        doDeregister();
        socket.close();
    }

    @Override
    protected SocketAddress localAddress0() {
        return null;
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return null;
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isActive() {
        return open;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;

import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;

/**
 * Has a bind whose device is {@linkplain DeviceBusyException busy} tried again by a timer of the event loop, until it
 * succeeds, the channel closes, or it was tried long enough. Everything else goes on to the channel. On the event loop.
 */
final class PatientUnsafe implements Channel.Unsafe {
    /** At first; each pause is twice as long as the one before, as an attempt may be costly. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final Channel channel;
    private final Channel.Unsafe unsafe;
    /** The bind under way, {@code null} without one. */
    private ChannelPromise binding;

    PatientUnsafe(Channel channel, Channel.Unsafe unsafe) {
        this.channel = channel;
        this.unsafe = unsafe;
    }

    @Override
    public void bind(SocketAddress localAddress, ChannelPromise promise) {
        if (!promise.setUncancellable()) {
            return;
        }
        if (binding != null) {
            promise.tryFailure(new IllegalStateException("a bind is under way already"));
            return;
        }
        long begin = System.nanoTime();
        ChannelPromise attempt = channel.newPromise();
        unsafe.bind(localAddress, attempt);
        if (!(attempt.cause() instanceof DeviceBusyException)) {
            complete(promise, attempt);
            return;
        }
        binding = promise;
        ChannelFutureListener closed = closing -> failBinding(promise, new ClosedChannelException());
        promise.addListener(done -> channel.closeFuture().removeListener(closed));
        channel.closeFuture().addListener(closed);
        tryLater(localAddress, promise, begin, PAUSE_NANOS);
    }

    private void tryLater(SocketAddress localAddress, ChannelPromise promise, long begin, long pause) {
        try {
            channel.eventLoop().schedule(() -> tryAgain(localAddress, promise, begin,
                Math.min(2 * pause, LONGEST_PAUSE_NANOS)), pause, TimeUnit.NANOSECONDS);
        } catch (RuntimeException | Error shutDown) {
            failBinding(promise, shutDown);
        }
    }

    private void tryAgain(SocketAddress localAddress, ChannelPromise promise, long begin, long pause) {
        if (promise.isDone()) {
            return;
        }
        boolean over = System.nanoTime() - begin >= PATIENCE_NANOS;
        if (!channel.isRegistered() || !channel.eventLoop().inEventLoop()) {
            // It moves to another event loop.
            if (over) {
                failBinding(promise, new IllegalStateException("the channel has no event loop to be bound on"));
            } else {
                tryLater(localAddress, promise, begin, pause);
            }
            return;
        }
        ChannelPromise attempt = channel.newPromise();
        unsafe.bind(localAddress, attempt);
        if (attempt.cause() instanceof DeviceBusyException && !over) {
            tryLater(localAddress, promise, begin, pause);
        } else {
            binding = null;
            complete(promise, attempt);
        }
    }

    private void failBinding(ChannelPromise promise, Throwable cause) {
        binding = null;
        promise.tryFailure(cause);
    }

    /** An attempt is complete when bind returns: what takes longer than that is told by an exception. */
    private static void complete(ChannelPromise promise, ChannelPromise attempt) {
        if (attempt.isSuccess()) {
            promise.trySuccess();
        } else {
            promise.tryFailure(attempt.cause());
        }
    }

    @Override
    public void register(EventLoop eventLoop, ChannelPromise promise) {
        unsafe.register(eventLoop, promise);
    }

    @Override
    public void connect(SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
        unsafe.connect(remoteAddress, localAddress, promise);
    }

    @Override
    public void disconnect(ChannelPromise promise) {
        unsafe.disconnect(promise);
    }

    @Override
    public void close(ChannelPromise promise) {
        unsafe.close(promise);
    }

    @Override
    public void closeForcibly() {
        unsafe.closeForcibly();
    }

    @Override
    public void deregister(ChannelPromise promise) {
        unsafe.deregister(promise);
    }

    @Override
    public void beginRead() {
        unsafe.beginRead();
    }

    @Override
    public void write(Object msg, ChannelPromise promise) {
        unsafe.write(msg, promise);
    }

    @Override
    public void flush() {
        unsafe.flush();
    }

    @Override
    public ChannelPromise voidPromise() {
        return unsafe.voidPromise();
    }

    @Override
    public ChannelOutboundBuffer outboundBuffer() {
        return unsafe.outboundBuffer();
    }

    @Override
    public SocketAddress localAddress() {
        return unsafe.localAddress();
    }

    @Override
    public SocketAddress remoteAddress() {
        return unsafe.remoteAddress();
    }

    @Override
    @SuppressWarnings("deprecation")
    public RecvByteBufAllocator.Handle recvBufAllocHandle() {
        return unsafe.recvBufAllocHandle();
    }
}

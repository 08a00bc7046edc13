/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.internal.netty.NettyRelease;
import io.ringtap.internal.unix.SystemCalls;

import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The kinds of event loop that carry Ringtap's channels, by the names that an application's {@code --loop} option
 * takes. A kind whose Netty classes are not on the class path is unavailable and has no other effect.
 *
 * <pre>{@code
 * EventLoopGroup group = new MultiThreadIoEventLoopGroup(FrameLoop.named("auto").newFactory());
 * }</pre>
 *
 * <p>Close the channels before their group shuts down. Netty's own handlers close what is left only if the loop comes
 * round once more after {@code shutdownGracefully}, which it may not do if there is no quiet period: sockets of Netty's
 * then stay open. {@link PollIoHandler} and {@link SpinningIoHandler} close all that is registered in any case.
 * Ringtap's channels also hear of the end from the event loop itself, which covers most of the other cases.
 */
public enum FrameLoop {
    // Lambdas and no method references: linking one of those loads the class, which may not be there.
    /** Linux epoll, with netty-transport-native-epoll. */
    EPOLL("EpollIoHandler", "netty-transport-native-epoll", "io.netty.channel.epoll.EpollIoHandler",
        () -> Epoll.unavailabilityCause(), () -> EpollIoHandler.newFactory()),
    /** Linux io_uring, with netty-transport-native-io_uring. */
    IO_URING("IoUringIoHandler", "netty-transport-native-io_uring", "io.netty.channel.uring.IoUringIoHandler",
        () -> IoUring.unavailabilityCause(), () -> IoUringIoHandler.newFactory()),
    /** BSD and macOS kqueue, with netty-transport-native-kqueue; Netty publishes its native part for macOS only. */
    KQUEUE("KQueueIoHandler", "netty-transport-native-kqueue", "io.netty.channel.kqueue.KQueueIoHandler",
        () -> KQueue.unavailabilityCause(), () -> KQueueIoHandler.newFactory()),
    /** POSIX poll(2) through jnr-ffi, with nothing of Netty's that is native; carries Ringtap's channels alone. */
    POLL("PollIoHandler", "jnr-ffi", "io.ringtap.loop.PollIoHandler", () -> {
        SystemCalls.load();
        return null;
    }, () -> PollIoHandler.newFactory());

    /** The name that stands for {@link #preferred()}. */
    public static final String AUTO = "auto";

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(FrameLoop.class);
    private static final AtomicBoolean TOLD = new AtomicBoolean();

    private final String handlerName;
    private final String artifact;
    private final String handlerClass;
    private final Supplier<Throwable> cause;
    /** Makes an {@link IoHandlerFactory}, which Netty 4.1 lacks: named as a type, it would break this class there. */
    private final Supplier<Object> factory;

    FrameLoop(String handlerName, String artifact, String handlerClass, Supplier<Throwable> cause,
              Supplier<Object> factory) {
        this.handlerName = handlerName;
        this.artifact = artifact;
        this.handlerClass = handlerClass;
        this.cause = cause;
        this.factory = factory;
    }

    /**
     * The kind of this name.
     *
     * @param name {@code auto} for the one that is {@linkplain #preferred() preferred} here, or one of {@code epoll},
     *     {@code io_uring}, {@code kqueue}, {@code poll}
     * @throws IllegalArgumentException if there is none of that name
     * @throws IllegalStateException if none works here
     */
    public static FrameLoop named(String name) {
        if (name.equals(AUTO)) {
            return preferred();
        }
        for (FrameLoop loop : values()) {
            if (loop.toString().equals(name)) {
                return loop;
            }
        }
        throw new IllegalArgumentException("no event loop is named '" + name + "' (expected: " + AUTO + ", "
            + Arrays.stream(values()).map(FrameLoop::toString).collect(Collectors.joining(", ")) + ')');
    }

    /**
     * The kind that is preferred among those that work here. Where both epoll and io_uring do, the price of a system
     * call decides: io_uring needs fewer of them, and is preferred where one is slow. The price is measured once in a
     * JVM, which takes a few milliseconds. The choice and its reason are logged once, at DEBUG.
     *
     * @throws IllegalStateException if none works, with the cause of each
     */
    public static FrameLoop preferred() {
        Throwable unfit = NettyRelease.unavailabilityCause();
        if (unfit != null) {
            throw new IllegalStateException("no event loop works here: " + unfit.getMessage(), unfit);
        }
        LoopChoice choice = LoopChoice.of(FrameLoop::unavailabilityCause, SystemCallPrice::nanos);
        if (TOLD.compareAndSet(false, true)) {
            LOGGER.debug("The {} event loop is preferred: {}", choice.loop(), choice.reason());
        }
        return choice.loop();
    }

    /** Whether it works here. */
    public boolean isAvailable() {
        return unavailabilityCause() == null;
    }

    /** Why it does not work here, saying what to do where something can be done; {@code null} if it works. */
    public Throwable unavailabilityCause() {
        Throwable unfit = NettyRelease.unavailabilityCause();
        if (unfit != null) {
            return unfit;
        }
        if (!isPresent()) {
            return new ClassNotFoundException("put " + artifact + " on the class path, which lacks " + handlerClass);
        }
        try {
            Throwable unavailable = cause.get();
            return unavailable == null ? null : explained(unavailable);
        } catch (LinkageError e) {
            return explained(e);
        }
    }

    private Throwable explained(Throwable unavailable) {
        Throwable root = unavailable;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return new UnsupportedOperationException(
            artifact + " does not work on " + System.getProperty("os.name") + ' ' + System.getProperty("os.arch")
                + " as it is here: " + root.getMessage()
                + (this == IO_URING ? UringAdvice.here(root) : ""), unavailable);
    }

    /**
     * Makes the handlers of a group of such loops.
     *
     * @throws IllegalStateException if it does not work here, with the cause and with those that do
     */
    public IoHandlerFactory newFactory() {
        Throwable unavailable = unavailabilityCause();
        if (unavailable != null) {
            String others = Arrays.stream(values()).filter(FrameLoop::isAvailable).map(FrameLoop::toString)
                .collect(Collectors.joining(", "));
            throw new IllegalStateException("the " + this + " event loop is unavailable: " + unavailable.getMessage()
                + (others.isEmpty() ? "" : "; available here: " + others), unavailable);
        }
        return (IoHandlerFactory) factory.get();
    }

    /** The simple name of its {@link io.netty.channel.IoHandler} class. Any thread. */
    public String handlerName() {
        return handlerName;
    }

    /** Whether its classes are on the class path; they are neither loaded nor linked. Any thread. */
    public boolean isPresent() {
        String resource = handlerClass.replace('.', '/') + ".class";
        ClassLoader loader = FrameLoop.class.getClassLoader();
        return (loader == null ? ClassLoader.getSystemResource(resource) : loader.getResource(resource)) != null;
    }

    /** The name, as {@link #named} takes it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.ringtap.ethernet.FrameDirection;
import io.ringtap.virtio.DropListener;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetFeature;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetNegotiation;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;

/**
 * Gives an application frames of one form, whatever virtio-net header and offloads its port has. It negotiates once the
 * port is open, and puts handlers that segment, complete checksums and convert headers between the port and the
 * application, as far as there is something to do. Plain frames, without a header and with nothing left undone:
 *
 * <pre>{@code
 * Channel tap = new Bootstrap().group(group).channel(TapChannel.class)
 *     .option(FrameChannelOption.VNET_HEADERS, List.of(VnetHeaderLength.MERGEABLE, VnetHeaderLength.NONE))
 *     .option(FrameChannelOption.OFFLOADS, VirtioNetOffloads.ALL)
 *     .handler(FrameFrontEnd.plain(handler))
 *     .bind(new TapAddress("tap0")).sync().channel();
 * }</pre>
 *
 * <p>What {@link #plain}, {@link #of} and {@link #coalescing} return may serve any number of channels, one after the
 * other or at once, if the handler that they are given may: as a {@link ChannelInitializer} does. Each channel gets a
 * {@code FrameFrontEnd} of its own, to be found by {@code channel.pipeline().get(FrameFrontEnd.class)}.
 *
 * <p>The handlers stand in front of this one, which costs a frame nothing. They are there before the first frame is
 * read, and before the promise of {@code bind} is completed, so that a listener of that promise may write. A {@link
 * Negotiated} event tells the handlers behind what was agreed, before {@code channelActive}, or right after it where
 * the port was open before the channel was registered. Frames that one of the handlers drops are counted in {@link
 * FrameChannel#stats()}. Batches are taken apart where there is something to do with their frames, and pass whole where
 * there is not: handlers of single frames need an {@link io.ringtap.ethernet.UnbatchingHandler} in front of them if
 * {@link FrameChannelOption#READ_BATCHES} is set.
 *
 * <p>When the port changes later ({@link DeviceEvent.BackendChanging}), what the handlers hold passes on, and they are
 * replaced by those that the change asks for; the application's header stays. An application whose own wishes change
 * calls {@link #renegotiate}.
 *
 * <p>A channel that is no {@link FrameChannel}, as an {@code EmbeddedChannel}, has no port to ask: {@link #over} tells
 * what it would have answered. One instance for each channel, and no second one in the pipeline; added to a pipeline
 * without an executor of its own.
 */
public final class FrameFrontEnd extends ChannelDuplexHandler {
    private static final VirtioNetOffloads JOINED = VirtioNetOffloads.of(VirtioNetOffload.CSUM,
        VirtioNetOffload.TSO4, VirtioNetOffload.TSO6, VirtioNetOffload.USO4, VirtioNetOffload.USO6);
    private static final DropListener NOWHERE = (direction, reason) -> { };

    private final VirtioNetHeader application;
    private final boolean coalesces;
    private Set<VirtioNetFeature> features;
    private VirtioNetOffloads joined;
    private DropListener drops = NOWHERE;
    private Port port;
    private boolean untold;
    /** Set once, when this is added to a pipeline. */
    private volatile ChannelHandlerContext ctx;
    private volatile FrontEndHandlers handlers;
    private volatile VirtioNetNegotiation negotiation;

    /** What the channel of a port answers when it is asked. */
    private record Port(LinkLayer link, VirtioNetHeader header, VirtioNetBackend backend) {
    }

    /**
     * A user event for the application: what was agreed with the port, at first and after each change of the port.
     *
     * @param negotiation the agreement
     */
    public record Negotiated(VirtioNetNegotiation negotiation) {
    }

    /**
     * For an application that takes frames with a header.
     *
     * @param length the header in front of each frame on the application's side, in the machine's byte order; {@link
     *     VnetHeaderLength#NONE} for none
     * @param features what the application may leave undone in frames that it writes ({@code CSUM}, {@code HOST_x}),
     *     and takes undone in frames that it reads ({@code GUEST_x})
     * @throws IllegalArgumentException if a feature needs a longer header, or is not offered
     */
    public FrameFrontEnd(VnetHeaderLength length, Collection<VirtioNetFeature> features) {
        this(length, features, false);
    }

    /**
     * For an application that takes frames with a header.
     *
     * @param coalesces whether TCP segments and UDP datagrams that arrive in a row are joined to super-frames, as far
     *     as the application takes those: it then has fewer frames to handle, and their payload is copied once
     */
    public FrameFrontEnd(VnetHeaderLength length, Collection<VirtioNetFeature> features, boolean coalesces) {
        ensureNotSharable();
        application = VirtioNetHeader.of(length);
        this.coalesces = coalesces;
        this.features = checked(features);
        joined = joinedBy(this.features);
    }

    private Set<VirtioNetFeature> checked(Collection<VirtioNetFeature> wanted) {
        VirtioNetNegotiation.negotiate(application.length(), wanted, VirtioNetBackend.PLAIN);
        return wanted.isEmpty() ? EnumSet.noneOf(VirtioNetFeature.class) : EnumSet.copyOf(wanted);
    }

    private VirtioNetOffloads joinedBy(Set<VirtioNetFeature> wanted) {
        return coalesces ? joinable(VirtioNetOffloads.ofGuestFeatures(wanted)) : VirtioNetOffloads.NONE;
    }

    private VirtioNetOffloads joinable(VirtioNetOffloads offloads) {
        return application.length() == VnetHeaderLength.NONE ? VirtioNetOffloads.NONE
            : offloads.and(JOINED).honoured();
    }

    /**
     * Tells what a channel that is no {@link FrameChannel} would answer, before this is added to its pipeline. A {@link
     * FrameChannel} is asked itself, whatever this tells.
     *
     * @param link what its frames begin with
     * @param header how the header in front of each lies
     * @param backend what may be left undone in frames that are written to it and read from it
     */
    public FrameFrontEnd over(LinkLayer link, VirtioNetHeader header, VirtioNetBackend backend) {
        port = new Port(Objects.requireNonNull(link, "link"), Objects.requireNonNull(header, "header"),
            Objects.requireNonNull(backend, "backend"));
        return this;
    }

    /**
     * Sets who learns of each frame that one of the handlers drops, on the event loop, after the channel has counted
     * it. To be called before this is added to a pipeline.
     */
    public FrameFrontEnd onDrop(DropListener listener) {
        drops = Objects.requireNonNull(listener, "listener");
        return this;
    }

    /** For an application whose frames have no header and nothing left undone, both ways. */
    public static ChannelHandler plain(ChannelHandler handler) {
        return of(VnetHeaderLength.NONE, Set.of(), handler);
    }

    /**
     * For an application that takes frames with a header.
     *
     * @param length as the constructor has it
     * @param features as the constructor has it
     * @throws IllegalArgumentException if a feature needs a longer header, or is not offered
     */
    public static ChannelHandler of(VnetHeaderLength length, Collection<VirtioNetFeature> features,
                                    ChannelHandler handler) {
        return new Initializer(length, features, false, handler);
    }

    /**
     * For an application that takes frames with a header, and wants those that arrive in a row joined to super-frames.
     *
     * @param length as the constructor has it
     * @param features as the constructor has it
     * @throws IllegalArgumentException if a feature needs a longer header, or is not offered
     */
    public static ChannelHandler coalescing(VnetHeaderLength length, Collection<VirtioNetFeature> features,
                                            ChannelHandler handler) {
        return new Initializer(length, features, true, handler);
    }

    private static final class Initializer extends ChannelInitializer<Channel> {
        private final VnetHeaderLength length;
        private final Set<VirtioNetFeature> features;
        private final boolean coalesces;
        private final ChannelHandler handler;

        Initializer(VnetHeaderLength length, Collection<VirtioNetFeature> features, boolean coalesces,
                    ChannelHandler handler) {
            this.length = length;
            this.features = new FrameFrontEnd(length, features, coalesces).features;
            this.coalesces = coalesces;
            this.handler = Objects.requireNonNull(handler, "handler");
        }

        @Override
        protected void initChannel(Channel channel) {
            requireFrameChannel(channel);
            channel.pipeline().addLast(new FrameFrontEnd(length, features, coalesces), handler);
        }
    }

    private static FrameChannel requireFrameChannel(Channel channel) {
        if (channel instanceof FrameChannel frameChannel) {
            return frameChannel;
        }
        throw new IllegalStateException(channel + " is no FrameChannel, so that its port cannot be asked: add a"
            + " FrameFrontEnd to its pipeline that is told by over(...)");
    }

    /**
     * What was agreed with the port, seen from the application as the front end and from the port as the backend.
     *
     * @return {@code null} before the port is open. Any thread.
     */
    public VirtioNetNegotiation negotiation() {
        return negotiation;
    }

    /**
     * Changes what the application leaves undone in frames that it writes and takes undone in frames that it reads; its
     * header stays what it was. The handlers are replaced if the change asks for others, and never during a read round:
     * what they hold passes on before, in the form that was agreed on then. A frame that was written before the change
     * is done still has the former form; see to it that nobody reads or writes the new form too early. Any thread.
     *
     * @param features as the constructor has it
     * @return done on the event loop, when the change is made; before the port is open it is part of the first
     *     agreement. It fails if this is in no pipeline, or its event loop has ended. It is not done while the event
     *     loop is busy
     * @throws IllegalArgumentException if a feature needs a longer header, or is not offered
     */
    public Future<Void> renegotiate(Collection<VirtioNetFeature> features) {
        Set<VirtioNetFeature> wanted = checked(features);
        return change(wanted, joinedBy(wanted));
    }

    /**
     * As {@link #renegotiate(Collection)}, for an application that wants other super-frames joined than those that it
     * takes.
     *
     * @param coalesced to what segments and datagrams that arrive in a row are joined, whatever the constructor was
     *     told; {@link VirtioNetOffloads#NONE} for nothing
     */
    public Future<Void> renegotiate(Collection<VirtioNetFeature> features, VirtioNetOffloads coalesced) {
        return change(checked(features), joinable(coalesced));
    }

    private Future<Void> change(Set<VirtioNetFeature> wanted, VirtioNetOffloads coalesced) {
        Promise<Void> changed = ImmediateEventExecutor.INSTANCE.newPromise();
        ChannelHandlerContext added = ctx;
        if (added == null) {
            return changed.setFailure(new IllegalStateException("the front end is in no pipeline yet"));
        }
        try {
            // Always a task, as a caller on the event loop may be in the middle of a read round.
            added.channel().eventLoop().execute(() -> changeNow(wanted, coalesced, changed));
        } catch (RejectedExecutionException | IllegalStateException ended) {
            changed.setFailure(ended);
        }
        return changed;
    }

    private void changeNow(Set<VirtioNetFeature> wanted, VirtioNetOffloads coalesced, Promise<Void> changed) {
        if (ctx.isRemoved() || !ctx.channel().isOpen()) {
            changed.setFailure(new ClosedChannelException());
            return;
        }
        if (!ctx.channel().eventLoop().inEventLoop()) {
            // The channel has moved to another event loop meanwhile.
            change(wanted, coalesced).addListener(done -> {
                if (done.isSuccess()) {
                    changed.setSuccess(null);
                } else {
                    changed.setFailure(done.cause());
                }
            });
            return;
        }
        try {
            features = wanted;
            joined = coalesced;
            if (negotiation != null) {
                negotiate();
                tell();
            }
        } catch (Throwable cause) {
            changed.setFailure(cause);
            if (handlers == null) {
                // The former ones have gone and the others are not there: frames would pass in any form.
                ctx.close();
            }
            return;
        }
        changed.setSuccess(null);
    }

    /**
     * Whether frames that were written wait here, while the super-frame before them is being cut up. A writer that does
     * not wait then has its frames queued, and dropped if too many are. Any thread.
     */
    public boolean isBehind() {
        FrontEndHandlers present = handlers;
        return present != null && present.isBehind();
    }

    /**
     * Negotiates, if the port is open.
     *
     * @throws IllegalStateException if nobody tells what the port is like, or another front end asks the same port
     */
    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        this.ctx = ctx;
        if (port == null || ctx.channel() instanceof FrameChannel) {
            requireFrameChannel(ctx.channel());
            requireOnly(ctx);
        }
        if (ctx.channel().isActive() || !(ctx.channel() instanceof FrameChannel)) {
            negotiate();
            // The handlers behind are added after this one.
            ctx.executor().execute(this::tell);
        }
    }

    @Override
    public void bind(ChannelHandlerContext ctx, SocketAddress localAddress, ChannelPromise promise) {
        if (negotiation != null) {
            ctx.bind(localAddress, promise);
        } else if (promise.setUncancellable()) {
            ctx.bind(localAddress, ctx.newPromise().addListener(bound -> bound((ChannelFuture) bound, promise)));
        }
    }

    /** Frames that another one has converted are no longer what the port says, and a second conversion spoils them. */
    private void requireOnly(ChannelHandlerContext ctx) {
        for (Map.Entry<String, ChannelHandler> entry : ctx.pipeline()) {
            if (entry.getValue() instanceof FrameFrontEnd && entry.getValue() != this) {
                throw new IllegalStateException("the pipeline of " + ctx.channel() + " has a FrameFrontEnd already, '"
                    + entry.getKey() + "': remove it before another one is added");
            }
        }
    }

    /** The port is open or is not: the caller hears of it when the pipeline is ready. */
    private void bound(ChannelFuture bound, ChannelPromise promise) {
        if (!bound.isSuccess()) {
            promise.tryFailure(bound.cause());
            return;
        }
        try {
            negotiateOnce();
        } catch (Throwable cause) {
            promise.tryFailure(cause);
            ctx.close();
            return;
        }
        promise.trySuccess();
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        try {
            negotiateOnce();
        } catch (Throwable cause) {
            ctx.fireExceptionCaught(cause);
            ctx.close();
            return;
        }
        tell();
        ctx.fireChannelActive();
    }

    private void negotiateOnce() {
        // It may have been removed while the port was being opened.
        if (negotiation == null && !ctx.isRemoved()) {
            negotiate();
            tell();
        }
    }

    /** Agrees on what is wanted with what the port is, and exchanges the handlers where others are needed. */
    private void negotiate() {
        Channel channel = ctx.channel();
        if (channel instanceof FrameChannel open) {
            port = new Port(open.linkLayer(), open.vnetHeader(), open.vnetBackend());
        }
        // An open port gives what it gives, also if it could have been restricted before.
        VirtioNetBackend backend = new VirtioNetBackend(EnumSet.of(port.header.length()), port.backend.takes(),
            port.backend.gives(), false);
        VirtioNetNegotiation agreed = VirtioNetNegotiation.negotiate(application.length(), features, backend);
        FrontEndHandlers needed = new FrontEndHandlers(port.link, port.header, application, agreed, joined,
            channel instanceof FrameChannel open ? counting(open.stats()) : drops);
        FrontEndHandlers present = handlers;
        if (present == null || !present.doTheSameAs(needed)) {
            removeHandlers();
            needed.addBefore(ctx);
            handlers = needed;
        }
        untold |= negotiation == null || !agreed.equals(negotiation);
        negotiation = agreed;
    }

    private DropListener counting(FrameChannelStats stats) {
        DropListener listener = drops;
        return (direction, reason) -> {
            if (direction == FrameDirection.INBOUND) {
                stats.countRxDrop(reason.dropReason());
            } else {
                stats.countTxDrop(reason.dropReason());
            }
            listener.dropped(direction, reason);
        };
    }

    private void tell() {
        if (untold && !ctx.isRemoved()) {
            untold = false;
            ctx.fireUserEventTriggered(new Negotiated(negotiation));
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof DeviceEvent.BackendChanging) {
            removeHandlers();
        } else if (event instanceof DeviceEvent.BackendChanged changed && port != null) {
            removeHandlers();
            port = new Port(port.link, changed.header(), changed.backend());
            try {
                negotiate();
                untold = true;
                tell();
            } catch (Throwable cause) {
                // The former handlers have gone and no others are there: frames would pass in any form.
                ctx.fireExceptionCaught(cause);
                ctx.close();
            }
        }
        ctx.fireUserEventTriggered(event);
    }

    private void removeHandlers() {
        FrontEndHandlers present = handlers;
        if (present != null) {
            handlers = null;
            present.remove(ctx.pipeline());
        }
    }

    /** Takes its handlers along; when the channel is closed, each goes by itself. */
    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (ctx.channel().isOpen()) {
            removeHandlers();
        }
    }
}

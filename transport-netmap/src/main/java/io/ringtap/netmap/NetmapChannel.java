/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.channel.PortIdentity;
import io.ringtap.channel.spi.AbstractFrameChannel;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.internal.loop.RepeatedTask;
import io.ringtap.internal.netmap.device.NetmapDevice;
import io.ringtap.internal.netmap.driver.NetmapFile;
import io.ringtap.internal.netmap.kernel.NicOffloads;
import io.ringtap.internal.netmap.layout.NetmapLayout.Register;
import io.ringtap.internal.netmap.port.DriverChoice;
import io.ringtap.internal.netmap.port.NetmapIdentity;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.internal.netmap.port.OpenPorts;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A netmap port: a network card with its rings in user space, a port of a VALE switch, or the end of a pipe.
 *
 * <pre>{@code
 * Channel port = new Bootstrap().group(group).channel(NetmapChannel.class)
 *     .handler(handler)
 *     .bind(NetmapAddress.parse("vale0:1")).sync().channel();
 * }</pre>
 *
 * <p>If the kernel has no netmap, VALE ports and pipes are those of the {@linkplain
 * io.ringtap.netmap.embedded.EmbeddedNetmap netmap in this JVM}, on any event loop. {@link #localAddress()} says which
 * netmap it is.
 *
 * <p>A port has one owner: a second channel on the same rings, in this program or another, is refused with EBUSY unless
 * both set {@link NetmapChannelOption#SHARED}.
 *
 * <p>{@code maxMessagesPerRead} is 512 frames unless set. A received frame may be a buffer of netmap, lent until it is
 * released ({@link NetmapChannelOption#LENT_BUFFERS}). If it is written to a channel whose port shares the memory
 * region, it is passed on without a copy. In a {@link io.ringtap.ethernet.FrameBatch} such a frame becomes a buffer
 * only when a handler asks for it. The {@linkplain io.ringtap.netmap package documentation} says who owns a slot and a
 * buffer when.
 *
 * <p>On a VALE switch, a writable channel does not mean that frames are delivered: the switch takes every frame, and
 * drops those whose receiver is full.
 */
public final class NetmapChannel extends AbstractFrameChannel {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(NetmapChannel.class);

    private static final long WATCH_SECONDS = 1;
    /** Frames are cheap here, and a round has two system calls regardless of their number. */
    private static final int FRAMES_A_ROUND = 512;

    private final DefaultNetmapChannelConfig config;
    private Future<?> watch;

    /** A channel on the kernel's netmap if this machine has one, and on the one in this JVM otherwise. */
    public NetmapChannel() {
        super(FRAMES_A_ROUND);
        config = new DefaultNetmapChannelConfig(this);
    }

    @Override
    public NetmapChannelConfig config() {
        return config;
    }

    @Override
    public NetmapAddress localAddress() {
        return (NetmapAddress) super.localAddress();
    }

    /** Always Ethernet. */
    @Override
    public LinkLayer linkLayer() {
        return LinkLayer.ETHERNET;
    }

    @Override
    protected PortIdentity identity(SocketAddress bound) {
        return NetmapIdentity.of((NetmapAddress) bound, config.getDriver());
    }

    /**
     * How many received frames were passed to the pipeline without a copy; 0 if the channel is not bound. Any thread.
     */
    public long lentFrames() {
        NetmapDevice open = (NetmapDevice) device();
        return open == null ? 0 : open.pool().lent();
    }

    /** How many received frames were copied; 0 if the channel is not bound. Any thread. */
    public long copiedFrames() {
        NetmapDevice open = (NetmapDevice) device();
        return open == null ? 0 : open.pool().copied();
    }

    /** How many written frames were passed on without a copy; 0 if the channel is not bound. Any thread. */
    public long swappedFrames() {
        NetmapDevice open = (NetmapDevice) device();
        return open == null ? 0 : open.pool().swapped();
    }

    /** An embedded port has no descriptor to wait on. */
    @Override
    protected boolean needsDescriptor() {
        return false;
    }

    @Override
    protected FrameDevice openDevice(SocketAddress localAddress) throws IOException {
        if (!(localAddress instanceof NetmapAddress address)) {
            throw new IllegalArgumentException("a NetmapChannel is bound to a NetmapAddress, not to " + localAddress);
        }
        config.requireValid();
        NetmapDriver driver = DriverChoice.of(address, config.getDriver());
        List<VnetHeaderLength> headers = config.possibleHeaders();
        boolean none = headers.equals(List.of(VnetHeaderLength.NONE));
        boolean shared = config.isShared() || address.isShared();
        if (shared && address.isExclusive()) {
            throw new IllegalArgumentException(address + " asks for its rings alone, by '/x', and SHARED lets others "
                + "have them: one of both only");
        }
        NetmapPort port = open(driver, address, shared, Register.NO_TX_POLL
            | (none ? 0 : Register.ACCEPT_VNET_HDR) | (shared || address.isMonitor() ? 0 : Register.EXCLUSIVE));
        boolean done = false;
        try {
            port.heldBy(this);
            int header = none ? 0 : setHeader(port, headers).bytes();
            // The emulated adapter of a card takes each slot as a frame of its own.
            NetmapDevice device = new NetmapDevice(port, address.on(driver.name(), shared), header,
                address.isVale() || address.isPipe(), config.getAllocator());
            done = true;
            LOGGER.debug("{} is open on the {} netmap", address, driver.name());
            String warning = device.isInterface() ? NicOffloads.warning(address.portName()) : null;
            if (warning != null) {
                LOGGER.warn(warning);
            }
            return device;
        } finally {
            if (!done) {
                port.close();
            }
        }
    }

    private NetmapPort open(NetmapDriver driver, NetmapAddress address, boolean shared, int flags)
        throws NetmapException {
        try {
            return NetmapPort.open(driver, address, flags, config.getLentBuffers());
        } catch (NetmapException e) {
            String advice = switch (e.error()) {
                case EBUSY -> busy(driver, address, shared);
                case ENXIO -> driver.name().equals("kernel") ? NetmapNameParser.hyphenHint(address) : "";
                default -> "";
            };
            throw advice.isEmpty() ? e : new NetmapException(e.error(), e.getMessage() + advice);
        }
    }

    private static String busy(NetmapDriver driver, NetmapAddress address, boolean shared) {
        if (OpenPorts.isPinned(driver, address)) {
            return ": a channel that was closed keeps the port until the last of its received frames is released, see "
                + "Netmap.pinnedPorts()";
        }
        List<String> holders = OpenPorts.holders(driver, address);
        String holder = holders.isEmpty() ? "another channel or program" : "this process itself, with the channel "
            + String.join(" and the channel ", holders) + ',';
        return shared ? ": " + holder + " has its rings alone; to share them, open the port there with "
            + "NetmapChannelOption.SHARED as well, as a port's name with ',shared=on'"
            : ": " + holder + " has its rings open" + (holders.isEmpty() ? ", or it belongs to a switch" : "")
            + ", and a port has one owner; to share the rings, open each of their users with "
            + "NetmapChannelOption.SHARED, as a port's name with ',shared=on'";
    }

    /**
     * Starts a periodic check. When an interface is removed, the kernel wakes nobody, and on Linux the removal waits
     * until the last user has closed the interface. It wakes nobody either when an interface is set up again, nor when
     * the port is closed that a monitor shows.
     */
    @Override
    protected void deviceAttached(IoEventLoop loop, DescriptorWaiter waiter) {
        NetmapDevice open = (NetmapDevice) device();
        open.pool().servedBy(loop);
        if (open.isInterface() || open.isMonitor()) {
            watch = RepeatedTask.every(loop, WATCH_SECONDS, TimeUnit.SECONDS, this, this::closeIfGone);
        }
    }

    @Override
    protected void deviceDetached() {
        ((NetmapDevice) device()).pool().servedBy(null);
        if (watch != null) {
            watch.cancel(false);
            watch = null;
        }
    }

    private void closeIfGone() {
        NetmapDevice open = (NetmapDevice) device();
        IOException gone = open == null ? null : open.isMonitor() ? open.blind() : open.gone();
        if (gone != null) {
            deviceGone(gone);
        }
    }

    /**
     * Gives the port the first header of those wanted that it can have. A pipe carries the header with the frame, and
     * asks nobody; both ends have to agree on it.
     */
    private static VnetHeaderLength setHeader(NetmapPort port, List<VnetHeaderLength> wanted) throws NetmapException {
        NetmapAddress address = port.address();
        if (address.isPipe()) {
            return wanted.get(0);
        }
        NetmapFile file = port.file();
        if (!address.isVale()) {
            int has = file.headerLength(address.portName());
            return wanted.stream().filter(header -> header.bytes() == has).findFirst().orElseThrow(
                () -> new NetmapException(NetmapError.ENXIO, address + " has no vnet header of "
                    + wanted.get(0).bytes() + " bytes but one of " + has
                    + ": of netmap's ports only those of a VALE switch can be given one"));
        }
        NetmapException refused = null;
        for (VnetHeaderLength header : wanted) {
            try {
                file.headerLength(address.portName(), header.bytes());
                return header;
            } catch (NetmapException e) {
                if (e.error() != NetmapError.EINVAL) {
                    throw e;
                }
                refused = refused == null ? e : refused;
            }
        }
        throw refused;
    }
}

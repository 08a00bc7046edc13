/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoEventLoop;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.IovecArray;
import io.ringtap.internal.unix.LinkState;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.function.Consumer;

/** A tap or a TUN device of Linux: one read(2) a frame, one write(2) or writev(2) a frame. */
final class LinuxTunDevice implements TapDevice {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(LinuxTunDevice.class);

    private final TunKind kind;
    private final LinuxTunLink link;
    private final int fd;
    private final VnetHeaderLength vnetHeader;
    private final VirtioNetHeader layout;
    /** {@code null} without a vnet header, where there are no super-frames. */
    private final GsoFallback fallback;
    private final VirtioNetOffloads offloads;
    private final TapSettings settings;
    private final IovecArray vector = new IovecArray();
    private final Map<DropReason, FrameRefusedException> refusals = new EnumMap<>(DropReason.class);
    /** Writes that failed and that the kernel has counted as drops all the same. Written on the event loop. */
    private volatile long refused;
    private volatile InterfaceAddress lastAddress;
    private volatile int receiveCapacity;
    private volatile int measuredMtu;
    /** Without a bound of ours the kernel has one of 2 GiB, which no queue of a tap reaches. */
    private volatile boolean sendBufferSet;
    /** The administrator has set the interface down, as far as is heard. */
    private volatile boolean down;
    /** What the interface had dropped before this channel was there, {@code null} if that is not known. */
    private final DeviceDrops dropsBefore;
    /** To be set when nothing can fail any more, {@code null} to leave it. */
    private Boolean persist;

    /**
     * An attached device.
     *
     * @param settings what it was opened with
     * @param offloads what the kernel has agreed to
     * @param state the state of its interface, {@code null} if that is not known
     */
    LinuxTunDevice(TunKind kind, LinuxTunLink link, TapSettings settings, VirtioNetOffloads offloads, LinkState state)
        throws IOException {
        this.kind = kind;
        this.link = link;
        fd = link.descriptor();
        this.settings = settings;
        vnetHeader = settings.vnetHeader();
        layout = VirtioNetHeader.of(vnetHeader,
            settings.littleEndian() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.nativeOrder());
        this.offloads = offloads;
        lastAddress = kind.address(link.name());
        fallback = vnetHeader == VnetHeaderLength.NONE ? null
            : new GsoFallback(kind.linkLayer(), layout, this::writeToKernel,
                () -> LOGGER.warn("{}: the kernel refuses super-frames that are legal: they are segmented in software"
                    + " until it takes one again", lastAddress));
        measure(state == null ? TunKind.DEFAULT_MTU : state.mtu());
        dropsBefore = state == null ? null : dropsOf(state);
        down = state != null && !state.isUp();
        persist = settings.persist();
        SendBuffers.opened(this);
    }

    /** Asks the kernel whether the device has a send buffer of a size that somebody has set. Any thread. */
    void measureSendBuffer() throws IOException {
        sendBufferSet = link.readInt(LinuxTun.TUNGETSNDBUF) != Integer.MAX_VALUE;
    }

    /** Sets how long a received frame may be; a byte more tells one that was cut off. */
    private void measure(int mtu) {
        measuredMtu = mtu;
        receiveCapacity = vnetHeader.bytes() + kind.longestFrame(mtu, !offloads.isEmpty()) + 1;
    }

    /** Under the name that was heard of last: no system call, and no lock that one is made under. */
    @Override
    public InterfaceAddress localAddress() {
        InterfaceAddress address = lastAddress;
        String name = link.lastName();
        if (!name.equals(address.name())) {
            address = kind.address(name);
            lastAddress = address;
        }
        return address;
    }

    @Override
    public int descriptor() {
        return fd;
    }

    @Override
    public int receiveCapacity() {
        return receiveCapacity;
    }

    @Override
    public void truncated(FrameSink sink) throws IOException {
        sink.drop(DropReason.TRUNCATED);
        // Somebody has raised the MTU, and the news of it is still on its way, or does not come here.
        try {
            measure(link.state().mtu());
        } catch (IOException notKnown) {
            // If the device is gone, that is what the next read says.
            measure(kind.maxMtu());
        }
    }

    @Override
    public boolean canBeFull() {
        return sendBufferSet;
    }

    @Override
    public boolean isWrittenAsIs(ByteBuf frame) {
        return fallback == null || fallback.isWrittenAsIs(frame);
    }

    @Override
    public int vnetHeaderLength() {
        return vnetHeader.bytes();
    }

    @Override
    public VirtioNetHeader vnetHeader() {
        return layout;
    }

    @Override
    public VirtioNetBackend vnetBackend() {
        // The driver takes every segmentation that the header can ask for; only what it gives is switched on or off.
        VirtioNetOffloads takes = vnetHeader == VnetHeaderLength.NONE ? VirtioNetOffloads.NONE : VirtioNetOffloads.ALL;
        return new VirtioNetBackend(EnumSet.of(vnetHeader), takes, offloads, true);
    }

    @Override
    public void read(FrameSink sink) throws IOException {
        while (true) {
            ByteBuf frame = sink.allocate(receiveCapacity);
            int room = frame.writableBytes();
            long n = SystemCalls.read(fd, NativeMemory.addressOf(frame, frame.writerIndex(), room), room);
            if (n > 0 && n < room) {
                frame.writerIndex(frame.writerIndex() + (int) n);
                if (!sink.frame(frame)) {
                    return;
                }
            } else if (n > 0) {
                truncated(sink);
                return;
            } else if (Errno.EINVAL.is(n) || Errno.EFAULT.is(n)) {
                // The kernel could not say in the vnet header what this frame needs, and has thrown it away.
                sink.drop(DropReason.MALFORMED);
                return;
            } else if (Errno.EBADFD.is(n) || Errno.EBADF.is(n)) {
                throw failure();
            } else if (!Errno.EINTR.is(n)) {
                // EAGAIN when empty or down; whatever else there is, the loop will ask again.
                return;
            }
        }
    }

    @Override
    public int write(ByteBuf frame) throws IOException {
        if (!frame.isReadable()) {
            throw refusal(DropReason.REFUSED);
        }
        return outcome(fallback == null ? writeToKernel(frame) : fallback.write(frame));
    }

    @Override
    public int writeFailed(ByteBuf frame, int error) throws IOException {
        if (Errno.EAGAIN.is(error)) {
            // Another process has given the device a send buffer.
            sendBufferSet = true;
        }
        countRefused(error);
        return outcome(fallback == null ? error : fallback.writeFailed(frame, error));
    }

    @Override
    public void givenUp() {
        if (fallback != null) {
            fallback.release();
        }
    }

    private int outcome(long n) throws IOException {
        if (n >= 0) {
            return WRITTEN;
        }
        if (Errno.EAGAIN.is(n)) {
            if (down) {
                // What fills the send buffer may drain, but the driver tells of no room until the interface is up.
                throw refusal(DropReason.DOWN);
            }
            return FULL;
        }
        if (Errno.EBADFD.is(n) || Errno.EBADF.is(n)) {
            throw failure();
        }
        throw refusal(Errno.EIO.is(n) ? DropReason.DOWN
            : Errno.ENOBUFS.is(n) || Errno.ENOMEM.is(n) ? DropReason.NO_BUFFERS
            : Errno.EMSGSIZE.is(n) ? DropReason.TOO_LONG : DropReason.REFUSED);
    }

    private long writeToKernel(ByteBuf frame) {
        long n = vector.write(fd, frame);
        countRefused(n);
        return n;
    }

    /** Notes the result of a write that the kernel counts among the drops of its interface if it refuses it. */
    private void countRefused(long n) {
        if (Errno.EIO.is(n) || Errno.ENOMEM.is(n)) {
            refused++;
        }
    }

    private FrameRefusedException refusal(DropReason reason) {
        return refusals.computeIfAbsent(reason, r -> new FrameRefusedException(r, lastAddress + whyRefused(r)));
    }

    private String whyRefused(DropReason reason) {
        switch (reason) {
            case DOWN:
                return " is down: set it up, as with 'ip link set dev " + lastAddress.shownName() + " up'";
            case NO_BUFFERS:
                return " refused a frame: the kernel has no memory for it";
            case TOO_LONG:
                return " refused a frame: it is too long";
            default:
                return " refused a frame: " + kind.malformed() + (vnetHeader == VnetHeaderLength.NONE ? ""
                    : ", or it is shorter than its vnet header of " + vnetHeader.bytes()
                        + " bytes, or the vnet header contradicts it");
        }
    }

    @Override
    public void beginLastFlush() {
        if (fallback != null) {
            fallback.beginLastFlush();
        }
    }

    @Override
    public void endOfFlush() {
        // Each frame has gone out with its own call.
        if (fallback != null) {
            fallback.endOfFlush();
        }
    }

    @Override
    public IOException failure() {
        return new IOException(lastAddress + " is gone: the interface was deleted, or its network namespace was");
    }

    @Override
    public DeviceDrops drops() {
        if (dropsBefore == null) {
            return DeviceDrops.UNKNOWN;
        }
        try {
            DeviceDrops now = dropsOf(link.state());
            // What was refused is in the channel's counters.
            return new DeviceDrops(now.received() - dropsBefore.received(),
                Math.max(0, now.sent() - dropsBefore.sent() - refused));
        } catch (IOException notKnown) {
            return DeviceDrops.UNKNOWN;
        }
    }

    /** What the interface sends is what this channel receives. */
    private static DeviceDrops dropsOf(LinkState state) {
        return new DeviceDrops(state.txDropped(), state.rxDropped());
    }

    @Override
    public Object read(ChannelOption<?> option) throws IOException {
        if (option == TapChannelOption.MTU) {
            return link.state().mtu();
        }
        if (option == TapChannelOption.MAC_ADDRESS) {
            return link.mac();
        }
        if (option == TapChannelOption.UP) {
            return link.state().isUp();
        }
        if (option == TapChannelOption.CARRIER) {
            return link.state().hasCarrier();
        }
        if (option == TapChannelOption.PERSIST) {
            return (link.flags() & LinuxTun.IFF_PERSIST) != 0;
        }
        if (option == TapChannelOption.MULTI_QUEUE) {
            return (link.flags() & LinuxTun.IFF_MULTI_QUEUE) != 0;
        }
        if (option == ChannelOption.SO_SNDBUF) {
            return link.readInt(LinuxTun.TUNGETSNDBUF);
        }
        if (option == FrameChannelOption.OFFLOADS) {
            return offloads;
        }
        if (option == FrameChannelOption.VNET_HEADER) {
            return vnetHeader;
        }
        if (option == TapChannelOption.VNET_LITTLE_ENDIAN) {
            return settings.littleEndian();
        }
        return null;
    }

    @Override
    public void change(ChannelOption<?> option, Object value) throws IOException {
        if (option == TapChannelOption.MTU) {
            TapSettings.requireNone(TapSettings.mtuProblem(kind, (Integer) value));
            link.setMtu((Integer) value);
            measure((Integer) value);
        } else if (option == TapChannelOption.MAC_ADDRESS) {
            TapSettings.requireNone(TapSettings.macProblem((MacAddress) value));
            LinuxTunOpener.check(link.setMac(((MacAddress) value).toBytes()), "set MAC " + value, lastAddress);
        } else if (option == TapChannelOption.UP) {
            link.setUp((Boolean) value);
        } else if (option == TapChannelOption.CARRIER) {
            LinuxTunOpener.check(link.ioctlInt(LinuxTun.TUNSETCARRIER, (Boolean) value ? 1 : 0),
                "ioctl(TUNSETCARRIER)", lastAddress);
        } else if (option == TapChannelOption.PERSIST) {
            LinuxTunOpener.check(link.ioctl(LinuxTun.TUNSETPERSIST, (Boolean) value ? 1 : 0),
                "ioctl(TUNSETPERSIST)", lastAddress);
        } else if (option == ChannelOption.SO_SNDBUF) {
            TapSettings.requireNone(TapSettings.sendBufferProblem((Integer) value));
            LinuxTunOpener.check(link.ioctlInt(LinuxTun.TUNSETSNDBUF, (Integer) value),
                "ioctl(TUNSETSNDBUF)", lastAddress);
            SendBuffers.changed();
        } else {
            throw new IllegalStateException(option.name() + " of " + lastAddress
                + " is fixed while the channel is active: set it before bind");
        }
    }

    @Override
    public void watch(IoEventLoop loop, DescriptorWaiter waiter, Consumer<DeviceEvent> events,
                      Consumer<IOException> gone) throws IOException {
        link.watch(loop, waiter, new LinkWatch.Observer() {
            @Override
            public void state(LinkState state) {
                down = !state.isUp();
                if (state.mtu() != measuredMtu) {
                    measure(state.mtu());
                }
            }

            @Override
            public void lost() {
                down = false;
            }

            @Override
            public void event(DeviceEvent event) {
                events.accept(event);
            }

            @Override
            public void gone(IOException cause) {
                gone.accept(new IOException(failure().getMessage(), cause));
            }
        });
        if (persist != null) {
            // Last, when the bind has succeeded but for this: one that fails leaves no new device behind.
            LinuxTunOpener.check(link.ioctl(LinuxTun.TUNSETPERSIST, persist ? 1 : 0), "ioctl(TUNSETPERSIST)",
                lastAddress);
            persist = null;
        }
    }

    @Override
    public void unwatch() {
        link.unwatch();
    }

    @Override
    public void close() {
        SendBuffers.closed(this);
        if (fallback != null) {
            fallback.release();
        }
        link.unwatch();
        link.close();
        vector.free();
    }

    /** For the message of an exception that names no device itself. */
    @Override
    public String toString() {
        return lastAddress.toString();
    }

    static SystemCallException failed(String call, int result, InterfaceAddress address, String advice) {
        return new SystemCallException(address + ": " + call, -result, advice);
    }
}

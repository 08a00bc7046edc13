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
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.channel.spi.FrameSink;
import io.ringtap.ethernet.DropReason;
import io.ringtap.internal.link.LinkWatch;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.IovecArray;
import io.ringtap.internal.unix.LinkState;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.function.Consumer;

/** A tap or a TUN device of Linux. */
final class LinuxTunDevice extends InterfaceDevice {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(LinuxTunDevice.class);

    private final LinuxTunLink link;
    private final LinuxTunOptions options;
    private final VirtioNetHeader layout;
    private final boolean littleEndian;
    /** {@code null} without a vnet header, where there are no super-frames. */
    private final GsoFallback fallback;
    private final IovecArray vector = new IovecArray();
    /** Writes that failed and that the kernel has counted as drops all the same. Written on the event loop. */
    private volatile long refused;
    private volatile int measuredMtu;
    /** Whether somebody has set one. Without, the kernel's own limit is 2 GiB, which no queue of a tap reaches. */
    private volatile boolean sendBufferSet;
    /** The administrator has set the interface down, as far as the news say. */
    private volatile boolean down;
    private volatile boolean takesSuperFrames = true;
    private boolean refusalTold;
    private Runnable whenRefused = () -> { };
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
    LinuxTunDevice(TunKind kind, LinuxTunLink link, LinuxTunOptions options, TapSettings settings,
                   VirtioNetOffloads offloads, LinkState state) throws IOException {
        super(kind, link.descriptor(), link.name(), settings.vnetHeader(), offloads, 0);
        this.link = link;
        this.options = options;
        littleEndian = settings.littleEndian();
        layout = VirtioNetHeader.of(settings.vnetHeader(),
            littleEndian ? ByteOrder.LITTLE_ENDIAN : ByteOrder.nativeOrder());
        fallback = settings.vnetHeader() == VnetHeaderLength.NONE ? null
            : new GsoFallback(kind.linkLayer(), layout, this::writeToKernel, this::superFramesRefused);
        measure(state == null ? TunKind.DEFAULT_MTU : state.mtu());
        dropsBefore = state == null ? null : dropsOf(state);
        down = state != null && !state.isUp();
        persist = settings.persist();
        OpenQueues.opened(this);
    }

    /** Asks the kernel whether the device has a send buffer of a size that somebody has set. Any thread. */
    void measureSendBuffer() throws IOException {
        sendBufferSet = link.readInt(LinuxTun.TUNGETSNDBUF) != Integer.MAX_VALUE;
    }

    private void superFramesRefused() {
        if (!refusalTold) {
            refusalTold = true;
            LOGGER.warn("{}: the kernel refuses super-frames that are legal: they are segmented in software until it"
                + " takes one again", lastAddress());
        }
        whenRefused.run();
    }

    @Override
    public void onSuperFramesRefused(Runnable refused) {
        whenRefused = refused;
    }

    @Override
    public void takeSuperFrames(boolean take) {
        takesSuperFrames = take;
        if (take && fallback != null) {
            fallback.beginAnew();
        }
    }

    /** Whether its interface has this name in this network namespace, as far as the system tells. Any thread. */
    boolean isOf(String name, String namespace) {
        return link.isAt(name, namespace);
    }

    /** Sets how long a received frame may be. */
    private void measure(int mtu) {
        measuredMtu = mtu;
        setReceiveCapacity(capacityFor(kind().longestFrame(mtu, !offloads().isEmpty())));
    }

    /** The name that was heard of last: no system call, and no lock that a system call is made under. */
    @Override
    String currentName() {
        return link.lastName();
    }

    @Override
    public void truncated(FrameSink sink) throws IOException {
        sink.drop(DropReason.TRUNCATED);
        // Somebody has raised the MTU, and the news of it is still on its way, or does not come here.
        try {
            measure(link.state().mtu());
        } catch (IOException notKnown) {
            // If the device is gone, that is what the next read says.
            measure(kind().maxMtu());
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
    public VirtioNetHeader vnetHeader() {
        return layout;
    }

    @Override
    public VirtioNetBackend vnetBackend() {
        // The driver takes every segmentation that the header can ask for; only what it gives is switched on or off.
        VirtioNetOffloads takes = vnetHeaderSet() == VnetHeaderLength.NONE ? VirtioNetOffloads.NONE
            : takesSuperFrames ? VirtioNetOffloads.ALL : VirtioNetOffloads.of(VirtioNetOffload.CSUM);
        return new VirtioNetBackend(EnumSet.of(vnetHeaderSet()), takes, offloads(), true);
    }

    @Override
    long receive(ByteBuf into, int room) {
        return SystemCalls.read(descriptor(), NativeMemory.addressOf(into, into.writerIndex(), room), room);
    }

    @Override
    boolean isFrameLost(long error) {
        return Errno.EINVAL.is(error) || Errno.EFAULT.is(error);
    }

    @Override
    boolean isGone(long error) {
        return Errno.EBADFD.is(error) || Errno.EBADF.is(error);
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

    @Override
    int full() throws IOException {
        if (down) {
            // What fills the send buffer may drain, but the driver reports no room until the interface is up.
            throw refusal(DropReason.DOWN);
        }
        return FULL;
    }

    @Override
    DropReason reasonOf(long error) {
        return Errno.EIO.is(error) ? DropReason.DOWN : super.reasonOf(error);
    }

    private long writeToKernel(ByteBuf frame) {
        long n = vector.write(descriptor(), frame);
        countRefused(n);
        return n;
    }

    /** Notes the result of a write that the kernel counts among the drops of its interface if it refuses it. */
    private void countRefused(long n) {
        if (Errno.EIO.is(n) || Errno.ENOMEM.is(n)) {
            refused++;
        }
    }

    @Override
    String whyRefused(DropReason reason) {
        return super.whyRefused(reason) + (reason != DropReason.REFUSED || vnetHeaderLength() == 0 ? ""
            : ", or it is shorter than its vnet header of " + vnetHeaderLength()
                + " bytes, or the vnet header contradicts it");
    }

    @Override
    String upCommand() {
        return "ip link set dev " + lastAddress().shownName() + " up";
    }

    @Override
    public void beginLastFlush() {
        if (fallback != null) {
            fallback.beginLastFlush();
        }
    }

    @Override
    public void endOfFlush() {
        super.endOfFlush();
        if (fallback != null) {
            fallback.endOfFlush();
        }
    }

    @Override
    public IOException failure() {
        return new IOException(lastAddress() + " is gone: the interface was deleted, or its network namespace was");
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
        if (option == InterfaceChannelOption.VNET_LITTLE_ENDIAN) {
            return littleEndian;
        }
        Object value = options.read(option);
        return value == null ? super.read(option) : value;
    }

    @Override
    public void change(ChannelOption<?> option, Object value) throws IOException {
        if (!options.change(option, value)) {
            throw new IllegalStateException(option.name() + " of " + lastAddress()
                + " is fixed while the channel is active: set it before bind");
        }
        if (option == InterfaceChannelOption.MTU) {
            measure((Integer) value);
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
            options.setPersist(persist);
            persist = null;
        }
    }

    @Override
    public void unwatch() {
        link.unwatch();
    }

    @Override
    public void close() {
        OpenQueues.closed(this);
        if (fallback != null) {
            fallback.release();
        }
        link.unwatch();
        link.close();
        vector.free();
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.EthernetFrame;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.ethernet.MacTable;
import io.ringtap.internal.udp.SentDatagrams;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.virtio.ChecksumCompletion;
import io.ringtap.virtio.GsoSplitter;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetHeaderValidator;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VirtioNetVerdict;
import io.ringtap.virtio.VnetHeaderLength;

/**
 * Sends frames into a tunnel: one whose destination is known to the end that the destination is behind, any other to
 * all ends that frames are flooded to. Frames in a row to the same end, by the same socket, leave as a row of
 * datagrams, and so do the segments of a super-frame. On the event loop.
 *
 * <p>A frame is sent if at least one of its datagrams is: the copies of a flooded frame, and the segments of a
 * super-frame, that find no room afterwards are lost as in any network, and counted.
 */
final class TunnelSender {
    /** A frame that goes to more ends than this is sent by itself. */
    private static final int MOST_COPIES = 16;

    private final TunnelPaths paths;
    private final TunnelSettings settings;
    private final TunnelSockets sockets;
    private final MacTable stations;
    private final TunnelCounters counters;
    private final VirtioNetHeader layout;
    private final VirtioNetHeaderValidator validator;
    private final GsoSplitter splitter;
    private final NativeMemory header;
    private final SentDatagrams out;
    private final int[] firstFrame = new int[SentDatagrams.MOST];
    private final int[] lastFrame = new int[SentDatagrams.MOST];
    private final Vtep[] receivers = new Vtep[SentDatagrams.MOST];
    private final InnerPacket packet = new InnerPacket();
    private ByteBuf[] made = new ByteBuf[SentDatagrams.MOST_SEGMENTS];
    private int madeCount;
    private final Vtep[] one = new Vtep[1];
    /** How many of the frames that are sent together are sent, at least in part. */
    private int sent;

    /** Of the frame that was looked at last. */
    private ByteBuf body;
    private int skipped;
    private boolean superFrame;
    private Vtep[] targets;
    private int socket;
    private int trafficClass;
    private int longest;

    /** Of the frame that is sent by itself. */
    private boolean begun;
    private int lost;
    private boolean full;
    private long error;
    private boolean changed;
    /** A handler has closed the channel when it heard of a new MTU, in the middle of a write. */
    private boolean freed;

    /** What the ways to the ends are like. */
    interface TunnelPaths {
        /** The ends that frames are flooded to. */
        Vtep[] flooded();

        /** The end of a number, {@code null} if there is none. */
        Vtep at(int index);

        /** Reads what the network has told a socket; returns how many errors there were. */
        int takeErrors(int socket);

        /** Asks how long packets to an end may be now. */
        void measure(Vtep vtep);

        /** A packet is too long: its sender is told if it wants to know. */
        void tooBig(ByteBuf frame, int at, InnerPacket packet, int longestFrame);

        /** A socket has no room. */
        void full(int socket);
    }

    TunnelSender(TunnelPaths paths, TunnelSettings settings, TunnelSockets sockets, MacTable stations,
                 VirtioNetHeader layout, TunnelCounters counters) {
        this.paths = paths;
        this.settings = settings;
        this.sockets = sockets;
        this.stations = stations;
        this.layout = layout;
        this.counters = counters;
        boolean plain = layout.length() == VnetHeaderLength.NONE;
        validator = plain ? null : new VirtioNetHeaderValidator(layout, VirtioNetOffloads.ALL);
        splitter = plain ? null : new GsoSplitter(layout);
        header = NativeMemory.allocate(VxlanHeader.LENGTH);
        VxlanHeader.put(header.buffer(), settings.vni());
        out = new SentDatagrams(header);
    }

    /** As {@link io.ringtap.channel.spi.FrameDevice#writeTogether}. */
    int writeTogether(ByteBuf[] frames, int count) {
        int now = MacTable.seconds();
        out.clear();
        int added = 0;
        int by = 0;
        sent = 0;
        try {
            while (added < count && look(frames[added], now) == null && targets.length <= MOST_COPIES
                && (added == 0 || socket == by) && add(frames[added], added)) {
                by = socket;
                added++;
            }
            return added == 0 ? 0 : sendAll(by, added);
        } catch (OutOfMemoryError | RuntimeException broken) {
            // Of the frame that was released, or that there is no memory for, write() tells.
            return sent;
        } finally {
            releaseMade();
        }
    }

    /** Adds the datagrams of one frame behind others; returns whether there was room for all. */
    private boolean add(ByteBuf frame, int number) {
        if (superFrame && splitter.count() * targets.length > SentDatagrams.MOST_SEGMENTS) {
            return false;
        }
        int messages = out.count();
        int parts = out.parts();
        boolean together = targets.length == 1 && !superFrame;
        if (!together) {
            out.endRow();
        }
        for (Vtep target : targets) {
            boolean room;
            if (superFrame) {
                splitter.begin(frame);
                room = true;
                while (room && splitter.hasNext()) {
                    room = addTo(target, keep(splitter.next(frame.alloc())), layout.bytes(), number);
                }
            } else {
                room = addTo(target, body, skipped, number);
            }
            if (!room) {
                out.truncate(messages, parts);
                return false;
            }
            if (!together) {
                out.endRow();
            }
        }
        return true;
    }

    private boolean addTo(Vtep target, ByteBuf datagram, int skip, int number) {
        int before = out.count();
        if (!out.add(datagram, skip, target.name.address(), target.name.size(), target.ipv6, trafficClass,
            target.rows && settings.checksum())) {
            return false;
        }
        int message = out.count() - 1;
        if (message >= before) {
            firstFrame[message] = number;
            receivers[message] = target;
        }
        lastFrame[message] = number;
        return true;
    }

    /** Sends what was added; returns how many frames were sent, counted from the first. */
    private int sendAll(int by, int frames) {
        int fd = sockets.sender(by).descriptor();
        int total = out.count();
        int done = 0;
        boolean told = false;
        while (done < total) {
            int n = out.send(fd, done);
            if (n > 0) {
                done += n;
                // One of whose datagrams a part is sent is not sent again, whatever happens now.
                sent = lastFrame[done - 1] + 1;
                told = false;
                continue;
            }
            if (!Errno.EAGAIN.is(n) && !told) {
                // The error may be of a datagram that was sent earlier.
                paths.takeErrors(by);
                if (freed) {
                    return sent;
                }
                told = true;
                continue;
            }
            if (firstFrame[done] >= sent) {
                // What is the matter with it, write() finds out. That the way takes no such rows is known from now on.
                changesRows(n, done);
                return sent;
            }
            counters.countCopiesLost(out.datagrams(done));
            done++;
            told = false;
        }
        return frames;
    }

    /** Sends one frame; returns why it cannot be sent, {@code null} if it was, or {@link #isFull}. */
    DropReason write(ByteBuf frame) {
        full = false;
        begun = false;
        try {
            DropReason reason = look(frame, MacTable.seconds());
            if (reason == DropReason.TOO_LONG) {
                tell(frame);
            }
            return reason != null ? reason : writeLooked(frame);
        } catch (OutOfMemoryError | RuntimeException broken) {
            if (!begun) {
                throw broken;
            }
            counters.countCopiesLost(lost + 1);
            return null;
        } finally {
            releaseMade();
        }
    }

    /** Whether the last frame that was to be sent by itself has found no room, and is to be given again. */
    boolean isFull() {
        return full;
    }

    private DropReason writeLooked(ByteBuf frame) {
        do {
            error = 0;
            lost = 0;
            changed = false;
            out.clear();
            for (Vtep target : targets) {
                writeTo(target, frame);
            }
            flush();
            // A way that takes no rows, or shorter ones, is known now.
        } while (!begun && !full && changed);
        if (begun) {
            counters.countCopiesLost(lost);
        }
        if (begun || full) {
            return null;
        }
        if (Errno.EMSGSIZE.is(error)) {
            tell(frame);
            return DropReason.TOO_LONG;
        }
        return Errno.ENOBUFS.is(error) || Errno.ENOMEM.is(error) ? DropReason.NO_BUFFERS
            : Errno.EINVAL.is(error) ? DropReason.REFUSED : DropReason.UNREACHABLE;
    }

    private void writeTo(Vtep target, ByteBuf frame) {
        out.endRow();
        if (!superFrame) {
            addOrFlush(target, body, skipped);
            return;
        }
        splitter.begin(frame);
        while (splitter.hasNext() && !full) {
            addOrFlush(target, keep(splitter.next(frame.alloc())), layout.bytes());
        }
    }

    private void addOrFlush(Vtep target, ByteBuf datagram, int skip) {
        if (!addTo(target, datagram, skip, 0)) {
            flush();
            addTo(target, datagram, skip, 0);
        }
    }

    /** Sends the datagrams of the frame that is sent by itself. */
    private void flush() {
        int fd = sockets.sender(socket).descriptor();
        int done = 0;
        boolean told = false;
        while (done < out.count() && !full) {
            int n = out.send(fd, done);
            if (n > 0) {
                done += n;
                begun = true;
                told = false;
                continue;
            }
            boolean noRoom = Errno.EAGAIN.is(n);
            if (noRoom && !begun) {
                full = true;
                paths.full(socket);
                break;
            }
            if (!noRoom && !told) {
                paths.takeErrors(socket);
                if (freed) {
                    return;
                }
                told = true;
                continue;
            }
            failed(n, done);
            lost += out.datagrams(done);
            done++;
            told = false;
        }
        out.clear();
    }

    private void failed(long errno, int message) {
        error = errno;
        if (Errno.EMSGSIZE.is(errno)) {
            paths.measure(receivers[message]);
        }
        changed |= changesRows(errno, message);
    }

    /** Whether rows are made shorter, or no more, because of an error. */
    private boolean changesRows(long errno, int message) {
        boolean row = out.isRow(message);
        if (row && Errno.EINVAL.is(errno) && out.maxSegments() > SentDatagrams.FEWEST_SEGMENTS
            && out.datagrams(message) > SentDatagrams.FEWEST_SEGMENTS) {
            out.limitSegments();
            return true;
        }
        if (row && (Errno.EINVAL.is(errno) || Errno.EIO.is(errno) || Errno.EMSGSIZE.is(errno))) {
            receivers[message].rows = false;
            return true;
        }
        return false;
    }

    /**
     * Finds out what has to be done with a frame, and puts it into the fields.
     *
     * @return why it cannot be sent, or {@code null}
     */
    private DropReason look(ByteBuf frame, int now) {
        skipped = layout.bytes();
        body = frame;
        superFrame = false;
        int at = frame.readerIndex() + skipped;
        int length = frame.readableBytes() - skipped;
        if (length < EthernetFrame.HEADER_LENGTH) {
            return DropReason.REFUSED;
        }
        packet.wrap(frame, at, length);
        longest = length;
        if (skipped > 0) {
            DropReason reason = lookAtHeader(frame, at);
            if (reason != null) {
                return reason;
            }
        }
        long destination = MacAddress.bits(frame, at);
        Vtep known = MacAddress.isMulticast(destination) ? null : paths.at(stations.lookup(destination, now));
        if (known == null) {
            targets = paths.flooded();
        } else {
            one[0] = known;
            targets = one;
        }
        if (targets.length == 0) {
            return DropReason.UNREACHABLE;
        }
        if (settings.dontFragment() && longest > longestFrame()) {
            return DropReason.TOO_LONG;
        }
        trafficClass = TrafficClass.outer(packet.trafficClass(), settings.trafficClass());
        socket = Integer.remainderUnsigned(packet.flow(), sockets.sources());
        return null;
    }

    private DropReason lookAtHeader(ByteBuf frame, int at) {
        int front = frame.readerIndex();
        if (splitter.isSuperFrame(frame)) {
            if (splitter.begin(frame) != VirtioNetVerdict.VALID) {
                return DropReason.REFUSED;
            }
            superFrame = true;
            longest = splitter.longest();
        } else if ((layout.flags(frame, front) & VirtioNetHeader.NEEDS_CSUM) != 0) {
            if (validator.validate(frame) != VirtioNetVerdict.VALID) {
                return DropReason.REFUSED;
            }
            int length = frame.writerIndex() - at;
            body = keep(frame.alloc().directBuffer(length));
            body.writeBytes(frame, at, length);
            skipped = 0;
            ChecksumCompletion.complete(body, 0, validator.packetEnd(), layout.csumStart(frame, front),
                layout.csumOffset(frame, front));
        }
        return null;
    }

    private int longestFrame() {
        int least = Integer.MAX_VALUE;
        for (Vtep target : targets) {
            least = Math.min(least, target.longestFrame());
        }
        return least;
    }

    private void tell(ByteBuf frame) {
        int at = frame.readerIndex() + layout.bytes();
        packet.wrap(frame, at, frame.writerIndex() - at);
        paths.tooBig(frame, at, packet, longestFrame());
    }

    private ByteBuf keep(ByteBuf buf) {
        if (madeCount == made.length) {
            ByteBuf[] more;
            try {
                more = new ByteBuf[2 * madeCount];
            } catch (OutOfMemoryError e) {
                buf.release();
                throw e;
            }
            System.arraycopy(made, 0, more, 0, madeCount);
            made = more;
        }
        made[madeCount++] = buf;
        return buf;
    }

    private void releaseMade() {
        body = null;
        while (madeCount > 0) {
            made[--madeCount].release();
            made[madeCount] = null;
        }
    }

    void free() {
        freed = true;
        out.free();
        header.free();
    }
}

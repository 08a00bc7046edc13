/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.ringtap.channel.spi.DefaultFrameChannelConfig;
import io.ringtap.internal.nic.xdp.UmemKind;
import io.ringtap.internal.nic.xdp.XdpDevice;
import io.ringtap.internal.nic.xdp.XdpProgram;
import io.ringtap.internal.nic.xdp.XdpSettings;

import java.io.IOException;
import java.util.Map;

/** The options of an AF_XDP socket, kept until it is bound. */
final class DefaultXdpChannelConfig extends DefaultFrameChannelConfig implements XdpChannelConfig {
    private final XdpChannel channel;
    private volatile int queue;
    private volatile XdpTake take;
    private volatile Boolean zeroCopy;
    private volatile Boolean generic;
    private volatile int busyPoll;
    private volatile boolean hugePages;
    private volatile int memoryShares = UmemKind.USUAL_SOCKETS;
    private volatile String namespace;

    DefaultXdpChannelConfig(XdpChannel channel) {
        super(channel);
        this.channel = channel;
    }

    /** The options as they are now. */
    XdpSettings settings() {
        return new XdpSettings(queue, take == null ? null : take.frames(), zeroCopy, generic, busyPoll,
            hugePages, memoryShares, namespace);
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(super.getOptions(), XdpChannelOption.QUEUE, XdpChannelOption.TAKE,
            XdpChannelOption.ZERO_COPY, XdpChannelOption.GENERIC, XdpChannelOption.BUSY_POLL,
            XdpChannelOption.HUGE_PAGES, XdpChannelOption.MEMORY_SHARES, XdpChannelOption.NETWORK_NAMESPACE);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T getOption(ChannelOption<T> option) {
        if (option == XdpChannelOption.QUEUE) {
            return (T) Integer.valueOf(queue);
        }
        if (option == XdpChannelOption.TAKE) {
            return (T) take;
        }
        if (option == XdpChannelOption.GENERIC) {
            return (T) getGeneric();
        }
        if (option == XdpChannelOption.BUSY_POLL) {
            return (T) Integer.valueOf(busyPoll);
        }
        if (option == XdpChannelOption.ZERO_COPY) {
            return (T) getZeroCopy();
        }
        if (option == XdpChannelOption.HUGE_PAGES) {
            return (T) Boolean.valueOf(hugePages);
        }
        if (option == XdpChannelOption.MEMORY_SHARES) {
            return (T) Integer.valueOf(memoryShares);
        }
        if (option == XdpChannelOption.NETWORK_NAMESPACE) {
            return (T) namespace;
        }
        return super.getOption(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        if (option == XdpChannelOption.QUEUE) {
            validate(option, value);
            setQueue((Integer) value);
        } else if (option == XdpChannelOption.TAKE) {
            setTake((XdpTake) value);
        } else if (option == XdpChannelOption.GENERIC) {
            setGeneric((Boolean) value);
        } else if (option == XdpChannelOption.BUSY_POLL) {
            validate(option, value);
            setBusyPoll((Integer) value);
        } else if (option == XdpChannelOption.ZERO_COPY) {
            setZeroCopy((Boolean) value);
        } else if (option == XdpChannelOption.HUGE_PAGES) {
            validate(option, value);
            setHugePages((Boolean) value);
        } else if (option == XdpChannelOption.MEMORY_SHARES) {
            validate(option, value);
            setMemoryShares((Integer) value);
        } else if (option == XdpChannelOption.NETWORK_NAMESPACE) {
            setNetworkNamespace((String) value);
        } else {
            return super.setOption(option, value);
        }
        return true;
    }

    @Override
    public int getQueue() {
        return queue;
    }

    @Override
    public XdpChannelConfig setQueue(int queue) {
        requireUnbound(XdpChannelOption.QUEUE);
        if (queue < 0 || queue >= XdpProgram.QUEUES) {
            throw new IllegalArgumentException("QUEUE " + queue + " is out of range: 0 to " + (XdpProgram.QUEUES - 1));
        }
        this.queue = queue;
        return this;
    }

    @Override
    public XdpTake getTake() {
        return take;
    }

    @Override
    public XdpChannelConfig setTake(XdpTake take) {
        requireUnbound(XdpChannelOption.TAKE);
        this.take = take;
        return this;
    }

    @Override
    public Boolean getGeneric() {
        XdpDevice open = channel.xdpDevice();
        return open == null ? generic : (Boolean) open.isGeneric();
    }

    @Override
    public XdpChannelConfig setGeneric(Boolean generic) {
        requireUnbound(XdpChannelOption.GENERIC);
        this.generic = generic;
        return this;
    }

    @Override
    public int getBusyPoll() {
        return busyPoll;
    }

    @Override
    public XdpChannelConfig setBusyPoll(int micros) {
        requireUnbound(XdpChannelOption.BUSY_POLL);
        if (micros < 0) {
            throw new IllegalArgumentException("BUSY_POLL " + micros + " is out of range: 0 or more microseconds");
        }
        busyPoll = micros;
        return this;
    }

    @Override
    public Boolean getZeroCopy() {
        XdpDevice open = channel.xdpDevice();
        if (open == null) {
            return zeroCopy;
        }
        try {
            return open.socket().isZeroCopy();
        } catch (IOException e) {
            throw new ChannelException("ZERO_COPY of " + open + " cannot be read", e);
        }
    }

    @Override
    public XdpChannelConfig setZeroCopy(Boolean zeroCopy) {
        requireUnbound(XdpChannelOption.ZERO_COPY);
        this.zeroCopy = zeroCopy;
        return this;
    }

    @Override
    public boolean isHugePages() {
        return hugePages;
    }

    @Override
    public XdpChannelConfig setHugePages(boolean hugePages) {
        requireUnbound(XdpChannelOption.HUGE_PAGES);
        this.hugePages = hugePages;
        return this;
    }

    @Override
    public int getMemoryShares() {
        return memoryShares;
    }

    @Override
    public XdpChannelConfig setMemoryShares(int shares) {
        requireUnbound(XdpChannelOption.MEMORY_SHARES);
        if (shares < 1 || shares > UmemKind.MAX_SOCKETS) {
            throw new IllegalArgumentException("MEMORY_SHARES " + shares + " is out of range: 1 to "
                + UmemKind.MAX_SOCKETS);
        }
        memoryShares = shares;
        return this;
    }

    @Override
    public String getNetworkNamespace() {
        return namespace;
    }

    @Override
    public XdpChannelConfig setNetworkNamespace(String namespace) {
        requireUnbound(XdpChannelOption.NETWORK_NAMESPACE);
        this.namespace = namespace;
        return this;
    }
}

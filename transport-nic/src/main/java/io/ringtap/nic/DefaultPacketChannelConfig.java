/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.ringtap.channel.spi.DefaultFrameChannelConfig;
import io.ringtap.internal.nic.link.AfPacket;
import io.ringtap.internal.nic.packet.FanoutGroup;
import io.ringtap.internal.nic.packet.PacketDevice;
import io.ringtap.internal.nic.packet.PacketSettings;

import java.io.IOException;
import java.util.Map;
import java.util.Objects;

/** The options of a packet socket: kept until it is bound; the sizes of its buffers are the kernel's from then on. */
final class DefaultPacketChannelConfig extends DefaultFrameChannelConfig implements PacketChannelConfig {
    private final PacketChannel channel;
    private volatile boolean promiscuous = true;
    private volatile boolean outgoing;
    private volatile boolean qdiscBypass;
    private volatile PacketFanout fanout = PacketFanout.HASH;
    private volatile String namespace;
    private volatile int receiveBuffer = PacketSettings.RECEIVE_BUFFER;
    private volatile Integer sendBuffer;
    private volatile FanoutGroup group;

    DefaultPacketChannelConfig(PacketChannel channel) {
        super(channel);
        this.channel = channel;
    }

    /** The options as they are now. */
    PacketSettings settings() {
        return new PacketSettings(getVnetHeaders(), promiscuous, outgoing, qdiscBypass, receiveBuffer, sendBuffer,
            namespace, fanout.type(), group);
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(super.getOptions(), PacketChannelOption.PROMISCUOUS, PacketChannelOption.OUTGOING,
            PacketChannelOption.QDISC_BYPASS, PacketChannelOption.FANOUT, PacketChannelOption.NETWORK_NAMESPACE,
            ChannelOption.SO_RCVBUF, ChannelOption.SO_SNDBUF);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T getOption(ChannelOption<T> option) {
        if (option == PacketChannelOption.PROMISCUOUS) {
            return (T) Boolean.valueOf(promiscuous);
        }
        if (option == PacketChannelOption.OUTGOING) {
            return (T) Boolean.valueOf(outgoing);
        }
        if (option == PacketChannelOption.QDISC_BYPASS) {
            return (T) Boolean.valueOf(qdiscBypass);
        }
        if (option == PacketChannelOption.FANOUT) {
            return (T) fanout;
        }
        if (option == PacketChannelOption.NETWORK_NAMESPACE) {
            return (T) namespace;
        }
        if (option == ChannelOption.SO_RCVBUF) {
            return (T) getReceiveBufferSize();
        }
        if (option == ChannelOption.SO_SNDBUF) {
            return (T) getSendBufferSize();
        }
        return super.getOption(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        if (option == FanoutGroup.OPTION) {
            group = (FanoutGroup) value;
            return true;
        }
        if (option == PacketChannelOption.PROMISCUOUS) {
            validate(option, value);
            setPromiscuous((Boolean) value);
        } else if (option == PacketChannelOption.OUTGOING) {
            validate(option, value);
            setOutgoing((Boolean) value);
        } else if (option == PacketChannelOption.QDISC_BYPASS) {
            validate(option, value);
            setQdiscBypass((Boolean) value);
        } else if (option == PacketChannelOption.FANOUT) {
            validate(option, value);
            setFanout((PacketFanout) value);
        } else if (option == PacketChannelOption.NETWORK_NAMESPACE) {
            setNetworkNamespace((String) value);
        } else if (option == ChannelOption.SO_RCVBUF) {
            validate(option, value);
            setReceiveBufferSize((Integer) value);
        } else if (option == ChannelOption.SO_SNDBUF) {
            validate(option, value);
            setSendBufferSize((Integer) value);
        } else {
            return super.setOption(option, value);
        }
        return true;
    }

    @Override
    public boolean isPromiscuous() {
        return promiscuous;
    }

    @Override
    public PacketChannelConfig setPromiscuous(boolean promiscuous) {
        requireUnbound(PacketChannelOption.PROMISCUOUS);
        this.promiscuous = promiscuous;
        return this;
    }

    @Override
    public boolean isOutgoing() {
        return outgoing;
    }

    @Override
    public PacketChannelConfig setOutgoing(boolean outgoing) {
        requireUnbound(PacketChannelOption.OUTGOING);
        this.outgoing = outgoing;
        return this;
    }

    @Override
    public boolean isQdiscBypass() {
        return qdiscBypass;
    }

    @Override
    public PacketChannelConfig setQdiscBypass(boolean bypass) {
        requireUnbound(PacketChannelOption.QDISC_BYPASS);
        qdiscBypass = bypass;
        return this;
    }

    @Override
    public PacketFanout getFanout() {
        return fanout;
    }

    @Override
    public PacketChannelConfig setFanout(PacketFanout fanout) {
        requireUnbound(PacketChannelOption.FANOUT);
        this.fanout = Objects.requireNonNull(fanout, "fanout");
        return this;
    }

    @Override
    public String getNetworkNamespace() {
        return namespace;
    }

    @Override
    public PacketChannelConfig setNetworkNamespace(String namespace) {
        requireUnbound(PacketChannelOption.NETWORK_NAMESPACE);
        this.namespace = namespace;
        return this;
    }

    @Override
    public Integer getReceiveBufferSize() {
        PacketDevice open = channel.packetDevice();
        return open == null ? (Integer) receiveBuffer : size(open, AfPacket.SO_RCVBUF, "SO_RCVBUF");
    }

    @Override
    public PacketChannelConfig setReceiveBufferSize(int bytes) {
        setBuffer(AfPacket.SO_RCVBUF, AfPacket.SO_RCVBUFFORCE, "SO_RCVBUF", bytes);
        receiveBuffer = bytes;
        return this;
    }

    @Override
    public Integer getSendBufferSize() {
        PacketDevice open = channel.packetDevice();
        return open == null ? sendBuffer : size(open, AfPacket.SO_SNDBUF, "SO_SNDBUF");
    }

    @Override
    public PacketChannelConfig setSendBufferSize(int bytes) {
        setBuffer(AfPacket.SO_SNDBUF, AfPacket.SO_SNDBUFFORCE, "SO_SNDBUF", bytes);
        sendBuffer = bytes;
        return this;
    }

    private static Integer size(PacketDevice open, int option, String name) {
        try {
            return open.options().buffer(option, name);
        } catch (IOException e) {
            throw new ChannelException(name + " of " + open + " cannot be read", e);
        }
    }

    private void setBuffer(int option, int force, String name, int bytes) {
        if (bytes < 1 || bytes > PacketSettings.MAX_BUFFER) {
            throw new IllegalArgumentException(name + ' ' + bytes + " is out of range: 1 to "
                + PacketSettings.MAX_BUFFER + " bytes");
        }
        PacketDevice open = channel.packetDevice();
        if (open != null) {
            try {
                open.options().setBuffer(option, force, name, bytes);
            } catch (IOException e) {
                throw new ChannelException(name + " of " + open + " cannot be set to " + bytes, e);
            }
        }
    }
}

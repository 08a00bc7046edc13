/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.PortAvailability;
import io.ringtap.channel.PortIdentity;
import io.ringtap.channel.spi.FrameTransport;
import io.ringtap.channel.spi.PortKey;
import io.ringtap.internal.netmap.buffer.NetmapBufferPool;
import io.ringtap.internal.netmap.name.OptionKeys;
import io.ringtap.internal.netmap.port.NetmapIdentity;
import io.ringtap.netmap.Netmap;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapChannel;
import io.ringtap.netmap.NetmapChannelOption;
import io.ringtap.netmap.NetmapDriver;
import io.ringtap.virtio.VnetHeaderLength;

import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Ports {@code netmap:NAME} and {@code valeX:Y} in the grammar of {@link NetmapAddress}, and {@code netmap-raw:NAME}
 * for an interface whose name that grammar cannot express. Created by {@link java.util.ServiceLoader}.
 */
public final class NetmapTransport implements FrameTransport {
    private static final String NIC_PREFIX = "netmap:";
    private static final String RAW_PREFIX = "netmap-raw:";
    private static final String VALE_PREFIX = "vale";

    private static final List<PortKey<?>> KEYS = Stream.concat(
        PortKey.common(VnetHeaderLength.MERGEABLE).stream(),
        Stream.of(
            new PortKey<>("driver", "kernel|embedded",
                "whose netmap opens the port; by default the kernel's where there is one", NetmapChannelOption.DRIVER,
                NetmapTransport::driver),
            PortKey.number("lent",
                "buffers of the port that handlers may keep at a time without a copy",
                NetmapChannelOption.LENT_BUFFERS, 0, NetmapBufferPool.MAX_CAPACITY),
            PortKey.flag("shared", "open rings that others have open, or may open", NetmapChannelOption.SHARED)))
        .toList();

    /** For the service loader. */
    public NetmapTransport() {
    }

    @Override
    public String syntax() {
        return "netmap:NAME, valeX:Y, netmap-raw:NAME";
    }

    @Override
    public String description() {
        return "the rings of a network interface, or a port of a VALE switch or a pipe";
    }

    @Override
    public boolean claims(String name) {
        return name.startsWith(NIC_PREFIX) || name.startsWith(RAW_PREFIX)
            || name.startsWith(VALE_PREFIX) && name.indexOf(':') >= 0;
    }

    @Override
    public SocketAddress address(String name) {
        return name.startsWith(RAW_PREFIX) ? NetmapAddress.raw(name.substring(RAW_PREFIX.length()))
            : NetmapAddress.parse(name);
    }

    @Override
    public FrameChannel newChannel() {
        return new NetmapChannel();
    }

    /** A VALE switch, or a pipe, is in this JVM if the kernel has no netmap. */
    @Override
    public List<PortAvailability> availability() {
        Throwable kernel = Netmap.unavailabilityCause();
        return List.of(PortAvailability.of("netmap", kernel), new PortAvailability("vale", null, kernel == null
            ? "in the kernel, and in this JVM with driver=embedded"
            : "in this JVM, driver=embedded; not in the kernel: " + kernel.getMessage()));
    }

    @Override
    public List<PortKey<?>> keys() {
        return KEYS;
    }

    @Override
    public boolean continuesName(String name, String part) {
        return OptionKeys.continues(name, part);
    }

    private static NetmapDriver driver(String text) {
        return switch (text) {
            case "kernel" -> Netmap.kernel();
            case "embedded" -> Netmap.embedded();
            default -> throw new IllegalArgumentException("neither kernel nor embedded");
        };
    }

    @Override
    public PortIdentity identity(SocketAddress address, Map<ChannelOption<?>, Object> options) {
        return NetmapIdentity.of((NetmapAddress) address, (NetmapDriver) options.get(NetmapChannelOption.DRIVER));
    }
}

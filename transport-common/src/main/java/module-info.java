/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * The channel that every frame transport shares, ports by name, and event loops. Applications use {@code
 * io.ringtap.channel} and {@code io.ringtap.loop}; authors of transports use {@code io.ringtap.channel.spi} too.
 */
// The modules that are named below are compiled later.
@SuppressWarnings("module")
module io.ringtap.transport.common {
    requires transitive io.ringtap.codec.ethernet;

    // Each kind of event loop is optional; an application adds the ones it wants by --add-modules or by requiring them.
    requires static io.netty.transport.classes.epoll;
    requires static io.netty.transport.classes.io_uring;
    requires static io.netty.transport.classes.kqueue;
    requires static io.netty.transport.unix.common;

    // For io.ringtap.channel.metrics alone; applications that use it require it themselves.
    requires static micrometer.core;

    // The Flight Recorder, which a run-time image may lack.
    requires static jdk.jfr;

    requires org.jnrproject.ffi;
    requires org.jnrproject.jffi;
    // jnr-ffi is an automatic module and so cannot require what it generates its classes with.
    requires org.objectweb.asm;

    exports io.ringtap.channel;
    exports io.ringtap.channel.metrics;
    exports io.ringtap.channel.spi;
    exports io.ringtap.loop;

    exports io.ringtap.internal.buffer to io.ringtap.transport.netmap, io.ringtap.transport.nic,
        io.ringtap.transport.tap;
    exports io.ringtap.internal.link to io.ringtap.transport.nic, io.ringtap.transport.tap;
    exports io.ringtap.internal.loop to io.ringtap.transport.netmap, io.ringtap.transport.tap,
        io.ringtap.transport.vhost;
    exports io.ringtap.internal.offload to io.ringtap.transport.nic, io.ringtap.transport.vxlan;
    exports io.ringtap.internal.udp to io.ringtap.transport.vxlan;
    exports io.ringtap.internal.unix to io.ringtap.transport.netmap, io.ringtap.transport.nic,
        io.ringtap.transport.tap, io.ringtap.transport.vhost, io.ringtap.transport.vxlan;
    // The classes that jnr-ffi generates for our interfaces are in no named module.
    opens io.ringtap.internal.unix;

    uses io.ringtap.channel.spi.FrameTransport;
}

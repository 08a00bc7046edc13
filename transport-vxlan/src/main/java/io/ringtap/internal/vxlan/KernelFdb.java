/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.netty.channel.EventLoop;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.internal.unix.BridgeForwarding;
import io.ringtap.loop.Readiness;

import java.io.IOException;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Follows the FDB of a vxlan device of the kernel, which a routing daemon programs: its entries without an address are
 * the ends that frames are flooded to, the others say behind which end a station is. On the event loop.
 */
final class KernelFdb {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(KernelFdb.class);
    private static final int SECONDS_BETWEEN_LOOKS = 5;

    private final BridgeForwarding forwarding;
    private Receiver receiver;
    private final DumpPace pace = new DumpPace();
    private Readiness readiness;
    private EventLoop loop;
    private ScheduledFuture<?> later;
    private int waited;
    private boolean stale;

    /** Takes over what an FDB says. */
    @FunctionalInterface
    interface Receiver {
        void fdb(Set<InetAddress> flood, Map<Long, InetAddress> stations);
    }

    private KernelFdb(BridgeForwarding forwarding) {
        this.forwarding = forwarding;
    }

    /** Of a device in the network namespace of the calling thread. */
    static KernelFdb open(String device) throws IOException {
        return new KernelFdb(BridgeForwarding.open(device));
    }

    void watch(EventLoop on, DescriptorWaiter waiter, Receiver into) throws IOException {
        loop = on;
        receiver = into;
        readiness = waiter.register(forwarding.descriptor(), new Readiness.Listener() {
            @Override
            public void readable() {
                news();
            }

            @Override
            public void writable() {
                // Nothing is written.
            }

            @Override
            public void failed() {
                news();
            }

            @Override
            public void loopClosing() {
                unwatch();
            }
        });
        readiness.want(true, false);
        read();
    }

    /** Reads the FDB at once if it was not read lately, else when its time comes, once for all news until then. */
    private void news() {
        if (!forwarding.takeNews() || later != null) {
            return;
        }
        long wait = pace.nanosToWait(System.nanoTime());
        if (wait == 0) {
            read();
            return;
        }
        try {
            later = loop.schedule(this::readLater, wait, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            // The loop has ended; or the next look reads it.
            stale = true;
        }
    }

    private void readLater() {
        later = null;
        if (readiness != null) {
            read();
        }
    }

    /** Once a second: reads again what could not be read, and from time to time in any case. */
    void look() {
        waited++;
        if (later == null && (stale || waited >= SECONDS_BETWEEN_LOOKS)
            && pace.nanosToWait(System.nanoTime()) == 0) {
            read();
        }
    }

    private void read() {
        waited = 0;
        long begun = System.nanoTime();
        try {
            take();
        } catch (OutOfMemoryError | RuntimeException e) {
            // Nobody else takes notice: a listener of a descriptor and a task that throw are forgotten.
            stale = true;
            LOGGER.warn("the FDB of {} is not followed in this second", forwarding.device(), e);
        } finally {
            pace.done(begun, System.nanoTime());
        }
    }

    private void take() {
        Set<InetAddress> flood = new HashSet<>();
        Map<Long, InetAddress> stations = new HashMap<>();
        try {
            forwarding.list((mac, end) -> {
                if (mac == 0) {
                    flood.add(end);
                } else {
                    stations.put(mac, end);
                }
            });
        } catch (IOException e) {
            // What was known holds on: a daemon that starts anew deletes nothing that it programs again.
            if (!stale) {
                LOGGER.warn("the FDB of {} cannot be read", forwarding.device(), e);
            }
            stale = true;
            return;
        }
        receiver.fdb(flood, stations);
        stale = false;
    }

    void unwatch() {
        if (later != null) {
            later.cancel(false);
            later = null;
        }
        if (readiness != null) {
            readiness.cancel();
            readiness = null;
        }
    }

    void close() {
        unwatch();
        forwarding.close();
    }
}

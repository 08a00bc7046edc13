/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.internal.vhost.control.FrontEndQueues;
import io.ringtap.internal.vhost.memory.MemoryFile;
import io.ringtap.internal.vhost.queue.DriverFrameInput;
import io.ringtap.internal.vhost.queue.DriverFrameOutput;
import io.ringtap.internal.vhost.queue.DriverMemory;
import io.ringtap.internal.vhost.queue.DriverQueueLayout;
import io.ringtap.internal.vhost.queue.NetHeader;
import io.ringtap.internal.vhost.queue.QueueFeatures;
import io.ringtap.internal.vhost.queue.VirtqueueDriver;

import java.io.IOException;

/** The memory, the two queues and the event descriptors of one connection to a back end. On the event loop. */
final class VirtioUserQueues implements FrontEndQueues {
    static final int RECEIVE = 0;
    static final int TRANSMIT = 1;
    private static final int RINGS = 2;

    private final long features;
    private final MemoryFile file;
    private final VirtqueueDriver[] drivers = new VirtqueueDriver[RINGS];
    private final int[] kicks = {-1, -1};
    private final int[] calls = {-1, -1};
    private final DriverFrameInput input;
    private final DriverFrameOutput output;

    private VirtioUserQueues(long features, DriverQueueLayout layout, NetHeader header, MemoryFile file)
        throws IOException {
        this.features = features;
        this.file = file;
        QueueFeatures agreed = QueueFeatures.of(features);
        DriverMemory memory = new DriverMemory(file.buffer(), file.address());
        try {
            for (int ring = 0; ring < RINGS; ring++) {
                drivers[ring] = VirtqueueDriver.of(memory, layout, agreed);
                kicks[ring] = SystemCalls.check("eventfd", SystemCalls.eventDescriptor());
                calls[ring] = SystemCalls.check("eventfd", SystemCalls.eventDescriptor());
            }
            input = new DriverFrameInput(drivers[RECEIVE], header);
            output = new DriverFrameOutput(drivers[TRANSMIT], header);
        } catch (IOException | RuntimeException | Error e) {
            closeDescriptors();
            throw e;
        }
        // Nobody looks yet: the back end does when it is told of the rings.
        input.publish();
    }

    /**
     * Makes queues.
     *
     * @param features what both sides have
     * @throws IOException if the system has no memory or no descriptors for them
     */
    static VirtioUserQueues open(VirtioUserSettings settings, long features) throws IOException {
        NetHeader header = NetHeader.of(settings.header().bytes(), features);
        DriverQueueLayout layout =
            new DriverQueueLayout(settings.queueSize(), settings.bufferBytes(header.mergeable()));
        MemoryFile file = MemoryFile.create("virtio-user", RINGS * layout.bytes(QueueFeatures.of(features)));
        try {
            return new VirtioUserQueues(features, layout, header, file);
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    /** What both sides have. */
    long features() {
        return features;
    }

    DriverFrameInput input() {
        return input;
    }

    DriverFrameOutput output() {
        return output;
    }

    @Override
    public int memory() {
        return file.descriptor();
    }

    @Override
    public long address() {
        return file.address();
    }

    @Override
    public long size() {
        return file.size();
    }

    @Override
    public int rings() {
        return RINGS;
    }

    @Override
    public VirtqueueDriver driver(int ring) {
        return drivers[ring];
    }

    @Override
    public int kick(int ring) {
        return kicks[ring];
    }

    @Override
    public int call(int ring) {
        return calls[ring];
    }

    private void closeDescriptors() {
        for (int ring = 0; ring < RINGS; ring++) {
            closeIfOpen(kicks[ring]);
            closeIfOpen(calls[ring]);
        }
    }

    private static void closeIfOpen(int fd) {
        if (fd >= 0) {
            SystemCalls.close(fd);
        }
    }

    /** Gives everything back; what the back end has mapped stays there. */
    void close() {
        closeDescriptors();
        file.close();
    }
}

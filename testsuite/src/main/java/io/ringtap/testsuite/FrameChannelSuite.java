/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite;

import org.junit.jupiter.api.Nested;

/**
 * The contract of a frame channel with Netty and with Ringtap, as tests. The test class of a transport extends this
 * class. There is a nested class for each part of the contract. The tests run on each kind of event loop of the
 * machine, with and without spinning. The assertions are those of Netty's testsuite that apply to a channel of
 * datagrams, and those of Ringtap: a promise says what really happened, a full device is backpressure, and the error of
 * one frame is not an error of the channel.
 *
 * <p>A transport needs one class:
 *
 * <pre>{@code
 * class TapSuiteTest extends FrameChannelSuite {
 *     @Override
 *     protected FrameTestbed newTestbed() throws IOException {
 *         return new TapTestbed();
 *     }
 * }
 * }</pre>
 *
 * <p>A test fails if it leaves a buffer behind. For that, Netty has to be started with the leak detector that {@link
 * io.ringtap.testkit.LeakExtension} names. The tests run on the class path. To run one test of one transport, use
 * {@code -Dtest='TapSuiteTest,FrameChannelSuite*#whatWasFlushedBeforeCloseIsSent'}.
 */
public abstract class FrameChannelSuite {
    /** Called by the test class of a transport. */
    protected FrameChannelSuite() {
    }

    /** Makes a new device and its far end. Called for each test, which closes it. */
    protected abstract FrameTestbed newTestbed() throws Exception;

    /**
     * Makes a testbed whose channels copy received frames to memory of their allocator, for the tests in which there is
     * no more of that memory. A transport that can lend its own memory has to override this.
     */
    protected FrameTestbed newCopyingTestbed() throws Exception {
        return newTestbed();
    }

    /** Registration, bind and close, and what is refused in between. */
    @Nested
    final class Lifecycle extends LifecycleSuite {
        @Override
        FrameTestbed newTestbed() throws Exception {
            return FrameChannelSuite.this.newTestbed();
        }
    }

    /** Which frames arrive, when they may arrive, and in which memory. */
    @Nested
    final class Reading extends ReadSuite {
        @Override
        FrameTestbed newTestbed() throws Exception {
            return FrameChannelSuite.this.newTestbed();
        }
    }

    /** Promises, order, watermarks, and who releases the buffers. */
    @Nested
    final class Writing extends WriteSuite {
        @Override
        FrameTestbed newTestbed() throws Exception {
            return FrameChannelSuite.this.newTestbed();
        }
    }

    /** Frames that are read and written as one message. */
    @Nested
    final class Batches extends BatchSuite {
        @Override
        FrameTestbed newTestbed() throws Exception {
            return FrameChannelSuite.this.newTestbed();
        }
    }

    /** A frame may be any kind of buffer. */
    @Nested
    final class Gathering extends GatheringSuite {
        @Override
        FrameTestbed newTestbed() throws Exception {
            return FrameChannelSuite.this.newTestbed();
        }
    }

    /** A device whose queue is really full. */
    @Nested
    final class Backpressure extends BackpressureSuite {
        @Override
        FrameTestbed newTestbed() throws Exception {
            return FrameChannelSuite.this.newTestbed();
        }
    }

    /** What happens to the frames when a channel closes. */
    @Nested
    final class Closing extends CloseSuite {
        @Override
        FrameTestbed newTestbed() throws Exception {
            return FrameChannelSuite.this.newTestbed();
        }
    }

    /** A channel that changes its event loop, before, during or after its close. */
    @Nested
    final class HandOver extends HandOverSuite {
        @Override
        FrameTestbed newTestbed() throws Exception {
            return FrameChannelSuite.this.newTestbed();
        }
    }

    /** What a channel does when there is no memory. */
    @Nested
    final class Memory extends MemorySuite {
        @Override
        FrameTestbed newTestbed() throws Exception {
            return FrameChannelSuite.this.newCopyingTestbed();
        }
    }

    /** Each system call of a channel fails in turn. */
    @Nested
    final class Faults extends FaultSuite {
        @Override
        FrameTestbed newTestbed() throws Exception {
            return newCopyingTestbed();
        }

        @Override
        String name() {
            return FrameChannelSuite.this.getClass().getSimpleName();
        }
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite;

import org.junit.jupiter.api.Nested;

/**
 * What a frame channel owes to Netty and to Ringtap, as tests: the contract that a transport signs by extending this
 * class. It has a nested class of tests for each part of the contract, and runs them on each kind of event loop of the
 * machine, spinning or not. The assertions are those of Netty's own testsuite that hold for a channel of datagrams, and
 * those of Ringtap: a promise is the truth, a full device is backpressure, the error of a frame is that frame's.
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
 * <p>The tests fail where a buffer is left behind, for which Netty has to be started with the detector that {@link
 * io.ringtap.testkit.LeakExtension} names. They are made for the class path. One test of one transport is run by {@code
 * -Dtest='TapSuiteTest,FrameChannelSuite*#whatWasFlushedBeforeCloseIsSent'}.
 */
public abstract class FrameChannelSuite {
    /** For transports. */
    protected FrameChannelSuite() {
    }

    /** Makes a device that no other test knows, and its far end. Called for each test, which closes it. */
    protected abstract FrameTestbed newTestbed() throws Exception;

    /**
     * Makes one whose channels copy what they receive to memory of their allocator, for the tests in which that memory
     * ends. A transport that can lend memory of its own sees to it that it does not.
     */
    protected FrameTestbed newCopyingTestbed() throws Exception {
        return newTestbed();
    }

    /** From register to close, and what is refused on the way. */
    @Nested
    final class Lifecycle extends LifecycleSuite {
        @Override
        FrameTestbed newTestbed() throws Exception {
            return FrameChannelSuite.this.newTestbed();
        }
    }

    /** What arrives, when it may, and in what memory. */
    @Nested
    final class Reading extends ReadSuite {
        @Override
        FrameTestbed newTestbed() throws Exception {
            return FrameChannelSuite.this.newTestbed();
        }
    }

    /** Promises, order, watermarks, and who releases the buffer in the end. */
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

    /** A frame may be made of any buffer there is. */
    @Nested
    final class Gathering extends GatheringSuite {
        @Override
        FrameTestbed newTestbed() throws Exception {
            return FrameChannelSuite.this.newTestbed();
        }
    }

    /** A device that is full, for real. */
    @Nested
    final class Backpressure extends BackpressureSuite {
        @Override
        FrameTestbed newTestbed() throws Exception {
            return FrameChannelSuite.this.newTestbed();
        }
    }

    /** What becomes of the frames when a channel closes. */
    @Nested
    final class Closing extends CloseSuite {
        @Override
        FrameTestbed newTestbed() throws Exception {
            return FrameChannelSuite.this.newTestbed();
        }
    }

    /** A channel that changes its event loop, in any order with its close. */
    @Nested
    final class HandOver extends HandOverSuite {
        @Override
        FrameTestbed newTestbed() throws Exception {
            return FrameChannelSuite.this.newTestbed();
        }
    }

    /** What becomes of a channel when there is no memory. */
    @Nested
    final class Memory extends MemorySuite {
        @Override
        FrameTestbed newTestbed() throws Exception {
            return FrameChannelSuite.this.newCopyingTestbed();
        }
    }

    /** Each call that a channel makes of its system fails in turn. */
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

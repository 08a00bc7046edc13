/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

/**
 * A guest has put into a queue what cannot be there, or its queue cannot be used any more; a user event of the
 * pipeline. The queue has stopped until the guest starts it again, and the guest was told by the error descriptor of
 * that queue.
 *
 * @param queue the number of the queue
 * @param cause what was wrong
 */
public record VhostQueueFailed(int queue, String cause) {
}

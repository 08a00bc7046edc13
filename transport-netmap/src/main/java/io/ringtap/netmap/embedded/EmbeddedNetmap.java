/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap.embedded;

import io.ringtap.netmap.NetmapDriver;

/**
 * A netmap inside this JVM. {@code valeX:Y} is a port of a switch; {@code NAME&#123;ID} and {@code NAME&#125;ID} are
 * the ends of a pipe. A port is created when it is first opened, and removed when the last channel that has it open is
 * closed. A switch is removed with its last port. Persistent ports stay attached until they are detached. There are no
 * other network interfaces, no rings of a host and no monitors.
 *
 * <p>It uses direct memory, and no more than is asked for: 2048 bytes for each slot of a port or of one end of a pipe,
 * and for each buffer to lend. A memory region grows when another port or pipe is opened in it and finds no room, up to
 * some 250 times, and is freed with its last user. When the JVM cannot allocate more direct memory, fewer buffers are
 * lent; when there is no room for the rings either, opening the port fails with ENOMEM.
 *
 * <p>Ports that are opened by name use {@link io.ringtap.netmap.Netmap#embedded()}. Each netmap that {@link
 * io.ringtap.netmap.Netmap#newEmbedded()} makes has switches and pipes of its own. All methods may be called from any
 * thread. Implemented by Ringtap only.
 */
public interface EmbeddedNetmap extends NetmapDriver {
    /**
     * What a switch has done since its first port was opened.
     *
     * @param switchName such as {@code vale0}
     * @return {@code null} if there is no such switch now
     */
    ValeStats stats(String switchName);
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Ethernet over UDP between hosts, as RFC 7348 has it: {@link io.ringtap.vxlan.VxlanChannel}, bound to a {@link
 * io.ringtap.vxlan.VxlanAddress}. Its peers are channels of other hosts, and the vxlan devices of kernels and switches.
 *
 * <pre>
 *      pipeline                  handlers of the application: one ByteBuf a frame
 *   --------------
 *      VxlanChannel              the configuration, and events such as MtuChanged
 *   --------------
 *   AbstractFrameChannel         reading, writing and closing, the same for every transport
 *   --------------
 *      tunnel                    who is at the other ends, and behind which of them a station is
 *   --------------
 *      UDP sockets               many datagrams with one system call, on any event loop
 * </pre>
 */
package io.ringtap.vxlan;

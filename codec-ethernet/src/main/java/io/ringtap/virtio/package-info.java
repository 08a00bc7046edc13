/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The virtio-net header as a pipeline. Handlers do in software what one side leaves undone and the other side does not
 * do; each of them also works alone. {@code io.ringtap.channel.FrameFrontEnd} puts them together for a channel. This
 * package uses no operating system and no foreign functions.
 *
 * <p>A message is a {@link io.netty.buffer.ByteBuf} that holds one Ethernet frame, with a virtio-net header in front if
 * the port has one; with {@link io.ringtap.virtio.LinkLayer#RAW_IP} it holds one IP packet, as on a TUN device. The
 * <em>device side</em> of a handler is towards the head of the pipeline, the <em>application side</em> towards its
 * tail. Inbound frames come from the device, outbound ones from the application:
 *
 * <pre>
 *   super-frames in,              super-frames out,             plain frames in,
 *   application takes none        device takes none             application takes super-frames
 *
 *   application                   application                   application
 *        ^                             |                             ^
 *   VirtioNetHeaderHandler        GsoSegmenter                  GroCoalescer
 *   ChecksumCompletion            ChecksumCompletion            VirtioNetHeaderHandler
 *   GsoSegmenter                  VirtioNetHeaderHandler             |
 *        |                             v                             |
 *   device                        device                        device
 * </pre>
 *
 * A frame has to meet {@code GsoSegmenter} before {@code ChecksumCompletion}, and both before a
 * {@code VirtioNetHeaderHandler} that takes its header away. The pipelines above are drawn with the device, the head,
 * at the bottom, so {@code addLast} goes from the bottom up. One pipeline can hold the second and the third column at
 * once, with one header handler.
 *
 * <p>The layers below the handlers, each usable alone:
 *
 * <pre>
 *   handlers         VirtioNetHeaderHandler  ChecksumCompletion  GsoSegmenter  GroCoalescer
 *   validation       VirtioNetHeaderValidator: a VirtioNetVerdict for each frame, every reason counted
 *   arithmetic       InternetChecksum, offsets found in the frame itself, segments, coalesced flows
 *   layout           VirtioNetHeader: 10, 12, 20 and 24 bytes, either byte order
 *   negotiation      VirtioNetNegotiation: which lengths, which offloads, what is left to software
 * </pre>
 *
 * <p>No handler writes into a frame that it was given: heads are new, payload is shared by reference. The bytes of one
 * frame may therefore be given to many pipelines, as a switch does that floods. Handlers do move its reader index, so
 * each pipeline needs a {@code retainedDuplicate()} of its own; a {@code retain()} of the frame is not enough. A frame
 * that is refused is dropped and counted; an outbound one fails its own promise with {@link
 * io.ringtap.virtio.VirtioNetFrameException}, and the channel stays open.
 *
 * <p>One super-frame can become 8192 segments. {@code GsoSegmenter} makes them in turns, between which the event loop
 * serves its other channels.
 *
 * <p>Sources: VIRTIO 1.2, section 5.1; {@code include/linux/virtio_net.h}; RFC 791, 768, 1071, 3168, 6864, 8200.
 */
package io.ringtap.virtio;

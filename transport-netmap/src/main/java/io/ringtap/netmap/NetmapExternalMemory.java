/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import java.io.Serializable;

/**
 * The {@code @extmem} option: memory for netmap that lies in a file, mostly of huge pages, instead of in the kernel. A
 * number of 0 leaves the choice to netmap. Ports that name the same file share one region, including those of other
 * programs. The embedded netmap refuses the option with EOPNOTSUPP, as does a kernel whose netmap was built without it.
 *
 * <p>An object of netmap must not lie across two pages that are not adjacent in physical memory. So without huge pages,
 * a ring should not be longer than a page: {@code ring-size=4096} and at most 240 slots.
 *
 * @param file the file to map
 * @param interfaces how many {@code netmap_if} it contains
 * @param interfaceSize bytes of each
 * @param rings how many rings it contains
 * @param ringSize bytes of each
 * @param buffers how many buffers it contains
 * @param bufferSize bytes of each
 */
public record NetmapExternalMemory(String file, int interfaces, int interfaceSize, int rings, int ringSize,
                                   int buffers, int bufferSize) implements Serializable {
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("@extmem:file=").append(file);
        int fileOnly = text.length();
        append(text, "if-num", interfaces);
        append(text, "if-size", interfaceSize);
        append(text, "ring-num", rings);
        append(text, "ring-size", ringSize);
        append(text, "buf-num", buffers);
        append(text, "buf-size", bufferSize);
        // A file name may contain a comma only where no key can follow.
        return text.length() == fileOnly ? "@extmem=" + file : text.toString();
    }

    private static void append(StringBuilder text, String key, int value) {
        if (value != 0) {
            text.append(',').append(key).append('=').append(value);
        }
    }
}

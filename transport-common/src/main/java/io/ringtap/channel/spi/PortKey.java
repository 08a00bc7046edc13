/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * One key that may follow a port's name, as {@code mtu=9000}: the text form of a channel option.
 *
 * @param key the word before the equals sign
 * @param values what may stand behind it, for messages: {@code 68-65521}, {@code on|off}
 * @param option the option that is set
 * @param parser makes the option's value of the text
 * @param <T> the type of the option's value
 */
public record PortKey<T>(String key, String values, ChannelOption<T> option, Function<String, T> parser) {
    /** The keys of {@link FrameChannelOption}, which every transport has. */
    public static final List<PortKey<?>> COMMON = List.of(
        new PortKey<>("vnet", "0|10|12|20|24", FrameChannelOption.VNET_HEADER,
            text -> VnetHeaderLength.ofBytes(Integer.parseInt(text))),
        new PortKey<>("offloads", "none|all|csum+tso4+tso6+ecn+ufo+uso4+uso6", FrameChannelOption.OFFLOADS,
            PortKey::offloads));

    /** A key whose value is a whole number within bounds. */
    public static PortKey<Integer> number(String key, ChannelOption<Integer> option, int least, int most) {
        return new PortKey<>(key, least + "-" + most, option, text -> {
            int value = Integer.parseInt(text);
            if (value < least || value > most) {
                throw new IllegalArgumentException("out of range");
            }
            return value;
        });
    }

    /** A key whose value is {@code on} or {@code off}. */
    public static PortKey<Boolean> flag(String key, ChannelOption<Boolean> option) {
        return new PortKey<>(key, "on|off", option, text -> switch (text) {
            case "on", "true", "yes", "1" -> true;
            case "off", "false", "no", "0" -> false;
            default -> throw new IllegalArgumentException("neither on nor off");
        });
    }

    private static VirtioNetOffloads offloads(String text) {
        if (text.equals("none")) {
            return VirtioNetOffloads.NONE;
        }
        if (text.equals("all")) {
            return VirtioNetOffloads.ALL;
        }
        return VirtioNetOffloads.of(Arrays.stream(text.split("\\+"))
            .map(name -> VirtioNetOffload.valueOf(name.toUpperCase(Locale.ROOT)))
            .toArray(VirtioNetOffload[]::new));
    }
}

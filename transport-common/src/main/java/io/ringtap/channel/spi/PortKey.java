/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FramePorts;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

import static java.util.stream.Collectors.joining;

/**
 * One key that may follow the name of a port, as in {@code mtu=9000}: the text form of a channel option. Help texts and
 * the tables of the documentation are made from its words, see {@link FramePorts#types()}.
 *
 * @param key the word before the equals sign
 * @param values which values there are, in short: {@code 68-65521}, {@code on|off}
 * @param description what the key sets, in one line that begins with a small letter and has no full stop
 * @param option the option that is set
 * @param parser makes the value of the option from the text; the message of an {@link IllegalArgumentException} that it
 *     throws is shown to the user
 * @param <T> the type of the value of the option
 */
public record PortKey<T>(String key, String values, String description, ChannelOption<T> option,
                         Function<String, T> parser) {
    /** A header that every port with headers has, and none where there are no headers. */
    private static final List<VnetHeaderLength> AUTO =
        List.of(VnetHeaderLength.MERGEABLE, VnetHeaderLength.LEGACY, VnetHeaderLength.NONE);
    /** The keys of {@link FrameChannelOption}, for a transport whose ports can have a header of any length. */
    public static final List<PortKey<?>> COMMON = common(VnetHeaderLength.TUNNEL);

    /** The keys of {@link FrameChannelOption}, for a transport whose ports have no longer header than this. */
    public static List<PortKey<?>> common(VnetHeaderLength longest) {
        List<VnetHeaderLength> possible = Arrays.stream(VnetHeaderLength.values())
            .filter(length -> length.bytes() <= longest.bytes()).toList();
        return List.of(
            new PortKey<>("vnet", possible.stream().map(length -> length.bytes() + "|").collect(joining()) + "auto",
                "bytes of virtio-net header in front of every frame; of several, as in 12+0, the first that the port"
                    + " can have; auto is 12+10+0", FrameChannelOption.VNET_HEADERS, text -> headers(text, possible)),
            new PortKey<>("offloads", "none|all|csum+tso4+tso6+ecn+ufo+uso4+uso6",
                "what the device may leave undone in the frames that it delivers; needs vnet",
                FrameChannelOption.OFFLOADS, PortKey::offloads));
    }

    /** A key whose value is a whole number from {@code least} to {@code most}. */
    public static PortKey<Integer> number(String key, String description, ChannelOption<Integer> option, int least,
                                          int most) {
        return new PortKey<>(key, most == Integer.MAX_VALUE ? least + " or more" : least + "-" + most, description,
            option, text -> {
                int value = Integer.parseInt(text);
                if (value < least || value > most) {
                    throw new NumberFormatException("out of range");
                }
                return value;
            });
    }

    /** A key whose value is {@code on} or {@code off}; {@code true}, {@code yes}, {@code 1} and so on are read, too. */
    public static PortKey<Boolean> flag(String key, String description, ChannelOption<Boolean> option) {
        return new PortKey<>(key, "on|off", description, option, text -> switch (text) {
            case "on", "true", "yes", "1" -> true;
            case "off", "false", "no", "0" -> false;
            default -> throw new IllegalArgumentException("it is neither on nor off");
        });
    }

    private static List<VnetHeaderLength> headers(String text, List<VnetHeaderLength> possible) {
        if (text.equals("auto")) {
            return AUTO;
        }
        List<VnetHeaderLength> lengths = Arrays.stream(text.split("\\+", -1))
            .map(bytes -> VnetHeaderLength.ofBytes(Integer.parseInt(bytes))).toList();
        if (EnumSet.copyOf(lengths).size() < lengths.size()) {
            throw new IllegalArgumentException("a length stands there twice");
        }
        for (VnetHeaderLength length : lengths) {
            if (!possible.contains(length)) {
                throw new IllegalArgumentException("these ports have no header of " + length.bytes() + " bytes");
            }
        }
        return lengths;
    }

    private static VirtioNetOffloads offloads(String text) {
        if (text.equals("none")) {
            return VirtioNetOffloads.NONE;
        }
        if (text.equals("all")) {
            return VirtioNetOffloads.ALL;
        }
        return VirtioNetOffloads.of(Arrays.stream(text.split("\\+", -1)).map(PortKey::offload)
            .toArray(VirtioNetOffload[]::new));
    }

    private static VirtioNetOffload offload(String name) {
        for (VirtioNetOffload offload : VirtioNetOffload.values()) {
            if (offload.name().equals(name.toUpperCase(Locale.ROOT))) {
                return offload;
            }
        }
        throw new IllegalArgumentException(name.isEmpty() ? "a name is missing beside a '+', or altogether"
            : "there is no offload '" + name + "'");
    }
}

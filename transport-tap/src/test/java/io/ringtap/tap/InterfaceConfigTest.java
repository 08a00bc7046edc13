/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.ringtap.channel.FrameChannelConfig;
import io.ringtap.ethernet.MacAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class InterfaceConfigTest {
    private static final MacAddress MAC = MacAddress.parse("02:00:5e:10:00:01");
    private static final List<IpPrefix> ADDRESSES =
        List.of(IpPrefix.parse("192.0.2.1/24"), IpPrefix.parse("2001:db8::1/64"));

    /** A chain of calls that does not compile unless each setter returns the type of the configuration. */
    @Test
    void settersOfATapCanBeChained() {
        TapChannelConfig config = new TapChannel().config().setAutoRead(false).setReadBatches(true).setMtu(9000)
            .setMacAddress(MAC).setAddresses(ADDRESSES).setUp(true).setCarrier(true).setPersist(true).setOwner(1)
            .setGroup(2).setExclusive(true).setMultiQueue(true).setVnetLittleEndian(true).setNetworkNamespace("red")
            .setCapsicum(true).setSendBufferSize(30_000).setWriteBufferWaterMark(WriteBufferWaterMark.DEFAULT);
        assertThat(config.getMtu()).isEqualTo(9000);
        assertThat(config.getMacAddress()).isEqualTo(MAC);
        assertThat(config.getAddresses()).isEqualTo(ADDRESSES);
        assertThat(config.isUp()).isTrue();
        assertThat(config.isCarrier()).isTrue();
        assertThat(config.isPersist()).isTrue();
        assertThat(config.getOwner()).isEqualTo(1);
        assertThat(config.getGroup()).isEqualTo(2);
        assertThat(config.isExclusive()).isTrue();
        assertThat(config.isMultiQueue()).isTrue();
        assertThat(config.isVnetLittleEndian()).isTrue();
        assertThat(config.getNetworkNamespace()).isEqualTo("red");
        assertThat(config.isCapsicum()).isTrue();
        assertThat(config.getSendBufferSize()).isEqualTo(30_000);
        assertThat(config.getOption(TapChannelOption.MTU)).isEqualTo(9000);
        assertThat(config.getOption(ChannelOption.SO_SNDBUF)).isEqualTo(30_000);
        assertThat(config.isReadBatches()).isTrue();
    }

    @Test
    void settersOfATunCanBeChained() {
        TunChannelConfig config = new TunChannel().config().setAutoRead(false).setMtu(1400).setAddresses(ADDRESSES)
            .setUp(true).setNetworkNamespace("red").setSendBufferSize(30_000).setPersist(false);
        assertThat(config.getOption(TunChannelOption.ADDRESSES)).isEqualTo(ADDRESSES);
        assertThat(config.getOption(TunChannelOption.PERSIST)).isFalse();
        assertThat(config.setOption(TapChannelOption.MAC_ADDRESS, MAC)).as("a TUN device has none").isFalse();
    }

    @ParameterizedTest
    @ValueSource(classes = {TapChannelConfig.class, TunChannelConfig.class})
    void eachSetterReturnsTheTypeOfTheConfiguration(Class<?> type) {
        List<Method> setters = Arrays.stream(type.getMethods()).filter(m -> m.getName().startsWith("set"))
            .filter(m -> !m.isBridge() && m.getReturnType() != boolean.class).toList();
        assertThat(setters).hasSizeGreaterThan(20);
        for (Class<?> parent : List.of(ChannelConfig.class, FrameChannelConfig.class)) {
            for (Method setter : parent.getMethods()) {
                if (setter.getName().startsWith("set") && setter.getReturnType() != boolean.class) {
                    assertThat(setters).as(setter.toString()).anyMatch(own -> own.getName().equals(setter.getName())
                        && Arrays.equals(own.getParameterTypes(), setter.getParameterTypes())
                        && own.getReturnType() == type);
                }
            }
        }
    }

    @Test
    void nothingIsSetBeforeAnybodySetsIt() {
        TapChannelConfig config = new TapChannel().config();
        assertThat(config.getMtu()).isNull();
        assertThat(config.getAddresses()).isEmpty();
        assertThat(config.isUp()).isFalse();
        assertThat(config.getOwner()).isNull();
        assertThat(config.getNetworkNamespace()).isNull();
        assertThat(config.getSendBufferSize()).isNull();
    }

    @Test
    void aListThatChangesLaterChangesNothing() {
        List<IpPrefix> list = new ArrayList<>(ADDRESSES);
        TapChannelConfig config = new TapChannel().config().setAddresses(list);
        list.clear();
        assertThat(config.getAddresses()).isEqualTo(ADDRESSES);
        assertThatThrownBy(() -> config.getAddresses().clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void tapsAndTunsNameTheSameOptions() {
        assertThat(TunChannelOption.MTU).isSameAs(TapChannelOption.MTU);
        assertThat(TunChannelOption.ADDRESSES).isSameAs(TapChannelOption.ADDRESSES);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.control;

import io.ringtap.internal.unix.AncillaryMessage;
import io.ringtap.internal.unix.Descriptors;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.internal.vhost.wire.MemoryRegion;
import io.ringtap.internal.vhost.wire.NoPayload;
import io.ringtap.internal.vhost.wire.Number64;
import io.ringtap.internal.vhost.wire.VhostMessage;
import io.ringtap.internal.vhost.wire.VhostProtocolException;
import io.ringtap.internal.vhost.wire.VhostRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@EnabledOnOs(OS.LINUX)
class ControlSocketTest {
    private static final VhostMessage GET = VhostMessage.request(VhostRequest.GET_FEATURES, new NoPayload(), false);
    private static final MemoryRegion REGION = new MemoryRegion(1, 2, 3, 4);

    private Set<String> before;
    private ControlSocket front;
    private ControlSocket back;
    private int event;

    private static Set<String> openDescriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.map(ControlSocketTest::what).filter(name -> !name.isEmpty()).collect(Collectors.toSet());
        }
    }

    /** Only what this test opens: other threads of the JVM open files. */
    private static String what(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.startsWith("socket:") || target.contains("eventfd") ? descriptor + " " + target : "";
        } catch (IOException closedMeanwhile) {
            return "";
        }
    }

    @BeforeEach
    void open() throws IOException {
        NativeMemory ends = NativeMemory.allocate(8);
        event = SystemCalls.check("eventfd", SystemCalls.eventDescriptor());
        before = openDescriptors();
        SystemCalls.check("socketpair", SystemCalls.socketPair(1, ends));
        front = new ControlSocket(ends.buffer().getInt(0));
        back = new ControlSocket(ends.buffer().getInt(4));
        ends.free();
    }

    @AfterEach
    void nothingIsLeftOpen() throws IOException {
        front.close();
        back.close();
        assertThat(openDescriptors()).isEqualTo(before);
        SystemCalls.close(event);
    }

    @Test
    void messagesComeWholeAndInOrder() throws Exception {
        assertThat(back.receive()).isFalse();
        front.send(GET);
        front.send(VhostMessage.request(VhostRequest.SET_FEATURES, new Number64(7), true));
        assertThat(back.receive()).isTrue();
        assertThat(back.receive()).as("again").isTrue();
        assertThat(back.request()).isEqualTo(GET);
        back.next();
        assertThat(back.receive()).isTrue();
        assertThat(back.request().isReplyNeeded()).isTrue();
        assertThat(back.takeDescriptors().count()).isZero();
        back.next();
        assertThat(back.receive()).isFalse();
        back.send(VhostMessage.reply(VhostRequest.GET_FEATURES, new Number64(5)));
        assertThat(front.receive()).isTrue();
        assertThat(front.reply(VhostRequest.GET_FEATURES).payload()).isEqualTo(new Number64(5));
    }

    @Test
    void descriptorsComeWithTheirMessage() throws Exception {
        front.send(VhostMessage.request(VhostRequest.ADD_MEM_REG, REGION, false), event);
        front.send(GET);
        assertThat(back.receive()).isTrue();
        try (Descriptors came = back.takeDescriptors()) {
            assertThat(came.count()).isEqualTo(1);
            assertThat(came.get(0)).isNotEqualTo(event).isPositive();
            int taken = came.take(0);
            NativeMemory one = NativeMemory.allocate(8);
            one.buffer().putLong(0, 3);
            assertThat(SystemCalls.write(taken, one.address(), 8)).isEqualTo(8);
            assertThat(SystemCalls.read(event, one.address(), 8)).isEqualTo(8);
            assertThat(one.buffer().getLong(0)).isEqualTo(3);
            SystemCalls.close(taken);
        }
        back.next();
        assertThat(back.receive()).isTrue();
        assertThat(back.request()).isEqualTo(GET);
        assertThat(back.takeDescriptors().count()).isZero();
    }

    @Test
    void descriptorsThatNobodyTakesAreClosed() throws Exception {
        front.send(GET, event, event, event);
        assertThat(back.receive()).isTrue();
        back.next();
        front.send(GET, event, event, event);
        assertThat(back.receive()).isTrue();
        // The rest is for close.
    }

    @Test
    void descriptorsOfAMessageThatIsCutInHalfAreClosed() throws Exception {
        sendOctets(new byte[] {1, 0, 0, 0, 1, 0, 0}, event, event);
        assertThat(back.receive()).isFalse();
        front.close();
        assertThatThrownBy(back::receive).isInstanceOf(IOException.class)
            .hasMessage("the other side has closed the connection in the middle of a message");
    }

    @Test
    void descriptorsInPartsAreOfOneMessage() throws Exception {
        sendOctets(new byte[] {1, 0, 0, 0, 1, 0, 0}, event);
        assertThat(back.receive()).isFalse();
        sendOctets(new byte[] {0, 0, 0, 0, 0}, event, event);
        assertThat(back.receive()).isTrue();
        Descriptors came = back.takeDescriptors();
        assertThat(came.count()).isEqualTo(3);
        came.close();
    }

    @Test
    void whoSendsMoreDescriptorsThanAnyMessageHasIsCutOff() throws Exception {
        int[] many = new int[16];
        Arrays.fill(many, event);
        sendOctets(new byte[] {1}, many);
        assertThat(back.receive()).isFalse();
        sendOctets(new byte[] {0}, many);
        assertThatThrownBy(back::receive).isInstanceOf(VhostProtocolException.class)
            .hasMessageContaining("32 descriptors or more");
    }

    @Test
    void anEndIsTold() throws Exception {
        front.close();
        assertThatThrownBy(back::receive).hasMessage("the other side has closed the connection");
        assertThatThrownBy(() -> back.send(GET)).hasMessageContaining("EPIPE");
    }

    @Test
    void whatFindsNoRoomIsKeptAndSentLater() throws Exception {
        int sent = 0;
        while (!front.isBehind()) {
            front.send(GET);
            sent++;
        }
        assertThatThrownBy(() -> front.send(GET)).isInstanceOf(IllegalStateException.class);
        for (int i = 0; i < sent; i++) {
            if (!back.receive()) {
                front.flush();
                assertThat(back.receive()).isTrue();
            }
            assertThat(back.request()).isEqualTo(GET);
            back.next();
        }
        assertThat(front.isBehind()).isFalse();
        assertThat(back.receive()).isFalse();
    }

    private void sendOctets(byte[] octets, int... descriptors) {
        NativeMemory memory = NativeMemory.allocate(octets.length);
        memory.buffer().put(0, octets);
        AncillaryMessage message = new AncillaryMessage();
        assertThat(message.send(front.descriptor(), memory, 0, octets.length, descriptors)).isEqualTo(octets.length);
        message.free();
        memory.free();
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.ringtap.internal.unix.SystemCalls;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.stream.Stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@EnabledOnOs(OS.LINUX)
class DescriptorSocketTest {
    private static final String NAME = "rt-passed";

    @TempDir
    private Path folder;
    private DescriptorSocket listening;
    private DescriptorSocket near;
    private DescriptorSocket far;
    private final ByteBuffer bytes = ByteBuffer.allocate(64 << 10);
    private final DescriptorSocket.Received along = new DescriptorSocket.Received();
    private int file;

    @BeforeEach
    void open() throws IOException {
        file = SystemCalls.check("memfd", SystemCalls.memoryFile(NAME));
        listening = DescriptorSocket.listen(folder.resolve("socket"));
        assertThat(listening.accept()).isNull();
        near = DescriptorSocket.connect(folder.resolve("socket"));
        assertThat(listening.await(10)).isTrue();
        far = listening.accept();
    }

    @AfterEach
    void nothingIsLeftOpen() throws IOException {
        along.close();
        near.close();
        far.close();
        listening.close();
        assertThat(copies()).isOne();
        SystemCalls.close(file);
    }

    /** How many descriptors of this process are of the file. */
    private static long copies() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.filter(DescriptorSocketTest::isFile).count();
        }
    }

    private static boolean isFile(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().contains(NAME);
        } catch (IOException closedMeanwhile) {
            return false;
        }
    }

    private String text() {
        String text = UTF_8.decode(bytes.flip()).toString();
        bytes.clear();
        return text;
    }

    @Test
    void descriptorsComeWithTheBytesTheyWereSentWith() throws IOException {
        assertThat(far.receive(bytes, along)).isZero();
        assertThat(near.send(UTF_8.encode("first"))).isEqualTo(5);
        assertThat(near.send(UTF_8.encode("second"), file, file)).isEqualTo(6);
        near.send(UTF_8.encode("third"));
        // The kernel puts those without descriptors to those with them, and ends there.
        assertThat(far.receive(bytes, along)).isEqualTo(11);
        assertThat(text()).isEqualTo("firstsecond");
        assertThat(along.descriptors()).hasSize(2).allMatch(fd -> isFile(Path.of("/proc/self/fd/" + fd)));
        assertThat(copies()).isEqualTo(3);
        assertThat(far.receive(bytes, along)).isEqualTo(5);
        assertThat(along.descriptors()).hasSize(2);
        assertThat(text()).isEqualTo("third");
        SystemCalls.close(along.take());
        assertThat(along.descriptors()).hasSize(1);
        along.close();
        assertThat(along.take()).isEqualTo(-1);
        assertThat(copies()).isOne();
    }

    @Test
    void moreThanTheKernelTakesAtOnceAreRefused() throws IOException {
        int[] many = Collections.nCopies(DescriptorSocket.MOST + 1, file).stream().mapToInt(fd -> fd).toArray();
        assertThatThrownBy(() -> near.send(UTF_8.encode("x"), many)).isInstanceOf(IllegalArgumentException.class);
        near.send(UTF_8.encode("x"), Arrays.copyOf(many, DescriptorSocket.MOST));
        assertThat(far.receive(bytes, along)).isOne();
        assertThat(along.descriptors()).hasSize(DescriptorSocket.MOST);
    }

    @Test
    void aSocketWithoutRoomTakesNoneOfTheBytesAndTheEndIsTold() throws IOException {
        ByteBuffer block = ByteBuffer.allocate(16 << 10);
        long sent = 0;
        while (near.send(block.clear()) > 0) {
            sent += block.position();
        }
        assertThat(near.send(block.clear(), file)).isZero();
        assertThat(block.position()).isZero();
        near.close();
        long received = 0;
        for (int n = far.receive(bytes.clear(), along); n > 0; n = far.receive(bytes.clear(), along)) {
            received += n;
        }
        assertThat(received).isEqualTo(sent);
        assertThat(along.descriptors()).isEmpty();
        assertThat(far.receive(bytes.clear(), along)).isEqualTo(-1);
        assertThatThrownBy(() -> far.send(UTF_8.encode("x"))).hasMessageContaining("EPIPE");
        assertThatThrownBy(() -> near.send(UTF_8.encode("x"))).hasMessageContaining("closed");
    }

    @Test
    void thePeerIsTheUserOfThisProcess() throws IOException {
        DescriptorSocket.Peer self = new DescriptorSocket.Peer(
            ((Number) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue(),
            ((Number) Files.getAttribute(Path.of("/proc/self"), "unix:gid")).longValue());
        assertThat(far.peer()).isEqualTo(self);
        assertThat(near.peer()).isEqualTo(self);
    }

    @Test
    void whoCannotBeReachedIsTold() {
        assertThatThrownBy(() -> DescriptorSocket.connect(folder.resolve("nobody"))).hasMessageContaining("ENOENT");
        assertThatThrownBy(() -> DescriptorSocket.listen(folder.resolve("socket"))).hasMessageContaining("EADDRINUSE");
        assertThatThrownBy(() -> DescriptorSocket.listen(folder.resolve("x".repeat(108))))
            .isInstanceOf(IOException.class).hasMessageContaining("too long");
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.control;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.Writer;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Asks a bridge over its control socket. */
final class ControlClient implements AutoCloseable {
    private static final ObjectMapper MAPPER =
        new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private final SocketChannel channel;
    private final BufferedReader answers;
    private final Writer requests;

    /**
     * Connects.
     *
     * @throws IOException if nobody listens there, or this user may not ask
     */
    ControlClient(Path path) throws IOException {
        try {
            channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            throw unreachable(path, e);
        }
        answers = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
        requests = Channels.newWriter(channel, StandardCharsets.UTF_8);
    }

    static IOException unreachable(Path path, IOException cause) {
        return new IOException("no bridge can be asked over " + path + ": " + cause.getMessage()
            + "; is there one with --control " + path + ", and may this user write to that file?", cause);
    }

    /** A request as it is sent. */
    static String line(ControlRequest request) throws IOException {
        return MAPPER.writeValueAsString(request) + '\n';
    }

    /** Reads an answer; {@code null} stands for the end of the connection. */
    static ControlAnswer answer(String line) throws IOException {
        if (line == null) {
            throw new EOFException("the bridge has closed the connection without an answer");
        }
        return MAPPER.readValue(line, ControlAnswer.class);
    }

    /** Asks, and waits for the answer. */
    ControlAnswer ask(ControlRequest request) throws IOException {
        requests.write(line(request));
        requests.flush();
        return answer(answers.readLine());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}

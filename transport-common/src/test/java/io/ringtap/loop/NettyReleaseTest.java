/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.ringtap.channel.FrameChannelConfig;
import io.ringtap.channel.spi.AbstractFrameChannel;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.internal.netty.NettyRelease;
import io.ringtap.virtio.LinkLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The message if Netty on the class path is too old. */
class NettyReleaseTest {
    private static final String MESSAGE = "Ringtap needs Netty 4.2, and on the class path there is netty-transport"
        + " 4.1.0.Test: import io.netty:netty-bom of a 4.2 release, before any other BOM that sets Netty's version";

    /** A channel that can be made without a device. */
    static final class AnyChannel extends AbstractFrameChannel {
        @Override
        protected FrameDevice openDevice(SocketAddress localAddress) throws IOException {
            throw new IOException("there is no device");
        }

        @Override
        public FrameChannelConfig config() {
            return null;
        }

        @Override
        public LinkLayer linkLayer() {
            return LinkLayer.ETHERNET;
        }
    }

    /** A jar of Netty's transport without the classes that are new in 4.2, and with an older version number. */
    private static void writeOldTransport(Path jar, Path old) throws IOException {
        try (JarFile from = new JarFile(jar.toFile()); OutputStream file = Files.newOutputStream(old);
            JarOutputStream to = new JarOutputStream(file)) {
            for (JarEntry entry : from.stream().toList()) {
                String name = entry.getName();
                if (name.matches("io/netty/channel/(nio/)?(Io|MultiThreadIo|SingleThreadIo|NioIo)[A-Z].*")) {
                    continue;
                }
                byte[] bytes = from.getInputStream(entry).readAllBytes();
                if (name.equals("META-INF/io.netty.versions.properties")) {
                    bytes = new String(bytes, StandardCharsets.ISO_8859_1)
                        .replaceAll("(netty-transport.version=).*", "$14.1.0.Test")
                        .getBytes(StandardCharsets.ISO_8859_1);
                }
                to.putNextEntry(new JarEntry(name));
                to.write(bytes);
                to.closeEntry();
            }
        }
    }

    private static URLClassLoader onOldTransport(Path folder) throws IOException {
        List<URL> path = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path jar = Path.of(entry);
            if (jar.getFileName().toString().matches("netty-transport-[0-9.]+\\.Final\\.jar")) {
                Path old = folder.resolve("old.jar");
                writeOldTransport(jar, old);
                jar = old;
            }
            path.add(jar.toUri().toURL());
        }
        assertThat(folder.resolve("old.jar")).exists();
        return new URLClassLoader(path.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    /** Makes the calls with which a program may begin, and returns what each throws. */
    public static final class Program implements Supplier<List<String>> {
        @Override
        public List<String> get() {
            // These are no method references, as linking one loads the return type of the method.
            return List.of(thrownBy(() -> FrameLoop.named(FrameLoop.AUTO)), thrownBy(() -> FrameLoop.POLL.newFactory()),
                thrownBy(() -> new AnyChannel()), FrameLoop.EPOLL.unavailabilityCause().getMessage());
        }

        private static String thrownBy(Supplier<?> call) {
            try {
                return "returned " + call.get();
            } catch (RuntimeException e) {
                return e.getClass().getSimpleName() + ": " + e.getMessage();
            }
        }
    }

    @Test
    void anOlderNettyIsNamedWhereverAProgramBegins(@TempDir Path folder) throws Exception {
        try (URLClassLoader loader = onOldTransport(folder)) {
            Object program = loader.loadClass(Program.class.getName()).getConstructor().newInstance();
            assertThat(((Supplier<?>) program).get()).isEqualTo(List.of(
                "IllegalStateException: no event loop works here: " + MESSAGE,
                "IllegalStateException: the poll event loop is unavailable: " + MESSAGE,
                "UnsupportedOperationException: " + MESSAGE, MESSAGE));
        }
    }

    @Test
    void theNettyOfThisBuildIsFine() {
        assertThat(NettyRelease.unavailabilityCause()).isNull();
        NettyRelease.ensureAvailability();
        assertThatThrownBy(() -> new AnyChannel().openDevice(null)).hasMessage("there is no device");
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ringtap.testkit.Await;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

/** Who hears what happens to a bridge: listeners that come and go, and the Flight Recorder. */
class BridgeListenersTest extends PipeBridge {
    @Test
    void theFlightRecorderIsToldOfPorts(@TempDir Path folder) throws Exception {
        try (Recording recording = new Recording()) {
            recording.enable("io.ringtap.BridgePortOpen");
            recording.enable("io.ringtap.BridgePortGone");
            recording.start();
            open(2);
            BridgePort left = bridge.ports().get(1);
            bridge.removePort(left).sync();
            Await.await("the event", () -> listener.events.contains("gone " + left));
            recording.stop();
            Path file = folder.resolve("recording.jfr");
            recording.dump(file);
            List<String> ports = RecordingFile.readAllEvents(file).stream()
                .map(event -> event.getEventType().getLabel() + ' ' + event.getString("port"))
                .filter(event -> event.startsWith("Bridge Port ")).toList();
            assertThat(ports).containsExactly("Bridge Port Open " + bridge.ports().get(0), "Bridge Port Open " + left,
                "Bridge Port Gone " + left);
        }
    }

    @Test
    void aLaterListenerHearsOfThePortsThatThereAreAndOfNothingAfterItsEnd() throws Exception {
        open(3);
        List<BridgePort> ports = bridge.ports();
        bridge.removePort(ports.get(2)).sync();
        RecordingListener later = new RecordingListener();
        bridge.addListener(later);
        bridge.mute(ports.get(1), true);
        Await.await("the events", () -> later.events.size() == 3);
        assertThat(later.events).containsExactly("opened " + ports.get(0), "opened " + ports.get(1),
            "muted " + ports.get(1));
        bridge.removeListener(later);
        bridge.mute(ports.get(1), false);
        Await.await("the events", () -> listener.events.contains("unmuted " + ports.get(1)));
        assertThat(later.events).hasSize(3);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/** The files of the web page. They are read once and found by their whole name: no path leads to another file. */
final class WebPage {
    private static final String FOLDER = "/io/ringtap/examples/bridge/web/";
    private static final String[][] FILES = {
        {"index.html", "text/html; charset=utf-8"},
        {"bridge.css", "text/css; charset=utf-8"},
        {"bridge.js", "text/javascript; charset=utf-8"},
        {"plot.js", "text/javascript; charset=utf-8"},
        {"stations.js", "text/javascript; charset=utf-8"},
        {"topology.js", "text/javascript; charset=utf-8"},
        {"icon.svg", "image/svg+xml"},
    };

    private final Map<String, Answer> files = new HashMap<>();

    WebPage() {
        for (String[] file : FILES) {
            files.put("/" + file[0], Answer.of(file[1], read(file[0])));
        }
        files.put("/", files.get("/index.html"));
    }

    private static byte[] read(String name) {
        try (InputStream file = WebPage.class.getResourceAsStream(FOLDER + name)) {
            if (file == null) {
                throw new IllegalStateException("the class path lacks " + FOLDER + name);
            }
            return file.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The file of a path, {@code null} if there is none. */
    Answer file(String path) {
        return files.get(path);
    }
}

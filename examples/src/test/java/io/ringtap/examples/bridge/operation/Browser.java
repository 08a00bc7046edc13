/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.operation;

import org.openqa.selenium.WebDriver;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The Chromium of this machine and its driver, as Debian's packages chromium and chromium-driver install them. */
final class Browser {
    private static final Optional<Path> CHROMIUM = find("chromium", "chromium-browser", "google-chrome");
    private static final Optional<Path> DRIVER = find("chromedriver");

    private Browser() {
    }

    private static Optional<Path> find(String... names) {
        return Stream.of(names).flatMap(name -> Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .map(folder -> Path.of(folder, name))).filter(Files::isExecutable).findFirst();
    }

    /** Why there is none; {@code null} if there is. */
    static String missing() {
        return CHROMIUM.isEmpty() || DRIVER.isEmpty() ? "no Chromium and chromedriver are installed, which show the"
            + " page of the bridge" : null;
    }

    /** Starts one without a window. Both programs are named, so that Selenium looks for none and downloads none. */
    static WebDriver start(int width, int height) {
        ChromeOptions options = new ChromeOptions();
        options.setBinary(CHROMIUM.orElseThrow().toFile());
        options.addArguments("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
            "--window-size=" + width + "," + height, "--force-device-scale-factor=1");
        ChromeDriverService service = new ChromeDriverService.Builder()
            .usingDriverExecutable(DRIVER.orElseThrow().toFile()).usingAnyFreePort().withSilent(true).build();
        return new ChromeDriver(service, options);
    }
}

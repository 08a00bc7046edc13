/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.operation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ringtap.bridge.Bridge;
import io.ringtap.bridge.BridgePort;
import io.ringtap.testkit.Await;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebDriver;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * The page of a bridge under load, in a real browser. The system property {@code ringtap.screenshots} names a folder
 * for pictures of the page.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WebPageTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String SCREENSHOTS = System.getProperty("ringtap.screenshots");

    private LiveBridge live;
    private WebDriver browser;

    @BeforeAll
    void start() {
        assumeTrue(Browser.missing() == null, Browser.missing());
        browser = Browser.start(1280, 1400);
    }

    @BeforeEach
    void open() throws Exception {
        live = new LiveBridge(3, Bridge.builder().maxStations(20_000), "--http", "127.0.0.1:0");
        live.traffic();
        browser.get(live.uri("/").toString());
        await("the page", () -> text("connection").equals("live"));
    }

    @AfterEach
    void close() throws IOException {
        live.close();
    }

    @AfterAll
    void quit() {
        if (browser != null) {
            browser.quit();
        }
    }

    private static void await(String what, Await.Condition condition) throws InterruptedException {
        Await.await(what, 30_000, condition);
    }

    private String text(String id) {
        return browser.findElement(By.id(id)).getText();
    }

    private Object script(String code, Object... arguments) {
        return ((JavascriptExecutor) browser).executeScript(code, arguments);
    }

    /** What the card of a port holds there; empty if there is no card. */
    private String inCard(String port, String selector) {
        return (String) script("const card = document.querySelector(`[data-port='${arguments[0]}']`);"
            + " return card ? card.querySelector(arguments[1]).textContent : '';", port, selector);
    }

    private String value(String port, String name) {
        return inCard(port, "[data-value=" + name + "]");
    }

    private JsonNode port(int number) throws Exception {
        return MAPPER.readTree(live.get("/ports").body()).get("ports").get(number);
    }

    private void screenshot(String name, int width, int height, String scheme) throws Exception {
        ChromeDriver chromium = (ChromeDriver) browser;
        chromium.executeCdpCommand("Emulation.setDeviceMetricsOverride",
            Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        chromium.executeCdpCommand("Emulation.setEmulatedMedia", Map.of("features",
            List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
        script("document.activeElement.blur(); window.scrollTo(0, 0);");
        // Drawn anew for the new width.
        Thread.sleep(500);
        Files.write(Path.of(SCREENSHOTS, name + ".png"), chromium.getScreenshotAs(OutputType.BYTES));
        chromium.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
        chromium.executeCdpCommand("Emulation.setEmulatedMedia", Map.of("features", List.of()));
    }

    /** For the documentation: a bridge that has seen something. */
    private void takePictures() throws Exception {
        live.stations(2, 300);
        live.bridge.addPort(LiveBridge.port(3) + ",fault=drop=0.1+seed=1").sync();
        live.bridge.addPort(LiveBridge.port(4)).sync();
        live.bridge.mute(live.bridge.ports().get(4), true);
        live.bridge.addPort(LiveBridge.port(5)).sync().getNow().channels().forEach(channel -> channel.close());
        Thread.sleep(40_000);
        screenshot("bridge-light", 1180, 1500, "light");
        screenshot("bridge-dark", 1180, 1500, "dark");
        screenshot("bridge-narrow", 390, 2700, "dark");
    }

    @Test
    void thePageShowsTheNumbersOfTheBridge() throws Exception {
        String name = live.bridge.ports().get(0).name();
        await("frames on the page", () -> Long.parseLong(value(name, "rxFrames")) > 10);
        // The counters move on: what the page shows lies between two answers, of before and after.
        for (String counter : List.of("rxFrames", "txFrames", "rxBytes", "txBytes")) {
            await("a fresh " + counter, () -> {
                long before = port(0).get(counter).asLong();
                long shown = Long.parseLong(value(name, counter));
                return shown >= before - 4000 && shown <= port(0).get(counter).asLong();
            });
        }
        await("rates", () -> !value(name, "rxRate").equals("0") && !value(name, "rxRate").equals("–"));
        WebElement plot = browser.findElement(By.className("plot"));
        await("a plot", () -> plot.findElement(By.className("rx")).getDomAttribute("points").split(" ").length > 1);
        assertThat(plot.getDomAttribute("aria-label")).contains(name, "received", "bit/s");
        assertThat(browser.findElements(By.cssSelector("#topology rect"))).hasSizeGreaterThanOrEqualTo(3);
        assertThat(text("total-stations")).isNotEqualTo("0");
        assertThat(browser.findElements(By.cssSelector("#stations tr"))).isNotEmpty();
        if (SCREENSHOTS != null) {
            takePictures();
        }
    }

    @Test
    void aPortThatGoesIsShownAndSoIsOneThatComes() throws Exception {
        live.bridge.addPort(LiveBridge.port(7)).sync();
        BridgePort port = live.bridge.ports().get(live.bridge.ports().size() - 1);
        await("the new port", () -> inCard(port.name(), ".state").equals("up"));
        live.bridge.mute(port, true);
        await("its state", () -> inCard(port.name(), ".state").equals("muted"));
        await("drops", () -> inCard(port.name(), ".drops").contains("muted"));
        // Its device goes, as a network interface does that is deleted.
        port.channels().forEach(channel -> channel.close());
        await("the end of the port", () -> inCard(port.name(), ".state").equals("gone"));
        await("the event", () -> text("events").contains("was removed"));
        assertThat(text("events")).contains(port.name(), "joined the bridge", "was muted");
    }

    @Test
    @SuppressWarnings("unchecked")
    void tenThousandStationsStaySmooth() throws Exception {
        live.stations(2, 10_000);
        await("the stations", () -> live.bridge.stations().size() >= 10_000);
        await("their number", () -> text("stations-shown").matches("1 to 50 of 1000\\d"));
        assertThat(browser.findElements(By.cssSelector("#stations tr"))).hasSize(50);
        // The longest time between two frames while the table is paged and refreshed.
        script("window.longest = 0; let last = performance.now(); window.frames2 = 0; (function tick() {"
            + " const now = performance.now(); if (window.frames2++ > 3) window.longest = Math.max(window.longest,"
            + " now - last); last = now; requestAnimationFrame(tick); })();");
        for (int i = 0; i < 5; i++) {
            browser.findElement(By.id("stations-next")).sendKeys(Keys.ENTER);
            int from = 50 * (i + 1) + 1;
            await("the next page", () -> text("stations-shown").startsWith(from + " to "));
        }
        Map<String, Object> seen = (Map<String, Object>) script(
            "return {longest: window.longest, frames: window.frames2};");
        assertThat(((Number) seen.get("frames")).longValue()).isGreaterThan(10);
        assertThat(((Number) seen.get("longest")).doubleValue()).as("milliseconds between two frames").isLessThan(500);
        browser.findElement(By.id("stations-match")).sendKeys("00:27:0f");
        await("the one station", () -> text("stations-shown").startsWith("1 to 1 of 1,"));
        assertThat(text("stations")).contains("02:00:00:00:27:0f");
        browser.findElement(By.id("stations-match")).clear();
        browser.findElement(By.id("stations-match")).sendKeys("a", Keys.BACK_SPACE);
    }

    @Test
    void aBrokenConnectionHeals() throws Exception {
        int port = live.uri("/").getPort();
        live.end();
        await("the news", () -> text("connection").startsWith("connection lost"));
        live.begin("--http", "127.0.0.1:" + port);
        await("the connection", () -> text("connection").equals("live"));
        String name = live.bridge.ports().get(0).name();
        long before = port(0).get("rxFrames").asLong();
        await("fresh numbers", () -> Long.parseLong(value(name, "rxFrames")) >= before);
    }

    @Test
    void namesAreTextAndNoMarkup() throws Exception {
        String evil = "<img src=x onerror=alert(1)>";
        script("window.bridgePage.state({ports: [{name: arguments[0], state: 'gone', cause: arguments[0], channel:"
            + " arguments[0], header: 0, queues: 1, remotes:"
            + " [arguments[0]], rxDrops: {[arguments[0]]: 1}, txDrops: {}, conditions: {},"
            + " stations: 0, rxFrames: 0, rxBytes: 0, txFrames: 0, txBytes: 0}], stations: 0, uptimeSeconds: 0,"
            + " time: 0}); window.bridgePage.log({time: 0, kind: 'x', port: arguments[0], text: arguments[0], count: 1}"
            + "); window.bridgePage.stations.show({total: 1, matching: 1, offset: 0, stations: [{address: arguments[0],"
            + " port: arguments[0], age: 0, moves: 0}]}); window.bridgePage.topology.show([{name: arguments[0],"
            + " state: 'up', stations: 0, remotes: []}]);", evil);
        assertThat(text("events")).contains(evil);
        assertThat(browser.findElements(By.tagName("img"))).isEmpty();
        assertThat(browser.findElements(By.tagName("script"))).hasSize(1);
        await("the true ports", () -> browser.findElements(By.className("port")).size() >= 3);
    }

    @Test
    void thePageIsUsableByKeyboardAndScreenReader() {
        browser.findElement(By.tagName("body")).sendKeys(Keys.TAB);
        assertThat(browser.switchTo().activeElement().getDomProperty("textContent"))
            .isEqualTo("To the ports");
        for (WebElement section : browser.findElements(By.tagName("section"))) {
            assertThat(section.getAccessibleName()).as("the name of a section").isNotEmpty();
        }
        for (WebElement field : browser.findElements(By.cssSelector("input, select, button"))) {
            assertThat(field.getAccessibleName()).as("the name of a field").isNotEmpty();
        }
        assertThat(browser.findElement(By.id("connection")).getAriaRole()).isEqualTo("status");
        assertThat(browser.findElement(By.cssSelector("#topology svg")).getAccessibleName())
            .startsWith("The bridge joins");
        assertThat((Boolean) script("return document.documentElement.scrollWidth <= window.innerWidth;"))
            .as("nothing is wider than the page").isTrue();
    }
}

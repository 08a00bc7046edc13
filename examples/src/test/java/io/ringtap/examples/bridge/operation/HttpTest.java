/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.operation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.bridge.Bridge;
import io.ringtap.examples.bridge.http.HttpServer;
import io.ringtap.examples.bridge.view.BridgeView;
import io.ringtap.examples.bridge.view.EventLog;
import io.ringtap.testkit.Await;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What clients see over HTTP, those with bad manners among them. */
class HttpTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private LiveBridge live;

    @BeforeEach
    void open() throws Exception {
        live = new LiveBridge(3, Bridge.builder().maxStations(20_000), "--http", "127.0.0.1:0", "--http-host",
            "bridge.example");
    }

    @AfterEach
    void close() throws IOException {
        live.close();
    }

    private JsonNode json(String path) throws Exception {
        var response = live.get(path);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        return MAPPER.readTree(response.body());
    }

    /** Sends bytes as they are, and returns the status line of the answer; empty if there is none. */
    private String raw(String request) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            String line = new BufferedReader(new InputStreamReader(socket.getInputStream(),
                StandardCharsets.ISO_8859_1)).readLine();
            return line == null ? "" : line;
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket("127.0.0.1", live.uri("/").getPort());
        socket.setSoTimeout(20_000);
        return socket;
    }

    @Test
    void portsAndStationsAreThoseOfTheBridge() throws Exception {
        live.send(0, 0x02_00_00_00_00_0aL);
        Await.await("a station", () -> live.bridge.stations().size() == 1);
        Await.await("its number", () -> json("/ports").get("stations").asInt() == 1);
        JsonNode state = json("/ports");
        assertThat(state.get("ports")).hasSize(3);
        JsonNode port = state.get("ports").get(0);
        assertThat(port.get("name").asText()).isEqualTo(live.bridge.ports().get(0).name());
        assertThat(port.get("state").asText()).isEqualTo("up");
        assertThat(port.get("rxFrames").asInt()).isOne();
        Await.await("the station at its port", () -> json("/ports").get("ports").get(0).get("stations").asInt() == 1);
        JsonNode page = json("/addresses");
        assertThat(page.get("stations").get(0).get("address").asText()).isEqualTo("02:00:00:00:00:0a");
        assertThat(page.get("stations").get(0).get("port").asText()).isEqualTo(port.get("name").asText());
        assertThat(json("/health").get("status").asText()).isEqualTo("up");
        assertThat(json("/health").get("portsUp").asInt()).isEqualTo(3);
    }

    @Test
    void aTunnelSaysWhereItLeads() throws Exception {
        int port;
        try (DatagramSocket free = new DatagramSocket()) {
            port = free.getLocalPort();
        }
        live.bridge.addPort("vxlan:77,local=127.0.0.1,port=" + port + ",remote=127.0.0.2").sync();
        Await.await("the port", () -> json("/ports").get("ports").size() == 4);
        assertThat(json("/ports").get("ports").get(3).get("remotes").get(0).asText()).isEqualTo("127.0.0.2");
    }

    @Test
    void aPortThatHasGoneIsShownWithItsLastCounters() throws Exception {
        live.send(2, 0x02_00_00_00_00_0aL);
        Await.await("a station", () -> live.bridge.stations().size() == 1);
        var gone = live.bridge.ports().get(2);
        live.bridge.removePort(gone).sync();
        Await.await("the port", () -> json("/ports").get("ports").get(2).get("state").asText().equals("gone"));
        JsonNode port = json("/ports").get("ports").get(2);
        assertThat(port.get("name").asText()).isEqualTo(gone.name());
        assertThat(port.get("rxFrames").asInt()).isOne();
        assertThat(json("/health").get("ports").asInt()).isEqualTo(2);
    }

    @Test
    void stationsAreSearchedSortedAndPaged() throws Exception {
        live.stations(0, 10_000);
        Await.await("the stations", () -> live.bridge.stations().size() == 10_000);
        Await.await("their number", () -> json("/addresses?limit=1").get("total").asInt() == 10_000);
        JsonNode page = json("/addresses?order=address&offset=9990&limit=50");
        assertThat(page.get("stations")).hasSize(10);
        assertThat(page.get("stations").get(9).get("address").asText()).isEqualTo("02:00:00:00:27:0f");
        JsonNode found = json("/addresses?match=00:27:0F");
        assertThat(found.get("matching").asInt()).isOne();
        assertThat(json("/addresses?match=nobody").get("stations")).isEmpty();
        assertThat(live.get("/addresses").body().length()).isGreaterThan(500_000);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "/addresses?limit=x      | 400", "/addresses?limit=-1 | 400", "/addresses?order=no | 400",
        "/addresses?colour=red   | 400", "/nowhere            | 404", "/index.html         | 200",
        "/                       | 200", "/bridge.js          | 200", "/../pom.xml         | 404",
        "/%2e%2e/%2e%2e/pom.xml  | 404", "/..%2findex.html    | 404", "//index.html        | 404",
        "/index.html/            | 404", "/index.html%00      | 404", "/io/ringtap         | 404",
        "/metrics?x=1            | 200", "/%6detrics          | 404", "/bridge.css;a=b     | 404"})
    void pathsAreWholeNames(String path, int status) throws Exception {
        assertThat(raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
            .startsWith("HTTP/1.1 " + status + " ");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", value = {
        "localhost:9090 | - | 200", "127.0.0.1 | - | 200", "[::1]:9090 | - | 200", "BRIDGE.example:1 | - | 200",
        "evil.example | - | 403", "localhost.evil.example | - | 403", "127.0.0.1.evil.example | - | 403",
        "[evil] | - | 403", "- | - | 403", "localhost | http://localhost | 200", "localhost | http://evil.example | 403",
        "localhost | null | 403", "bridge.example | https://bridge.example | 200",
        "localhost:1 | http://localhost:2 | 403"})
    void onlyKnownNamesAndTheOwnOriginAreAnswered(String host, String origin, int status) throws Exception {
        assertThat(raw("GET /ports HTTP/1.1\r\n" + (host == null ? "" : "Host: " + host + "\r\n")
            + (origin == null ? "" : "Origin: " + origin + "\r\n") + "Connection: close\r\n\r\n"))
            .startsWith("HTTP/1.1 " + status + " ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PORT-ADD"})
    void nothingIsChangedOverHttp(String method) throws Exception {
        assertThat(raw(method + " /ports HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"))
            .startsWith("HTTP/1.1 405 ");
        assertThat(live.bridge.ports()).hasSize(3);
    }

    @Test
    void requestsThatAreTooLongOrNoneAreRefused() throws Exception {
        assertThat(raw("GET /" + "a".repeat(5000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n")).contains(" 414 ");
        assertThat(raw("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "a".repeat(9000) + "\r\n\r\n")).contains(" 431 ");
        assertThat(raw("GET / HTTP/1.1\r\nHost: localhost\r\n" + "X: y\r\n".repeat(3000) + "\r\n")).contains(" 431 ");
        assertThat(raw("nonsense\r\n\r\n")).contains(" 400 ");
        assertThat(raw("GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n")).contains(" 400 ");
        assertThat(raw("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n")).contains(" 403 ");
        assertThat(raw("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello")).contains(" 400 ");
        assertThat(live.get("/health").statusCode()).isEqualTo(200);
    }

    @Test
    void answersForbidThePageWhatItDoesNotNeed() throws Exception {
        var page = live.get("/");
        assertThat(page.headers().firstValue("content-security-policy")).get().asString()
            .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'").doesNotContain("unsafe");
        assertThat(page.headers().firstValue("x-content-type-options")).contains("nosniff");
        assertThat(page.body()).doesNotContainPattern("(src|href)=\"(https?:)?//").doesNotContain("onclick", "style=");
    }

    @Test
    void whoSaysNothingKeepsNobodyOut() throws Exception {
        List<Socket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 600; i++) {
                silent.add(connect());
                if (i % 2 == 0) {
                    silent.get(i).getOutputStream().write("GET / HT".getBytes(StandardCharsets.US_ASCII));
                }
            }
            assertThat(live.get("/health").statusCode()).isEqualTo(200);
            assertThat(silent.get(0).getInputStream().read()).as("the end of the oldest one").isEqualTo(-1);
            assertThat(live.get("/metrics").body()).containsPattern(
                "ringtap_http_closed_connections_total\\{reason=\"full\"\\} 3[4-9]\\d\\.0")
                .containsPattern("ringtap_http_connections 25[56]\\.0");
            Await.await("it to be told", () -> live.log.stream().anyMatch(line -> line.matches(
                "http: \\d+ connections were closed, .*, as more than 256 were open")));
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    @Test
    void whatComesBehindTheLastRequestKeepsNobodyOut() throws Exception {
        String last = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        for (int i = 0; i < 300; i++) {
            assertThat(raw(last + last)).startsWith("HTTP/1.1 200 ");
        }
        assertThat(live.get("/health").statusCode()).isEqualTo(200);
    }

    @Test
    void requestsThatArriveTogetherAreAnsweredAsTheClientReads() throws Exception {
        String much = "x".repeat(2 << 20);
        AtomicInteger answers = new AtomicInteger();
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try (HttpServer server = new HttpServer(loop, new InetSocketAddress("127.0.0.1", 0), List.of(),
            new BridgeView(live.bridge), new EventLog(), () -> much + answers.incrementAndGet(), line -> { });
             Socket slow = new Socket("127.0.0.1", server.address().getPort())) {
            String request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n";
            slow.getOutputStream().write(((request + "\r\n").repeat(19) + request + "Connection: close\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
            Await.await("the first answer", () -> answers.get() > 0);
            // Behind what the loop does with the requests.
            loop.submit(() -> { }).sync();
            assertThat(answers).as("what the buffers of the system hold").hasValueLessThan(15);
            assertThat(slow.getInputStream().transferTo(OutputStream.nullOutputStream())).isGreaterThan(20 * (2 << 20));
            assertThat(answers).hasValue(20);
        } finally {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void eventsArriveAndAClientThatDoesNotReadHoldsNothingUp() throws Exception {
        try (Socket deaf = connect(); Socket socket = connect()) {
            String request = "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n";
            deaf.setReceiveBufferSize(1024);
            deaf.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            BufferedReader lines = new BufferedReader(new InputStreamReader(socket.getInputStream(),
                StandardCharsets.UTF_8));
            assertThat(lines.readLine()).isEqualTo("HTTP/1.1 200 OK");
            live.bridge.mute(live.bridge.ports().get(1), true);
            String line = lines.readLine();
            List<String> events = new ArrayList<>();
            while (!line.contains("port-muted")) {
                line = lines.readLine();
                if (line.startsWith("event: ")) {
                    events.add(line.substring(7));
                }
            }
            assertThat(events).contains("state", "log");
            JsonNode event = MAPPER.readTree(line.substring("data: ".length()));
            assertThat(event.get("port").asText()).isEqualTo(live.bridge.ports().get(1).name());
        }
    }

    @Test
    void metricsPassTheCheckOfPrometheus() throws Exception {
        Path promtool = Path.of("/usr/bin/promtool");
        assumeTrue(Files.isExecutable(promtool), "promtool, of Debian's package prometheus");
        live.traffic();
        Await.await("frames", () -> live.bridge.ports().get(1).stats().txFrames() > 10);
        String metrics = live.get("/metrics").body();
        Process check = new ProcessBuilder(promtool.toString(), "check", "metrics").redirectErrorStream(true).start();
        try (var in = check.getOutputStream()) {
            in.write(metrics.getBytes(StandardCharsets.UTF_8));
        }
        String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(check.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(said.lines().filter(line -> line.contains("ringtap"))).isEmpty();
        assertThat(check.exitValue()).as(said).isZero();
        assertThat(metrics).contains("ringtap_bridge_port_frames_total{", "ringtap_bridge_port_bytes_total{",
            "ringtap_bridge_port_dropped_frames_total{", "ringtap_bridge_port_queue_bytes{",
            "ringtap_event_loop_lag_seconds_max{", "ringtap_bridge_stations ", "ringtap_bridge_stations_moved_total ");
    }
}

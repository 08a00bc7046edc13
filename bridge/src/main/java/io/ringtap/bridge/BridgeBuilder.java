/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortSyntaxException;
import io.ringtap.ethernet.MacTable;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VnetHeaderLength;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.ToLongFunction;

/** Settings of a bridge; what is not set has the default named. */
public final class BridgeBuilder {
    /** What a bridge holds by default. */
    public static final int DEFAULT_MAX_STATIONS = 8192;

    /** From how many signs a second on there is a storm by default. */
    public static final int DEFAULT_STORM_RATE = 100;

    private static final int MAX_BLOCK_SECONDS = 86_400;
    private static final Duration MAX_REOPEN = Duration.ofHours(1);
    /** A handler that keeps an event loop longer than this makes more trouble than a port that is not added. */
    private static final long PATIENCE_MILLIS = 30_000;

    private final List<WantedPort> ports = new ArrayList<>();
    private int maxStations = DEFAULT_MAX_STATIONS;
    private int ageingSeconds = MacTable.DEFAULT_AGEING_SECONDS;
    private GroupForwarding groups = GroupForwarding.BPDUS;
    private BridgeListener listener = new BridgeListener() { };
    private VirtioNetHeader inside;
    private long patienceMillis = PATIENCE_MILLIS;
    private int stormRate = DEFAULT_STORM_RATE;
    private int stormBlock;
    private Duration reopen = Duration.ZERO;
    private boolean setMtu;
    private Callable<?> beforeFrames = () -> null;

    BridgeBuilder() {
    }

    /**
     * A port that the bridge is opened with; its options stand behind its name, as {@link PortOptions#KEYS}.
     *
     * @throws PortSyntaxException if the name or an option cannot be read, if the port carries no Ethernet frames,
     *     or is the same as another
     */
    public BridgeBuilder port(String port) {
        return port(FramePorts.load().parse(port, PortOptions.KEYS), PortOptions.DEFAULT);
    }

    /**
     * A port that the bridge is opened with.
     *
     * @param options what the bridge does there; those behind the port's name come first
     * @throws PortSyntaxException if an option cannot be read, if the port carries no Ethernet frames, or is the
     *     same as another
     */
    public BridgeBuilder port(FramePort port, PortOptions options) {
        WantedPort added = WantedPort.of(port, options);
        for (WantedPort before : ports) {
            if (port.identity().overlaps(before.port().identity())) {
                throw new PortSyntaxException(port.text(), 0, "this is the same port as " + before.port()
                    + ", and a bridge sends no frame back to where it came from");
            }
        }
        ports.add(added);
        return this;
    }

    /**
     * How many stations it remembers at most, 1 to 2^26; {@value #DEFAULT_MAX_STATIONS}. What is for others is
     * flooded.
     *
     * @throws IllegalArgumentException if it is out of these bounds
     */
    public BridgeBuilder maxStations(int stations) {
        maxStations = MacTable.requireMaxAddresses(stations);
        return this;
    }

    /**
     * How many seconds it remembers a silent station, 1 to 1000000; {@value MacTable#DEFAULT_AGEING_SECONDS}.
     *
     * @throws IllegalArgumentException if it is out of these bounds
     */
    public BridgeBuilder ageingSeconds(int seconds) {
        ageingSeconds = MacTable.requireAgeingSeconds(seconds);
        return this;
    }

    /** Which reserved group addresses it passes on; {@link GroupForwarding#BPDUS}. */
    public BridgeBuilder groupForwarding(GroupForwarding groups) {
        this.groups = Objects.requireNonNull(groups, "groups");
        return this;
    }

    /**
     * From how many signs a second on there is a storm: frames for groups that come to a port once more, or moves to
     * and fro of its stations. See {@link BridgeListener#stormBegan}. {@value #DEFAULT_STORM_RATE}.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public BridgeBuilder stormRate(int signs) {
        if (signs < 1) {
            throw new IllegalArgumentException(signs + " signs of a storm a second: 1 or more");
        }
        stormRate = signs;
        return this;
    }

    /**
     * For how many seconds a port is blocked where a storm is noticed, up to a day: one port at a time, as one less is
     * enough to cut a loop. 0, which only tells of it, is the default.
     *
     * @throws IllegalArgumentException if it is out of these bounds
     */
    public BridgeBuilder stormBlock(int seconds) {
        if (seconds < 0 || seconds > MAX_BLOCK_SECONDS) {
            throw new IllegalArgumentException("a block of " + seconds + " s is not within 0 to " + MAX_BLOCK_SECONDS);
        }
        stormBlock = seconds;
        return this;
    }

    /**
     * Opens a port again whose device has gone, if the port was given by name: after a second, and then after twice as
     * long each time, up to a limit. Zero, which leaves it alone, is the default.
     *
     * @param longest the longest time between two attempts, up to an hour
     * @throws IllegalArgumentException if it is out of these bounds
     */
    public BridgeBuilder reopen(Duration longest) {
        if (longest.isNegative() || longest.compareTo(MAX_REOPEN) > 0) {
            throw new IllegalArgumentException("an attempt every " + longest.toSeconds() + " s is not within 0 to "
                + MAX_REOPEN.toSeconds());
        }
        reopen = longest;
        return this;
    }

    /**
     * Whether interfaces of the bridge, such as taps, whose MTU is more than its tunnels have room for, are given what
     * the tunnels have, and their own again when there is room for it. False, which only warns of them ({@link
     * BridgeListener#portWarned}), is the default.
     */
    public BridgeBuilder mtuOfTunnels(boolean set) {
        setMtu = set;
        return this;
    }

    /**
     * What is done once all ports that the bridge is opened with are open, and before the first frame is read: to give
     * up the privileges that opening needs, for example. It is done on the bridge's own thread, and may take a while.
     * If it throws, the ports are closed, and {@link Bridge#open} fails with what it has thrown. Nothing.
     */
    public BridgeBuilder beforeFrames(Callable<?> task) {
        beforeFrames = Objects.requireNonNull(task, "task");
        return this;
    }

    /** Who hears what happens to it; nobody. */
    public BridgeBuilder listener(BridgeListener listener) {
        this.listener = Objects.requireNonNull(listener, "listener");
        return this;
    }

    /** The vnet header of frames inside the bridge; the longest of the ports that it is opened with. */
    public BridgeBuilder insideHeader(VnetHeaderLength length) {
        inside = VirtioNetHeader.of(length);
        return this;
    }

    /** How long the bridge waits for an event loop that does not answer, before it goes on without it. */
    BridgeBuilder patience(long millis) {
        patienceMillis = millis;
        return this;
    }

    MacTable newTable() {
        return new MacTable(maxStations, ageingSeconds);
    }

    GroupForwarding groups() {
        return groups;
    }

    BridgeListener listener() {
        return listener;
    }

    /** {@code null} for the longest header of the ports. */
    VirtioNetHeader inside() {
        return inside;
    }

    StormDetector newStormDetector(ToLongFunction<BridgePort> moves, StormDetector.Actions actions) {
        return new StormDetector(stormRate, stormBlock, moves, actions);
    }

    /** For how many seconds a port is blocked. */
    int stormBlock() {
        return stormBlock;
    }

    /** Zero to leave ports alone that have gone. */
    Duration reopen() {
        return reopen;
    }

    boolean setsMtu() {
        return setMtu;
    }

    Callable<?> beforeFrames() {
        return beforeFrames;
    }

    LoopTasks newTasks() {
        return new LoopTasks(patienceMillis);
    }

    List<WantedPort> ports() {
        return List.copyOf(ports);
    }

    /** Makes the bridge, which is not open yet. */
    public Bridge build() {
        return new Bridge(this);
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortSyntaxException;
import io.ringtap.examples.ExampleCommand;
import io.ringtap.examples.LoopOption;
import io.ringtap.examples.PortCommand;
import io.ringtap.examples.StopSignal;
import io.ringtap.pcap.PcapReplay;
import io.ringtap.pcap.PcapWriter;
import io.ringtap.virtio.LinkLayer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The command line of the capture. */
@Command(name = "capture", mixinStandardHelpOptions = true, versionProvider = ExampleCommand.Version.class,
    sortOptions = false, description = {"Writes the frames that arrive at a port to a file, or sends those of a file"
            + " into a port.", "",
        "For example: capture tap:t0,up=on --write t0.pcapng; capture tap:t0,up=on --read t0.pcapng --rate 1000",
        "It runs until it is stopped, or until there is as much as asked for."})
public final class CaptureMain implements PortCommand {
    private static final String STDOUT = "-";

    @Parameters(paramLabel = "PORT", description = "BACKEND:NAME[,key=value]..., such as tap:t0,up=on.")
    private String port;

    @Option(names = {"-w", "--write"}, paramLabel = "FILE", description = "The pcapng file to write, - for the standard"
        + " output, as in: capture tap:t0 -w - | tcpdump -r -")
    private String write;

    @Option(names = {"-s", "--snap-length"}, paramLabel = "BYTES", description = "With --write: the"
        + " most that is kept of a frame. Default: " + PcapWriter.MAX_SNAP_LENGTH + ".")
    private Integer snapLength;

    @Option(names = "--rotate", paramLabel = "MIB", description = "With --write: the size at which a new file begins,"
        + " in MiB; 0 for never, the default. Numbered files of an earlier capture have to be moved away before.")
    private Integer rotate;

    @Option(names = "--files", paramLabel = "N", description = "With --rotate: how many files are kept; 0 for all, the"
        + " default.")
    private Integer files;

    @Option(names = {"-c", "--count"}, paramLabel = "N", defaultValue = "0",
        description = "Ends after so many frames, captured or sent; 0 for never, the default.")
    private long count;

    @Option(names = "--duration", paramLabel = "SECONDS", defaultValue = "0",
        description = "Ends after so long; 0 for never, the default.")
    private int duration;

    @Option(names = {"-r", "--read"}, paramLabel = "FILE", description = "The pcap or pcapng file to send. Packets of"
        + " another link layer than the port's are not sent.")
    private Path read;

    @Option(names = "--speed", paramLabel = "FACTOR", description = "With --read: how much faster than it was captured,"
        + " 0 for as fast as the port takes it. Default: 1.")
    private Double speed;

    @Option(names = "--max-gap", paramLabel = "SECONDS", description = "With --read: the longest time between two"
        + " packets, as captured; the clock of the file never leaps further. Packets without a time go right behind the"
        + " one before. Default: 10.")
    private Integer maxGap;

    @Option(names = "--rate", paramLabel = "PPS", description = "With --read: so many frames a second, evenly.")
    private Double rate;

    @Mixin
    private LoopOption loop;

    @Spec
    private CommandSpec spec;

    /** Made by {@link #main} and by tests. */
    public CaptureMain() {
    }

    /**
     * Runs the capture. Exits with 0 when stopped, or when all is captured or sent that was asked for; with 1 if the
     * file or the port failed, or a packet of the file was not sent; with 2 on wrong arguments.
     */
    public static void main(String[] arguments) {
        System.exit(ExampleCommand.run(new CaptureMain(), arguments));
    }

    @Override
    public Optional<LinkLayer> linkLayer() {
        return Optional.empty();
    }

    @Override
    public Integer call() throws Exception {
        require((write == null) != (read == null), "one of --write and --read is needed, and not both");
        require(write != null || snapLength == null && rotate == null && files == null,
            "--snap-length, --rotate and --files go with --write");
        require(read != null || speed == null && rate == null && maxGap == null,
            "--speed, --rate and --max-gap go with --read");
        require(orZero(rotate) >= 0 && orZero(files) >= 0 && count >= 0 && duration >= 0 && orZero(maxGap) >= 0,
            "no option takes a number below 0");
        require(snapLength == null || snapLength >= 1 && snapLength <= PcapWriter.MAX_SNAP_LENGTH,
            "--snap-length " + snapLength + ": 1 to " + PcapWriter.MAX_SNAP_LENGTH);
        require(orZero(files) == 0 || orZero(rotate) > 0, "--files goes with --rotate");
        require(speed == null || rate == null, "either --speed or --rate");
        require(speed == null || speed >= 0, "--speed " + speed + ": 0 or more");
        require(rate == null || rate > 0, "--rate " + rate + ": above 0");
        require(maxGap == null || rate == null && (speed == null || speed > 0),
            "--max-gap goes with the recorded pace, which --rate and --speed 0 leave");
        require(orZero(rotate) == 0 || !STDOUT.equals(write), "--rotate needs a file to write to");
        FramePort where = parsePort();
        try (StopSignal stop = new StopSignal()) {
            EventLoopGroup group = loop.newGroup(1);
            try {
                if (write != null) {
                    capture(group, where, stop);
                } else {
                    replay(group, where, stop);
                }
                return CommandLine.ExitCode.OK;
            } finally {
                group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
            }
        }
    }

    private void capture(EventLoopGroup group, FramePort where, StopSignal stop) throws Exception {
        boolean toStdout = write.equals(STDOUT);
        PrintStream report = toStdout ? System.err : System.out;
        PcapWriter.Builder file = toStdout
            ? PcapWriter.to(new FileOutputStream(FileDescriptor.out).getChannel(), "the standard output")
            : PcapWriter.to(Path.of(write)).rotateBytes((long) orZero(rotate) << 20).maxFiles(orZero(files));
        if (snapLength != null) {
            file.snapLength(snapLength);
        }
        Capture capture = Capture.open(group, where, file, count == 0 ? Long.MAX_VALUE : count);
        boolean gone;
        try (capture) {
            report.println("capturing " + capture.port().name());
            await(CompletableFuture.anyOf(stop.requested(), capture.over()));
            gone = !capture.channel().isActive();
        } finally {
            // The file is complete from here on, and the counters are those in it.
            report.println(capture.counters());
        }
        if (gone) {
            throw capture.port().errors().gone();
        }
    }

    private void replay(EventLoopGroup group, FramePort where, StopSignal stop) throws Exception {
        Replay replay = Replay.open(group, where, read, this::settings);
        try (replay) {
            System.out.println("sending " + read + " to " + replay.port().name());
            await(CompletableFuture.anyOf(stop.requested(), replay.over()));
        } finally {
            // What was on its way has arrived or failed from here on.
            System.out.println(replay.counters());
        }
        replay.requireSent();
    }

    private PcapReplay settings(PcapReplay replay) {
        if (count > 0) {
            replay.limit(count);
        }
        if (maxGap != null) {
            replay.maxGap(Duration.ofSeconds(maxGap));
        }
        return paced(replay);
    }

    private static int orZero(Integer number) {
        return number == null ? 0 : number;
    }

    private PcapReplay paced(PcapReplay replay) {
        if (rate != null) {
            return replay.atRate(rate);
        }
        double factor = speed == null ? 1 : speed;
        return factor == 0 ? replay : replay.atRecordedPace(factor);
    }

    private void await(CompletableFuture<Object> over) throws Exception {
        try {
            over.get(duration == 0 ? Long.MAX_VALUE : duration, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            // As long as was asked for.
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private FramePort parsePort() {
        try {
            return FramePorts.parse(port);
        } catch (PortSyntaxException e) {
            throw new CommandLine.ParameterException(spec.commandLine(), e.getMessage());
        }
    }

    private void require(boolean condition, String problem) {
        if (!condition) {
            throw new CommandLine.ParameterException(spec.commandLine(), problem);
        }
    }
}

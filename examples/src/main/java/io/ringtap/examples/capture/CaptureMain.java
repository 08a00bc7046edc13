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
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The command line of the capture. */
@Command(name = "capture", mixinStandardHelpOptions = true, versionProvider = ExampleCommand.Version.class,
    sortOptions = false, description = {"Prints the frames that arrive at a port, writes them to a file, or sends those"
            + " of a file into a port.", "",
        "For example: capture -i tap:t0,up=on; capture -i tap:t0 -w t0.pcapng; capture -i tap:t0 -r t0.pcapng --rate"
            + " 1000",
        "It runs until it is stopped, or until there is as much as asked for.", "",
        "A filter expression of libpcap, as tcpdump takes it, says which frames are captured: capture -i tap:t0 'icmp"
            + " or arp'", ""})
public final class CaptureMain implements PortCommand {
    private static final String STDOUT = "-";

    @Parameters(index = "0", paramLabel = "PORT", arity = "0..1", description = "BACKEND:NAME[,key=value]..., such as"
        + " tap:t0,up=on. Not with -i. The bare name of an interface, such as eth0, is read as"
        + " packet:eth0,outgoing=on.")
    private String positional;

    @Parameters(index = "1..*", paramLabel = "EXPRESSION", arity = "0..*", description = "Which frames are captured:"
        + " the words of a filter expression of libpcap (see pcap-filter(7)), which has to be installed. Default: all.")
    private List<String> words = List.of();

    @Option(names = {"-i", "--interface"}, paramLabel = "PORT", description = "The same, as tcpdump takes it."
        + " All other arguments are the EXPRESSION then.")
    private String option;

    @Option(names = {"-w", "--write"}, paramLabel = "FILE", description = "The pcapng file to write, - for the standard"
        + " output. Without it and --read, a line is printed for each frame.")
    private String write;

    @Option(names = {"-s", "--snap-length"}, paramLabel = "BYTES", description = "The most that is kept of a frame that"
        + " is captured. Default: " + PcapWriter.MAX_SNAP_LENGTH + ".")
    private Integer snapLength;

    @Option(names = {"-C", "--rotate"}, paramLabel = "SIZE", converter = FileSize.class, description = "With --write:"
        + " the size at which a new file begins, in millions of bytes, or with K, M or G in KiB, MiB or GiB; 0 for"
        + " never, the default. Files are numbered: t0.pcapng, t0_00001.pcapng. Those of an earlier capture have to be"
        + " moved away before.")
    private Long rotate;

    @Option(names = {"-G", "--rotate-seconds"}, paramLabel = "SECONDS", description = "With --write: after how long a"
        + " new file begins, with the next frame; 0 for never, the default. FILE may hold conversions of strftime, such"
        + " as t0-%%H%%M%%S.pcapng; a file whose name is that of the one before is numbered.")
    private Integer rotateSeconds;

    @Option(names = {"-W", "--files"}, paramLabel = "N", description = "With -C: how many files are kept, the newest;"
        + " with -G: after how many the capture ends. 0 for no bound, the default.")
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

    @Option(names = "--stats", paramLabel = "SECONDS", defaultValue = "10", description = "With --read: how often to"
        + " say how far it is, 0 for never. Default: ${DEFAULT-VALUE}.")
    private int stats;

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
        require(positional != null || option != null, "a PORT is needed");
        require(!"".equals(write) && (read == null || !read.toString().isEmpty()), "the name of the file is empty");
        require(write == null || read == null, "either --write or --read");
        require(read == null || snapLength == null, "--snap-length goes with a capture");
        require(read == null || expression().isEmpty(), "a filter expression, '" + expression()
            + "', goes with a capture, not with --read");
        require(write != null || rotate == null && rotateSeconds == null && files == null,
            "-C, -G and -W go with --write");
        require(read != null || speed == null && rate == null && maxGap == null,
            "--speed, --rate and --max-gap go with --read");
        require(orZero(rotateSeconds) >= 0 && orZero(files) >= 0 && count >= 0 && duration >= 0 && stats >= 0
            && orZero(maxGap) >= 0, "no option takes a number below 0");
        require(snapLength == null || snapLength >= 1 && snapLength <= PcapWriter.MAX_SNAP_LENGTH,
            "--snap-length " + snapLength + ": 1 to " + PcapWriter.MAX_SNAP_LENGTH);
        boolean bySize = rotate != null && rotate > 0;
        require(orZero(files) == 0 || bySize != orZero(rotateSeconds) > 0,
            "-W goes with either -C or -G: with both it would not be known what it counts");
        require(speed == null || rate == null, "either --speed or --rate");
        require(speed == null || speed >= 0, "--speed " + speed + ": 0 or more");
        require(rate == null || rate > 0, "--rate " + rate + ": above 0");
        require(maxGap == null || rate == null && (speed == null || speed > 0),
            "--max-gap goes with the recorded pace, which --rate and --speed 0 leave");
        require(!bySize && orZero(rotateSeconds) == 0 || !STDOUT.equals(write), "-C and -G need a file to write to");
        FramePort where = parsePort();
        try (StopSignal stop = new StopSignal()) {
            EventLoopGroup group = loop.newGroup(1);
            try {
                if (read != null) {
                    replay(group, where, stop);
                } else if (write != null) {
                    capture(group, where, file(), STDOUT.equals(write) ? System.err : System.out, stop);
                } else {
                    print(group, where, stop);
                }
                return CommandLine.ExitCode.OK;
            } finally {
                group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
            }
        }
    }

    private PcapWriter.Builder file() {
        if (STDOUT.equals(write)) {
            return PcapWriter.to(new FileOutputStream(FileDescriptor.out).getChannel(), "the standard output");
        }
        boolean byTime = orZero(rotateSeconds) > 0;
        try {
            return PcapWriter.to(Path.of(write)).rotateBytes(rotate == null ? 0 : rotate)
                .rotateEvery(Duration.ofSeconds(orZero(rotateSeconds))).maxPeriods(byTime ? orZero(files) : 0)
                .maxFiles(byTime ? 0 : orZero(files));
        } catch (IllegalArgumentException e) {
            throw new CommandLine.ParameterException(spec.commandLine(), "-w " + write + ": " + e.getMessage());
        }
    }

    private void print(EventLoopGroup group, FramePort where, StopSignal stop) throws Exception {
        try (PacketPrinter printer = PacketPrinter.start(System.out, ZoneId.systemDefault())) {
            capture(group, where, printer.capture(), System.err, stop);
        }
    }

    private void capture(EventLoopGroup group, FramePort where, PcapWriter.Builder file, PrintStream report,
                         StopSignal stop) throws Exception {
        if (snapLength != null) {
            file.snapLength(snapLength);
        }
        Capture capture = open(group, where, file);
        boolean gone;
        try (capture) {
            report.println("capturing " + capture.port().name());
            await(CompletableFuture.anyOf(stop.requested(), capture.over()), 0, () -> { });
            gone = !capture.channel().isActive();
        } finally {
            // The file is complete from here on, and the counters are those in it.
            report.println(capture.counters());
        }
        if (gone) {
            throw capture.port().errors().gone();
        }
    }

    private Capture open(EventLoopGroup group, FramePort where, PcapWriter.Builder file) throws Exception {
        try {
            return Capture.open(group, where, file, count == 0 ? Long.MAX_VALUE : count, expression());
        } catch (IllegalArgumentException e) {
            throw new CommandLine.ParameterException(spec.commandLine(), e.getMessage());
        }
    }

    private void replay(EventLoopGroup group, FramePort where, StopSignal stop) throws Exception {
        Replay replay = Replay.open(group, where, read, this::settings);
        try (replay) {
            System.out.println("sending " + read + " to " + replay.port().name());
            await(CompletableFuture.anyOf(stop.requested(), replay.over()), stats,
                () -> System.err.println(replay.progress()));
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

    /** Waits for the end, or as long as was asked for, and does something every so many seconds. */
    private void await(CompletableFuture<Object> over, int interval, Runnable work) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds());
        while (true) {
            long left = seconds() == 0 ? Long.MAX_VALUE : end - System.nanoTime();
            try {
                over.get(Math.min(left, interval == 0 ? left : TimeUnit.SECONDS.toNanos(interval)),
                    TimeUnit.NANOSECONDS);
                return;
            } catch (TimeoutException e) {
                if (seconds() != 0 && System.nanoTime() - end >= 0) {
                    return;
                }
                work.run();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            }
        }
    }

    /** How long it runs at most, 0 for no bound. */
    private long seconds() {
        long ofFiles = (long) orZero(rotateSeconds) * orZero(files);
        return ofFiles == 0 ? duration : duration == 0 ? ofFiles : Math.min(duration, ofFiles);
    }

    /** The filter expression, empty if there is none. */
    private String expression() {
        // Beside -i the first word is one of the expression, too.
        return Stream.concat(Stream.ofNullable(option == null ? null : positional), words.stream())
            .collect(Collectors.joining(" ")).strip();
    }

    private FramePort parsePort() {
        String text = option == null ? positional : option;
        try {
            return FramePorts.parse(text);
        } catch (PortSyntaxException e) {
            if (e.index() == 0 && isInterfaceName(text)) {
                return parseInterface(text);
            }
            throw new CommandLine.ParameterException(spec.commandLine(), e.getMessage());
        }
    }

    private static boolean isInterfaceName(String text) {
        return text.matches("[^:,\\[]+(,.*)?");
    }

    /** What other captures take for an interface: both directions of it, while the host goes on using it. */
    private FramePort parseInterface(String text) {
        try {
            String port = "packet:" + text;
            return FramePorts.parse(text.contains(",outgoing=") ? port : port + ",outgoing=on");
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

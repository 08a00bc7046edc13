/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.control;

import com.fasterxml.jackson.databind.JsonNode;
import io.ringtap.examples.ExampleCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;

/** The command line that changes a bridge while it runs. */
@Command(name = "bridgectl", mixinStandardHelpOptions = true, versionProvider = ExampleCommand.Version.class,
    subcommands = BridgectlMain.PortCommands.class, sortOptions = false,
    description = {"Changes a bridge that runs with --control, or asks it.", "",
        "  bridgectl --control SOCKET port add PORT       opens a port, and adds it",
        "  bridgectl --control SOCKET port add --fd PORT  opens a tap here, and passes it",
        "  bridgectl --control SOCKET port remove PORT    removes a port, and closes it",
        "  bridgectl --control SOCKET port mute PORT      lets no frames pass there",
        "  bridgectl --control SOCKET port unmute PORT    lets frames pass again",
        "  bridgectl --control SOCKET port list           lists the ports",
        "  bridgectl --control SOCKET addresses [TEXT]    lists the stations",
        "  bridgectl --control SOCKET flush [PORT]        forgets the stations"})
public final class BridgectlMain implements Callable<Integer> {
    @Option(names = "--control", required = true, paramLabel = "SOCKET",
        description = "The control socket of the bridge.")
    private Path socket;

    @Option(names = "--json", description = "Prints the bridge's answer as it is.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    /** Made by {@link #main} and by tests. */
    public BridgectlMain() {
    }

    /** Asks the bridge; exits with 0 if it has done it, 1 if not, 2 on wrong arguments. */
    public static void main(String[] arguments) {
        System.exit(ExampleCommand.run(new BridgectlMain(), arguments));
    }

    @Override
    public Integer call() {
        throw new CommandLine.ParameterException(spec.commandLine(), "a command is missing: port, addresses or flush");
    }

    @Command(name = "addresses", description = "Lists the stations.")
    int addresses(@Parameters(arity = "0..1", paramLabel = "TEXT",
        description = "Those whose address or port contains it.") String text) throws IOException {
        JsonNode page = ask("addresses", text);
        if (page != null) {
            for (JsonNode station : page.get("stations")) {
                System.out.printf(Locale.ROOT, "%s  %-24s %6d s  %d moves%s%n", station.get("address").asText(),
                    station.get("port").asText(), station.get("age").asInt(), station.get("moves").asLong(),
                    station.get("static").asBoolean() ? "  static" : "");
            }
        }
        return CommandLine.ExitCode.OK;
    }

    @Command(name = "flush", description = "Forgets the stations that were learned.")
    int flush(@Parameters(arity = "0..1", paramLabel = "NAME", description = "Those of this port.") String port)
        throws IOException {
        ask("flush", port);
        return CommandLine.ExitCode.OK;
    }

    /**
     * Asks, and prints the answer if it is to be printed as it is.
     *
     * @return what was asked for; {@code null} if it was printed
     * @throws IOException with the cause if the bridge did not do it
     */
    private JsonNode ask(String command, String port) throws IOException {
        try (ControlClient client = new ControlClient(socket)) {
            return show(client.ask(new ControlRequest(command, port)));
        }
    }

    private JsonNode show(ControlAnswer answer) throws IOException {
        if (!answer.ok()) {
            throw new IOException(answer.error());
        }
        if (json) {
            System.out.println(answer.result());
            return null;
        }
        return answer.result();
    }

    /** The commands about ports. */
    @Command(name = "port", description = "Adds, removes, mutes and lists ports.", mixinStandardHelpOptions = true)
    static final class PortCommands implements Callable<Integer> {
        @ParentCommand
        private BridgectlMain bridgectl;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            throw new CommandLine.ParameterException(spec.commandLine(),
                "a command is missing: add, remove, mute, unmute or list");
        }

        private static int changed(JsonNode result, String done) {
            if (result != null) {
                System.out.println(result.get("port").asText() + done);
            }
            return CommandLine.ExitCode.OK;
        }

        private int change(String command, String port, String done) throws IOException {
            return changed(bridgectl.ask(command, port), done);
        }

        @Command(name = "add", description = "Opens a port, and adds it.")
        int add(@Parameters(paramLabel = "PORT", description = "As for bridge: BACKEND:NAME[,key=value]...")
            String port, @Option(names = "--fd", description = "Opens a tap here, with the privileges of bridgectl,"
            + " and passes its descriptor to the bridge, which may have given up its own. Linux.") boolean passed)
            throws IOException {
            String done = " has joined the bridge";
            return passed ? changed(bridgectl.show(new TapPasser(bridgectl.socket).add(port)), done)
                : change("port-add", port, done);
        }

        @Command(name = "remove", description = "Removes a port, and closes it.")
        int remove(@Parameters(paramLabel = "NAME", description = "The name of the port.") String port)
            throws IOException {
            return change("port-remove", port, " has left the bridge");
        }

        @Command(name = "mute", description = "Lets no frames pass at a port.")
        int mute(@Parameters(paramLabel = "NAME", description = "The name of the port.") String port)
            throws IOException {
            return change("port-mute", port, " is muted");
        }

        @Command(name = "unmute", description = "Lets frames pass at a port again.")
        int unmute(@Parameters(paramLabel = "NAME", description = "The name of the port.") String port)
            throws IOException {
            return change("port-unmute", port, " is not muted");
        }

        @Command(name = "list", description = "Lists the ports.")
        int list() throws IOException {
            JsonNode state = bridgectl.ask("port-list", null);
            if (state != null) {
                for (JsonNode port : state.get("ports")) {
                    System.out.printf(Locale.ROOT, "%-32s %-6s%s  rx %d frames, tx %d frames%s%n",
                        port.get("name").asText(), port.get("state").asText(),
                        port.get("muted").asBoolean() ? " muted" : "", port.get("rxFrames").asLong(),
                        port.get("txFrames").asLong(), port.has("cause") ? "  " + port.get("cause").asText() : "");
                }
            }
            return CommandLine.ExitCode.OK;
        }
    }
}

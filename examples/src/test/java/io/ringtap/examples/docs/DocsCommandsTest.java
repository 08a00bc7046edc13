/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs;

import io.ringtap.bridge.PortOptions;
import io.ringtap.channel.FramePorts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The arguments of commands in the documentation are accepted, as far as that can be checked without opening ports. */
class DocsCommandsTest {
    private static final String EXAMPLE = "./run-example.sh";
    /** The keys of the bridge, which its ports may have in addition to those of their transport. */
    private static final Set<String> BRIDGE_KEYS = PortOptions.KEYS;

    static Stream<MarkdownPage> pages() {
        return MarkdownPage.all().stream().filter(page -> !commandsOf(page).isEmpty());
    }

    /** Returns the commands in blocks of code, one on each line, and those within a line of text. */
    private static List<MarkdownPage.Place> commandsOf(MarkdownPage page) {
        List<MarkdownPage.Place> commands = new ArrayList<>();
        for (MarkdownPage.Block block : page.blocks()) {
            if (!block.language().isEmpty() && !block.language().equals("sh")) {
                continue;
            }
            String joined = "";
            for (int i = 0; i < block.code().size(); i++) {
                joined += block.code().get(i).strip();
                if (joined.endsWith("\\")) {
                    joined = joined.substring(0, joined.length() - 1);
                } else {
                    commands.add(new MarkdownPage.Place(block.line() + i, joined));
                    joined = "";
                }
            }
        }
        page.codeSpans().stream().filter(span -> span.text().startsWith(EXAMPLE)).forEach(commands::add);
        return commands;
    }

    /** Returns the words of a command, without the parts for the shell: a comment, a pipe, a redirection, sudo. */
    private static List<String> words(String command) {
        String line = command.replaceAll("(^| )#.*", "").replaceAll(" [|>&;].*", "").strip();
        List<String> words = new ArrayList<>(List.of(line.split(" +")));
        words.replaceAll(word -> word.replaceAll("^['\"]|['\"]$", ""));
        if (words.get(0).equals("sudo")) {
            words.remove(0);
        }
        return words;
    }

    @ParameterizedTest
    @MethodSource("pages")
    void examplesTakeTheirArguments(MarkdownPage page) {
        List<String> wrong = new ArrayList<>();
        for (MarkdownPage.Place command : commandsOf(page)) {
            List<String> words = words(command.text());
            if (words.get(0).equals(EXAMPLE) && words.size() > 1) {
                try {
                    requireUnderstood(words.get(1), words.subList(2, words.size()));
                } catch (IllegalArgumentException | CommandLine.ParameterException e) {
                    wrong.add(page.at(command.line()) + ": " + command.text() + ": " + e.getMessage());
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static void requireUnderstood(String name, List<String> arguments) {
        if (!ExampleNames.classes().containsKey(name)) {
            throw new IllegalArgumentException("no example is called that");
        }
        CommandLine line = new CommandLine(ExampleNames.newCommand(name));
        CommandLine.ParseResult parsed = line.parseArgs(arguments.toArray(String[]::new));
        for (CommandLine.Model.ArgSpec argument : parsed.matchedArgs()) {
            if (argument.paramLabel().equals("PORT")) {
                for (String port : argument.originalStringValues()) {
                    requirePort(port);
                }
            }
        }
    }

    private static void requirePort(String port) {
        // A file of arguments is not there.
        if (!port.equals("PORT") && !port.startsWith("@")) {
            FramePorts.load().parse(port, BRIDGE_KEYS);
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void filesAndModulesOfTheRepositoryThatCommandsNameExist(MarkdownPage page) {
        List<String> missing = new ArrayList<>();
        for (MarkdownPage.Place command : commandsOf(page)) {
            List<String> words = words(command.text());
            for (int i = 0; i < words.size(); i++) {
                String word = words.get(i);
                boolean module = i > 0 && words.get(i - 1).equals("-pl");
                boolean file = (word.startsWith("./") || word.matches("(microbench|examples)/.*"))
                    && !word.contains("/target/");
                for (String name : module ? word.split(",") : file ? new String[] {word} : new String[0]) {
                    if (!Files.exists(Repository.root().resolve(name))) {
                        missing.add(page.at(command.line()) + ": there is no " + name);
                    }
                }
                if (word.matches("io\\.ringtap\\.[\\w.]+") && !isClass(word)) {
                    missing.add(page.at(command.line()) + ": there is no class " + word);
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    private static boolean isClass(String name) {
        Path file = Path.of(name.replace('.', '/') + ".java");
        return Repository.mainSources().stream().anyMatch(source -> source.endsWith(file));
    }

    @Test
    void aWrongCommandIsFound() {
        requireUnderstood("bridge", List.of("tap:left,up=on", "tap:right,up=on", "--stats", "5"));
        assertThatThrownBy(() -> requireUnderstood("bridge", List.of("tap:left,upp=on", "tap:right")))
            .hasMessageContaining("unknown key 'upp'");
        assertThatThrownBy(() -> requireUnderstood("bridge", List.of("--no-such-option")))
            .hasMessageContaining("--no-such-option");
        assertThatThrownBy(() -> requireUnderstood("switch", List.of())).hasMessageContaining("no example");
        assertThat(words("sudo ./run-example.sh capture tap:t0 -w - | tcpdump -r -   # as root"))
            .containsExactly("./run-example.sh", "capture", "tap:t0", "-w", "-");
    }
}

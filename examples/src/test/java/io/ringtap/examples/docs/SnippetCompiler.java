/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs;

import com.sun.source.util.JavacTask;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles the Java snippets of a page in memory, with the class path of the tests. */
final class SnippetCompiler {
    private static final Pattern TYPE =
        Pattern.compile("(?m)^(?:(?:public|final|abstract) +)*(?:class|interface|enum|record) +(\\w+)");
    private static final Pattern IMPORT = Pattern.compile("(?m)^import .*;\\s*$");

    private SnippetCompiler() {
    }

    /** Whether a snippet is a whole class. Other snippets have imports and statements. */
    static boolean isClass(String snippet) {
        return TYPE.matcher(snippet).find();
    }

    /**
     * Compiles a snippet. If it is not a class, its imports are put at the top, and the rest into a method that may
     * throw any exception.
     *
     * @return the errors and warnings, none if all is well
     */
    static List<String> problems(String snippet) {
        String source = asClass(snippet);
        Matcher type = TYPE.matcher(source);
        if (!type.find()) {
            throw new IllegalArgumentException("no class: " + source);
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(diagnostics, null, null)) {
            JavacTask task = (JavacTask) compiler.getTask(new StringWriter(), files, diagnostics,
                List.of("--release", "17", "-proc:none", "-Xlint:deprecation,removal,rawtypes,unchecked,static",
                    "-classpath", classPath()),
                null, List.of(new Source(type.group(1), source)));
            // All errors are known by now. The code itself is not needed.
            task.analyze();
        } catch (IOException e) {
            throw new IllegalStateException("the compiler cannot read the class path", e);
        }
        return diagnostics.getDiagnostics().stream().map(problem -> problem.getMessage(null) + "\n  "
            + source.lines().skip(Math.max(0, problem.getLineNumber() - 1)).findFirst().orElse("")).toList();
    }

    private static String asClass(String snippet) {
        if (isClass(snippet)) {
            return snippet;
        }
        Matcher imports = IMPORT.matcher(snippet);
        int end = 0;
        while (imports.find()) {
            end = imports.end();
        }
        return snippet.substring(0, end) + "\nclass Snippet { void run() throws Exception {\n" + snippet.substring(end)
            + "\n} }\n";
    }

    private static String classPath() {
        // Surefire may start the JVM with a jar that only lists the class path.
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String type, String text) {
            super(URI.create("string:///" + type + Kind.SOURCE.extension), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}

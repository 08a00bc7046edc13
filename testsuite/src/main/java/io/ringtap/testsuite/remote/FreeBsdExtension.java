/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** Decides for {@link RequiresFreeBsd}, and has the machine in use while such a class runs. */
final class FreeBsdExtension implements ExecutionCondition, BeforeAllCallback, BeforeEachCallback, AfterEachCallback,
    ParameterResolver {
    static final String MISSING = "no FreeBSD machine is named: -D" + AgentAddress.MACHINE_PROPERTY
        + "=HOST:PORT and -D" + AgentAddress.TOKEN_PROPERTY + "=TOKEN name one with Ringtap's agent";
    static final String MEMORY_MISSING = "the memory of the FreeBSD machine is not named: -D"
        + AgentAddress.MEMORY_PROPERTY + "=FILE names the file that holds it";

    private static final ExtensionContext.Namespace NAMESPACE =
        ExtensionContext.Namespace.create(FreeBsdExtension.class);

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        AgentAddress address = AgentAddress.ofProperties();
        boolean memory = context.getEnclosingTestClasses().stream().anyMatch(FreeBsdExtension::needsMemory)
            || context.getTestClass().filter(FreeBsdExtension::needsMemory).isPresent();
        return decide(address, memory);
    }

    private static boolean needsMemory(Class<?> type) {
        return AnnotationSupport.findAnnotation(type, RequiresFreeBsd.class).filter(RequiresFreeBsd::memory)
            .isPresent();
    }

    static ConditionEvaluationResult decide(AgentAddress address, boolean memory) {
        if (address == null) {
            return ConditionEvaluationResult.disabled(MISSING);
        }
        return memory && address.memory() == null ? ConditionEvaluationResult.disabled(MEMORY_MISSING)
            : ConditionEvaluationResult.enabled("the agent is at " + address);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        machine(context);
    }

    /** That of the outermost class, which is the first to ask for it; its end is that of the class. */
    private static FreeBsdMachine machine(ExtensionContext context) {
        return context.getStore(NAMESPACE).computeIfAbsent(InUse.class, key -> InUse.begin(), InUse.class).machine;
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        requireMachine(context);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        requireMachine(context);
    }

    /** What a test says that has lost its machine is of no interest. */
    private static void requireMachine(ExtensionContext context) {
        AgentException lost = machine(context).session().lost();
        if (lost != null) {
            throw new AssertionError("the FreeBSD machine is lost, and with it all of its tests: " + lost.getMessage(),
                lost);
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == FreeBsdMachine.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return machine(context);
    }

    /** The machine while a class runs. JUnit closes it. */
    private static final class InUse implements AutoCloseable {
        private final FileChannel file;
        private final FileLock lock;
        private final FreeBsdMachine machine;

        private InUse(FileChannel file, FileLock lock, FreeBsdMachine machine) {
            this.file = file;
            this.lock = lock;
            this.machine = machine;
        }

        static InUse begin() {
            AgentAddress address = AgentAddress.ofProperties();
            try {
                Path path = Path.of(System.getProperty("java.io.tmpdir"),
                    "ringtap-freebsd-" + address.port() + ".lock");
                FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                try {
                    // Another JVM of the same build has it as long as its class runs.
                    FileLock lock = file.lock();
                    FreeBsdMachine machine = FreeBsdMachine.connect(address);
                    machine.install();
                    return new InUse(file, lock, machine);
                } catch (Throwable e) {
                    file.close();
                    throw e;
                }
            } catch (IOException e) {
                throw new AssertionError("the FreeBSD machine cannot be used: " + e.getMessage(), e);
            }
        }

        @Override
        public void close() throws IOException {
            try {
                int open = machine.session().lost() == null ? machine.openDescriptors() : 0;
                report();
                if (open != 0) {
                    throw new AssertionError(open + " descriptors are still open on the FreeBSD machine");
                }
            } finally {
                machine.uninstall();
                machine.close();
                lock.close();
                file.close();
            }
        }

        /** What was done there, for the report of the tests. */
        private void report() throws IOException {
            if (machine.session().lost() == null) {
                long[] counts = machine.session().counts();
                StringBuilder line = new StringBuilder("FreeBSD ").append(machine.release()).append(": ")
                    .append(Arrays.stream(counts).sum()).append(" system calls, by number:");
                for (int i = 0; i < counts.length; i++) {
                    if (counts[i] != 0) {
                        line.append(' ').append(i).append('=').append(counts[i]);
                    }
                }
                System.out.println(line);
            }
        }
    }
}

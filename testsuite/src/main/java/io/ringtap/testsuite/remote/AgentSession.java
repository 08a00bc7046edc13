/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * What one JVM has of an agent: a descriptor table, and a connection for each thread that makes calls, as a call may
 * wait. When the session is closed, or its JVM ends, the agent closes all descriptors. The machine is asked every
 * second whether it is there; if it is not, each call fails, also one that waits. Any thread.
 */
public final class AgentSession implements Closeable {
    private static final long PING_MILLIS = 1000;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final AgentAddress address;
    private final int patienceMillis;
    /** Lasts as long as the session. */
    private final AgentConnection control;
    private final ThreadLocal<AgentConnection> ofThread = new ThreadLocal<>();
    private final Map<Thread, AgentConnection> used = new HashMap<>();
    /** Of threads that have ended: the next ones take them. */
    private final Deque<AgentConnection> unused = new ArrayDeque<>();
    private final Thread heart = new Thread(this::beat, "ringtap-agent-ping");
    private AgentException lost;
    private boolean closed;

    /**
     * Starts a session.
     *
     * @throws AgentException if the agent is not there, or refuses
     */
    public AgentSession(AgentAddress address) throws AgentException {
        this(address, AgentConnection.PATIENCE_MILLIS);
    }

    AgentSession(AgentAddress address, int patienceMillis) throws AgentException {
        this.address = address;
        this.patienceMillis = patienceMillis;
        control = new AgentConnection(address, AgentProtocol.NEW_SESSION, patienceMillis / 2);
        heart.setDaemon(true);
        heart.start();
    }

    /** Where the agent is. */
    public AgentAddress address() {
        return address;
    }

    /** Its number. */
    long number() {
        return control.session();
    }

    private void beat() {
        try {
            while (!isClosed()) {
                control.request(AgentProtocol.PING, 0, 0, NOTHING, 0, 0, 0);
                TimeUnit.MILLISECONDS.sleep(PING_MILLIS);
            }
        } catch (AgentException e) {
            lose(e);
        } catch (InterruptedException e) {
            // The session is closed.
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /** Why no call can be made any more; {@code null} while the machine is there. */
    public synchronized AgentException lost() {
        return lost;
    }

    private void lose(AgentException cause) {
        List<AgentConnection> open;
        synchronized (this) {
            if (closed || lost != null) {
                return;
            }
            lost = cause;
            open = new ArrayList<>(used.values());
        }
        open.forEach(AgentConnection::close);
        control.close();
    }

    /**
     * Makes a request on the connection of the calling thread.
     *
     * @throws AgentException if the machine is lost
     */
    AgentConnection.Reply request(int kind, int number, int flags, ByteBuffer content, int outAt, int outLength,
                                  long waitMillis, long... arguments) throws AgentException {
        try {
            return connection().request(kind, number, flags, content, outAt, outLength, waitMillis, arguments);
        } catch (AgentException e) {
            lose(e);
            throw e;
        }
    }

    /** The connection of the calling thread. */
    AgentConnection connection() throws AgentException {
        AgentConnection mine = ofThread.get();
        if (mine != null) {
            return mine;
        }
        synchronized (this) {
            if (lost != null) {
                throw lost;
            }
            takeBack();
            mine = unused.poll();
        }
        if (mine == null) {
            mine = newConnection();
        }
        synchronized (this) {
            used.put(Thread.currentThread(), mine);
        }
        ofThread.set(mine);
        return mine;
    }

    /**
     * A connection of no thread, and so a process with memory of its own, which the caller closes: what is mapped there
     * stays mapped until then.
     */
    AgentConnection newConnection() throws AgentException {
        return new AgentConnection(address, control.session(), patienceMillis);
    }

    private void takeBack() {
        for (Iterator<Map.Entry<Thread, AgentConnection>> each = used.entrySet().iterator(); each.hasNext();) {
            Map.Entry<Thread, AgentConnection> entry = each.next();
            if (!entry.getKey().isAlive()) {
                unused.add(entry.getValue());
                each.remove();
            }
        }
    }

    /**
     * Does some work on a new thread whose process on the machine ends with it: one that changes its user, or enters a
     * jail. Threads that the work starts have processes like those of all others.
     *
     * @throws Exception what the work throws
     */
    public <T> T apart(Callable<T> work) throws Exception {
        FutureTask<T> task = new FutureTask<>(() -> {
            try {
                return work.call();
            } finally {
                forget();
            }
        });
        Thread thread = new Thread(task, "ringtap-agent-apart");
        thread.start();
        try {
            return task.get(2L * patienceMillis, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Ends the calling thread's process on the machine; the next call of the thread has a new one. */
    public void forget() {
        AgentConnection mine = ofThread.get();
        if (mine != null) {
            ofThread.remove();
            synchronized (this) {
                used.remove(Thread.currentThread());
            }
            mine.close();
        }
    }

    /**
     * How often each system call was made in this session, by its number in {@code sys/syscall.h}.
     *
     * @throws AgentException if the machine is lost
     */
    public long[] counts() throws AgentException {
        byte[] out = request(AgentProtocol.COUNTS, 0, 0, NOTHING, 0, AgentProtocol.NUMBERS * Long.BYTES, 0).out();
        long[] counts = new long[AgentProtocol.NUMBERS];
        AgentProtocol.wrap(out).asLongBuffer().get(counts);
        return counts;
    }

    /** Ends the session: the agent closes all that was opened in it. */
    @Override
    public void close() throws IOException {
        List<AgentConnection> open;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            open = new ArrayList<>(used.values());
            open.addAll(unused);
        }
        heart.interrupt();
        // Its end is that of all others.
        control.close();
        open.forEach(AgentConnection::close);
    }
}

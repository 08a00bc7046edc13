/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** A jail with a network stack of its own: a second host on one FreeBSD machine whose kernel has VIMAGE. */
public final class FreeBsdJail implements Closeable {
    private static final int SYS_JAIL_ATTACH = 436;
    private static final int SYS_JAIL_SET = 507;
    private static final int SYS_JAIL_REMOVE = 508;
    private static final int JAIL_CREATE = 1;
    private static final int JAIL_SYS_NEW = 1;
    private static final long SIOCSIFVNET = 0xc020_695aL;
    private static final long SIOCSIFRVNET = 0xc020_695bL;
    private static final int AF_LOCAL = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int IFREQ = 32;
    private static final int IFNAMSIZ = 16;
    private static final int IOVEC = 16;

    private final FreeBsdMachine machine;
    private final long id;
    private final List<FreeBsdInterface> taken = new ArrayList<>();

    private FreeBsdJail(FreeBsdMachine machine, long id) {
        this.machine = machine;
        this.id = id;
    }

    /** Makes one that lives until it is closed. */
    public static FreeBsdJail create(FreeBsdMachine machine) throws IOException {
        RemoteCall call = machine.newCall(SYS_JAIL_SET);
        byte[][] parameters = {text("path"), text("/"), text("persist"), {}, text("vnet"),
            AgentProtocol.allocate(Integer.BYTES).putInt(JAIL_SYS_NEW).array()};
        ByteBuffer vector = AgentProtocol.allocate(parameters.length * IOVEC);
        for (byte[] parameter : parameters) {
            vector.putLong(parameter.length == 0 ? 0 : call.in(parameter)).putLong(parameter.length);
        }
        return new FreeBsdJail(machine, FreeBsdMachine.check("jail_set",
            call.execute(call.in(vector.array()), parameters.length, JAIL_CREATE)));
    }

    private static byte[] text(String text) {
        return (text + '\0').getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Does some work on a thread that is in the jail: sockets that it opens are of the jail's network.
     *
     * @throws Exception what the work throws
     */
    public <T> T call(Callable<T> work) throws Exception {
        return machine.session().apart(() -> {
            FreeBsdMachine.check("jail_attach", machine.call(SYS_JAIL_ATTACH, id));
            return work.call();
        });
    }

    /** Moves an interface into the jail, from where it comes back when that is closed. */
    public void take(FreeBsdInterface device) throws IOException {
        move("SIOCSIFVNET", SIOCSIFVNET, device);
        taken.add(device);
    }

    private void move(String name, long number, FreeBsdInterface device) throws IOException {
        ByteBuffer request = AgentProtocol.allocate(IFREQ);
        request.put(0, device.name().getBytes(StandardCharsets.US_ASCII)).putInt(IFNAMSIZ, (int) id);
        long socket = FreeBsdMachine.check("socket", machine.call(FreeBsdCalls.SOCKET, AF_LOCAL, SOCK_DGRAM, 0));
        try {
            FreeBsdMachine.check("ioctl(" + name + ", " + device.name() + ")",
                machine.call(FreeBsdCalls.IOCTL, request.array(), 2, socket, number, 0));
        } finally {
            machine.call(FreeBsdCalls.CLOSE, socket);
        }
    }

    /** The kernel would give its interfaces back by itself, but only once the last of its connections is forgotten. */
    @Override
    public void close() throws IOException {
        for (FreeBsdInterface device : taken) {
            move("SIOCSIFRVNET", SIOCSIFRVNET, device);
        }
        FreeBsdMachine.check("jail_remove", machine.call(SYS_JAIL_REMOVE, id));
    }
}

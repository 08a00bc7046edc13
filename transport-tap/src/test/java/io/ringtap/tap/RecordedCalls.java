/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Records the calls that a tap or TUN device of FreeBSD, or a utun of macOS, makes, and answers them as the driver's
 * source says it would. It proves numbers and order; what the systems do, only they prove.
 */
final class RecordedCalls implements DeviceCalls {
    private static final Map<Long, String> NAMES = Map.ofEntries(
        Map.entry(0xC0644E03L, "CTLIOCGINFO"), Map.entry(0x4008745CL, "TAPGIFINFO"),
        Map.entry(0x4020745DL, "TAPGIFNAME"),
        Map.entry(0x80047460L, "TUNSIFHEAD"), Map.entry(0x8004745BL, "TAPSVNETHDR"),
        Map.entry(0x4004745EL, "TAPGVNETHDR"),
        Map.entry(0x4004667FL, "FIONREAD"), Map.entry(0xC0206921L, "SIOCGIFADDR"),
        Map.entry(0x80206910L, "SIOCSIFFLAGS"), Map.entry(0xC0206911L, "SIOCGIFFLAGS"),
        Map.entry(0x8020691EL, "SIOCSIFCAP"), Map.entry(0xC020691FL, "SIOCGIFCAP"),
        Map.entry(0xC0206933L, "SIOCGIFMTU"), Map.entry(0x80206934L, "SIOCSIFMTU"),
        Map.entry(0x8020693CL, "SIOCSIFLLADDR"), Map.entry(0xC0106978L, "SIOCIFGCLONERS"));

    final List<String> calls = new ArrayList<>();
    final TreeSet<Integer> open = new TreeSet<>();
    final Deque<byte[]> queued = new ArrayDeque<>();
    final List<byte[]> written = new ArrayList<>();
    private final Map<String, Deque<Integer>> scripted = new HashMap<>();
    String name = "tap0";
    /** The name that somebody gives it when it has just been asked for. */
    String renamed;
    int flags = 0x8802;
    int able;
    int enabled;
    int mtu = 1500;
    int vnetHeader;
    int familyPrefix;
    byte[] connected;
    int type = 6;
    long mac = 0x58_9c_fc_00_00_01L;
    /** The number of the call to fail, counted from 0. */
    int failing = -1;
    private int nextDescriptor = 50;

    /** Answers the next call of this kind with an error. */
    RecordedCalls fail(String call, Errno error) {
        return answer(call, -error.number());
    }

    /** Answers the next call of this kind with a number, and does nothing else. */
    RecordedCalls answer(String call, int result) {
        scripted.computeIfAbsent(call, c -> new ArrayDeque<>()).add(result);
        return this;
    }

    private Integer record(String kind, String call) {
        boolean fails = calls.size() == failing;
        calls.add(call);
        return fails ? Integer.valueOf(-Errno.EINVAL.number())
            : scripted.getOrDefault(kind, new ArrayDeque<>()).poll();
    }

    @Override
    public int open(String path, int openFlags) {
        return opened(record("open", "open " + path));
    }

    @Override
    public int socket(int domain, int kind, int protocol) {
        return opened(record("socket", "socket " + domain + " " + Integer.toHexString(kind)
            + (protocol == 0 ? "" : " " + protocol)));
    }

    @Override
    public int connect(int fd, NativeMemory address) {
        Integer result = record("connect", "connect " + fd);
        connected = new byte[address.size()];
        address.buffer().get(0, connected);
        return result == null ? 0 : result;
    }

    @Override
    public int getsockopt(int fd, int level, int option, NativeMemory value) {
        Integer result = record("getsockopt", "getsockopt " + fd + " " + level + " " + option);
        if (result != null) {
            return result;
        }
        value.putCString(0, name);
        return name.length() + 1;
    }

    private int opened(Integer scriptedResult) {
        if (scriptedResult != null) {
            return scriptedResult;
        }
        open.add(nextDescriptor);
        return nextDescriptor++;
    }

    @Override
    public int close(int fd) {
        calls.add("close " + fd);
        return open.remove(fd) ? 0 : -Errno.EBADF.number();
    }

    @Override
    public int setNonBlocking(int fd) {
        Integer result = record("setNonBlocking", "setNonBlocking " + fd);
        return result == null ? 0 : result;
    }

    @Override
    public int ioctl(int fd, long request, NativeMemory argument) {
        String call = NAMES.getOrDefault(request, "0x" + Long.toHexString(request));
        Integer result = record(call, call + " " + fd);
        if (result != null) {
            return result;
        }
        boolean named = call.startsWith("SIOC") && !call.equals("SIOCGIFADDR");
        if (named && !argument.getCString(0, 16).equals(name)) {
            return -Errno.ENXIO.number();
        }
        return driver(call, argument);
    }

    private int driver(String call, NativeMemory argument) {
        var buffer = argument.buffer();
        switch (call) {
            case "TAPGIFNAME" -> {
                argument.putCString(0, name);
                name = renamed == null ? name : renamed;
                renamed = null;
            }
            case "TAPGIFINFO" -> buffer.put(6, (byte) type);
            case "TAPGVNETHDR" -> buffer.putInt(0, vnetHeader);
            case "CTLIOCGINFO" -> {
                if (!argument.getCString(4, 96).equals("com.apple.net.utun_control")) {
                    return -Errno.ENOENT.number();
                }
                buffer.putInt(0, 7);
            }
            case "TUNSIFHEAD" -> familyPrefix = buffer.getInt(0);
            case "TAPSVNETHDR" -> {
                vnetHeader = buffer.getInt(0);
                able |= 0x400302;
            }
            case "FIONREAD" -> buffer.putInt(0, queued.isEmpty() ? 0 : queued.peek().length - vnetHeader);
            case "SIOCGIFADDR" -> {
                for (int i = 0; i < 6; i++) {
                    buffer.put(i, (byte) (mac >>> 40 - 8 * i));
                }
            }
            case "SIOCSIFLLADDR" -> {
                if (buffer.get(16) != 6 || buffer.get(17) != 18) {
                    return -Errno.EINVAL.number();
                }
                mac = 0;
                for (int i = 0; i < 6; i++) {
                    mac = mac << 8 | buffer.get(18 + i) & 0xff;
                }
            }
            case "SIOCGIFFLAGS" -> buffer.putShort(16, (short) flags).putShort(18, (short) (flags >>> 16));
            case "SIOCSIFFLAGS" -> flags = buffer.getShort(16) & 0xffff | buffer.getShort(18) << 16;
            case "SIOCGIFCAP" -> buffer.putInt(16, able).putInt(20, enabled);
            case "SIOCSIFCAP" -> {
                if ((buffer.getInt(16) & ~able) != 0) {
                    return -Errno.EINVAL.number();
                }
                enabled = buffer.getInt(16);
            }
            case "SIOCGIFMTU" -> buffer.putInt(16, mtu);
            case "SIOCSIFMTU" -> mtu = buffer.getInt(16);
            default -> {
                return -Errno.ENOTTY.number();
            }
        }
        return 0;
    }

    @Override
    public long read(int fd, ByteBuf into) {
        Integer result = record("read", "read " + fd + " " + into.writableBytes());
        if (result != null) {
            return result;
        }
        byte[] frame = queued.poll();
        if (frame == null) {
            return -Errno.EAGAIN.number();
        }
        int n = Math.min(frame.length, into.writableBytes());
        into.setBytes(into.writerIndex(), frame, 0, n);
        return n;
    }

    @Override
    public long write(int fd, ByteBuf frame) {
        Integer result = record("write", "write " + fd + " " + frame.readableBytes());
        if (result != null) {
            return result;
        }
        if ((flags & 1) == 0) {
            return 0;
        }
        written.add(ByteBufUtil.getBytes(frame));
        return frame.readableBytes();
    }
}

/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Records the system calls for a tap or TUN device of FreeBSD, or for a utun of macOS, and answers them as the driver
 * does according to its source. It verifies the numbers and the order of the calls, and not the behaviour of these
 * systems.
 */
final class RecordedCalls implements DeviceCalls {
    private static final Map<Long, String> NAMES = Map.ofEntries(
        Map.entry(0xC0644E03L, "CTLIOCGINFO"), Map.entry(0x4008745CL, "TAPGIFINFO"),
        Map.entry(0x4020745DL, "TAPGIFNAME"),
        Map.entry(0x80047460L, "TUNSIFHEAD"), Map.entry(0x8004745BL, "TAPSVNETHDR"),
        Map.entry(0x4004745EL, "TAPGVNETHDR"),
        Map.entry(0x4004667FL, "FIONREAD"), Map.entry(0xC0206921L, "SIOCGIFADDR"),
        Map.entry(0x40047461L, "TUNGIFHEAD"), Map.entry(0xC0206920L, "SIOCGIFINDEX"),
        Map.entry(0xC0286988L, "SIOCGIFGROUP"),
        Map.entry(0x80206910L, "SIOCSIFFLAGS"), Map.entry(0xC0206911L, "SIOCGIFFLAGS"),
        Map.entry(0x8020691EL, "SIOCSIFCAP"), Map.entry(0xC020691FL, "SIOCGIFCAP"),
        Map.entry(0xC0206933L, "SIOCGIFMTU"), Map.entry(0x80206934L, "SIOCSIFMTU"),
        Map.entry(0x8020693CL, "SIOCSIFLLADDR"), Map.entry(0xC0106978L, "SIOCIFGCLONERS"));

    /** ENOTCAPABLE, which Linux has no number for. */
    static final int NOT_CAPABLE = 93;

    final List<String> calls = new ArrayList<>();
    final TreeSet<Integer> open = new TreeSet<>();
    final Deque<byte[]> queued = new ArrayDeque<>();
    final List<byte[]> written = new ArrayList<>();
    private final Map<String, Deque<Integer>> scripted = new HashMap<>();
    String name = "tap0";
    /** A name that somebody else gives the device right after its name was queried. */
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
    /** Whether the caller may change interfaces. */
    boolean privileged = true;
    int index = 3;
    final Set<String> groups = new LinkedHashSet<>(List.of("all", "tap"));
    /** The drivers of the kernel. */
    List<String> drivers = List.of();
    /** What waits in the routing socket. */
    final Deque<byte[]> news = new ArrayDeque<>();
    /** The routing socket has lost messages. */
    boolean newsLost;
    /** The two words of the rights of each descriptor that has limited ones. */
    final Map<Integer, List<Long>> rights = new HashMap<>();
    private final Map<Integer, Set<Long>> requests = new HashMap<>();
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
    public int setsockopt(int fd, int level, int option, NativeMemory value) {
        Integer result = record("setsockopt", "setsockopt " + fd + " " + Integer.toHexString(level) + " "
            + Integer.toHexString(option) + " " + value.buffer().getInt(0));
        return result == null ? 0 : result;
    }

    @Override
    public long recv(int fd, NativeMemory into, int flags) {
        if (!open.contains(fd)) {
            return -Errno.EBADF.number();
        }
        Integer result = record("recv", "recv " + fd + (flags == 0 ? "" : " " + flags));
        if (result != null) {
            return result;
        }
        if (newsLost) {
            newsLost = (flags & 2) != 0;
            return -Errno.ENOBUFS.number();
        }
        byte[] message = (flags & 2) == 0 ? news.poll() : news.peek();
        if (message == null) {
            return -Errno.EAGAIN.number();
        }
        into.buffer().put(0, message);
        return message.length;
    }

    @Override
    public int limitRights(int fd, NativeMemory set) {
        Integer result = record("cap_rights_limit", "cap_rights_limit " + fd);
        if (result != null) {
            return result;
        }
        rights.put(fd, List.of(set.buffer().getLong(0), set.buffer().getLong(8)));
        return 0;
    }

    @Override
    public int limitIoctls(int fd, NativeMemory commands) {
        Integer result = record("cap_ioctls_limit", "cap_ioctls_limit " + fd);
        if (result != null) {
            return result;
        }
        Set<Long> allowed = new HashSet<>();
        for (int i = 0; i < commands.size(); i += Long.BYTES) {
            allowed.add(commands.buffer().getLong(i));
        }
        requests.put(fd, allowed);
        return 0;
    }

    /** A message of the routing socket that something of an interface changed: struct if_msghdr. */
    static byte[] changed(int index, int flags, int mtu) {
        ByteBuffer message = ByteBuffer.allocate(168).order(ByteOrder.nativeOrder());
        message.putShort(0, (short) 168).put(2, (byte) 5).put(3, (byte) 0xe).putInt(8, flags)
            .putShort(12, (short) index).putInt(24, mtu);
        return message.array();
    }

    /** A message that an interface came (0) or went (1): struct if_announcemsghdr. */
    static byte[] announced(int index, String name, int what) {
        ByteBuffer message = ByteBuffer.allocate(24).order(ByteOrder.nativeOrder());
        message.putShort(0, (short) 24).put(2, (byte) 5).put(3, (byte) 0x11).putShort(4, (short) index)
            .putShort(22, (short) what);
        for (int i = 0; i < name.length(); i++) {
            message.put(6 + i, (byte) name.charAt(i));
        }
        return message.array();
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
        if (requests.containsKey(fd) && !requests.get(fd).contains(request)) {
            return -NOT_CAPABLE;
        }
        if (call.startsWith("SIOCS") && !privileged) {
            return -Errno.EPERM.number();
        }
        if (call.equals("SIOCIFGCLONERS")) {
            putNames(argument.buffer().getLong(8), drivers);
            return 0;
        }
        boolean named = call.startsWith("SIOC") && !call.equals("SIOCGIFADDR");
        if (named && !argument.getCString(0, 16).equals(name)) {
            return -Errno.ENXIO.number();
        }
        return driver(call, argument);
    }

    private static void putNames(long address, Collection<String> names) {
        byte[] all = new byte[names.size() * 16];
        int at = 0;
        for (String name : names) {
            System.arraycopy(name.getBytes(StandardCharsets.US_ASCII), 0, all, at, name.length());
            at += 16;
        }
        if (all.length > 0) {
            Pointer.wrap(Runtime.getSystemRuntime(), address).put(0, all, 0, all.length);
        }
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
            case "TUNGIFHEAD" -> buffer.putInt(0, familyPrefix);
            case "SIOCGIFINDEX" -> buffer.putShort(16, (short) index);
            case "SIOCGIFGROUP" -> {
                if (buffer.getInt(16) < groups.size() * 16) {
                    return -Errno.EINVAL.number();
                }
                putNames(buffer.getLong(24), groups);
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
            case "SIOCSIFMTU" -> {
                if (buffer.getInt(16) < 72) {
                    return -Errno.EINVAL.number();
                }
                mtu = buffer.getInt(16);
            }
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

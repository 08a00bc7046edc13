# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""Two network namespaces, and an interface in each."""
import ctypes
import os
import shlex
import signal
import subprocess
import time

from shell import Missing, cpus, need, run

ADDRESSES = "10.99.0.1", "10.99.0.2"
SENDER, RECEIVER = 0, 1
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


class NamespacePair:
    """What a contender joins. Each contender has its own pair, so that all live beside each other and none is in the
    way of the one that is measured. The addresses are the same in all."""

    def __init__(self, number):
        self.spaces = tuple("rtc%d.%d%s" % (os.getpid(), number, side) for side in "AB")
        self.interfaces = tuple("%s%dn%d" % (side, os.getpid(), number) for side in "AB")
        self.files = {}

    def open(self):
        for space in self.spaces:
            need("ip netns add " + space)
            # Nothing but the load may cross the switch.
            run("ip netns exec %s sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1"
                % space)
            run("ip -n %s link set lo up" % space)

    def close(self):
        for file in self.files.values():
            file.close()
        self.files.clear()
        for space in self.spaces:
            for pid in run("ip netns pids " + space).stdout.split():
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            run("ip netns del " + space)

    def place(self):
        """Gives the interfaces to the namespaces and waits until one reaches the other."""
        for space, interface, address in zip(self.spaces, self.interfaces, ADDRESSES):
            need("ip link set dev %s netns %s" % (interface, space))
            need("ip -n %s addr add %s/24 dev %s" % (space, address, interface))
            need("ip -n %s link set dev %s up" % (space, interface))
        for _ in range(60):
            if self.reaches():
                return
            time.sleep(0.1)
        raise Missing("no ping gets through")

    def reaches(self):
        """Whether a ping gets through. It also tells switches that learn and forget where the two addresses are."""
        return run("ip netns exec %s ping -c 1 -W 1 -q %s" % (self.spaces[SENDER], ADDRESSES[RECEIVER])).returncode == 0

    def interfaces_gone(self):
        return not any(run("ip -n %s link show dev %s" % pair).returncode == 0
                       for pair in zip(self.spaces, self.interfaces))

    def inside(self, side, command, cpu=None):
        """A command in one of the namespaces, on the CPU of the load unless another is given."""
        return "ip netns exec %s taskset -c %d %s" % (self.spaces[side], cpus()[0] if cpu is None else cpu, command)

    def start(self, side, command, cpu=None, **streams):
        """The same, running, without a shell between: to terminate it is to terminate the command."""
        return subprocess.Popen(shlex.split(self.inside(side, command, cpu)),
                                **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **streams})

    def network_file(self, name):
        """What the receiver's /proc/net/NAME says. It is opened once: no process is started while a window is open."""
        if name not in self.files:
            self.files[name] = open_inside(self.spaces[RECEIVER], "/proc/thread-self/net/" + name)
        return os.pread(self.files[name].fileno(), 1 << 16, 0).decode()

    def received_packets(self):
        for line in self.network_file("dev").splitlines():
            name, _, counters = line.partition(":")
            if name.strip() == self.interfaces[RECEIVER]:
                return int(counters.split()[1])
        raise Missing("the receiving interface has gone")

    def received_datagrams(self):
        names, values = (line.split() for line in self.network_file("snmp").splitlines() if line.startswith("Udp:"))
        return int(values[names.index("InDatagrams")])

    def listens(self, port):
        return any("%04X 00000000:0000 0A " % port in line for line in self.network_file("tcp").splitlines())

    def hardware_address(self):
        return run("ip netns exec %s cat /sys/class/net/%s/address"
                   % (self.spaces[RECEIVER], self.interfaces[RECEIVER])).stdout.strip()


def open_inside(space, path):
    """A file of /proc as a namespace shows it: it stays that namespace's when this thread is back in its own."""
    with open("/proc/thread-self/ns/net") as home, open("/run/netns/" + space) as there:
        enter(there)
        try:
            return open(path, "rb", buffering=0)
        finally:
            enter(home)


def enter(namespace):
    if LIBC.setns(namespace.fileno(), CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")

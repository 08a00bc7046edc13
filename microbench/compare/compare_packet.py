#!/usr/bin/env python3
# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""Compares Ringtap's bridge on packet sockets with a C program that makes the same system calls, in the same minutes.

Each contender joins two interfaces, the near ends of two veth pairs, whose far ends are in network namespaces of their
own. What is measured is the program and the system calls: a veth is no network card. Needs root, gcc and Maven;
contenders:

  c          epoll, recvmmsg and sendmmsg, with the virtio-net header of the kernel (packet_bridge.c)
  epoll      ./run-example.sh bridge --loop epoll packet:A packet:B; epoll-v with vnet=12 at both ports
  io_uring   the same on io_uring; io_uring-v as above
  poll       the same on ppoll(2); poll-v as above

Without a header, Ringtap finishes checksums and super-frames, which the C program passes on: beside TCP, only those
with -v do the same work. Any other is given as LABEL=COMMAND, where {P} and {Q} become the names of the interfaces.
"""
import compare
from compare import LOOPS, RINGTAP, Switches
from contenders import Contender
from namespaces import SENDER
from shell import need, run


class VethContender(Contender):
    """The interfaces are there before the program is."""

    def __init__(self, label, command, number, directory):
        super().__init__(label, command, number, directory)
        suffix = self.pair.interfaces[SENDER][1:]
        self.near = "p" + suffix, "q" + suffix
        self.command = self.command.replace("{P}", self.near[0]).replace("{Q}", self.near[1])

    def open(self):
        for near, far in zip(self.near, self.pair.interfaces):
            need("ip link add %s type veth peer name %s" % (near, far))
            run("sysctl -qw net.ipv6.conf.%s.disable_ipv6=1" % near)
            need("ip link set dev %s up" % near)
        super().open()

    def close(self):
        super().close()
        for near in self.near:
            run("ip link del dev " + near)


class VethSwitches(Switches):
    """Each beside the C program alone."""
    kind = VethContender
    rivals = ()

    def kin(self, loop, header):
        return "c",


class PacketSockets(VethSwitches):
    programs = {"flood": "", "packet_bridge": ""}
    defaults = ["c", "epoll", "epoll-v", "io_uring-v", "poll-v"]
    commands = {"c": "exec {PROGRAMS}/packet_bridge {P} {Q}"}

    def ringtap(self, label):
        loop, *wanted = label.split("-")
        if loop not in LOOPS or not set(wanted) <= {"v"}:
            self.unknown(label)
        vnet = ",vnet=12" if "v" in wanted else ""
        return " ".join([RINGTAP % " -Xlog:gc:file={GC}", "--loop", loop, "packet:{P}" + vnet, "packet:{Q}" + vnet])


def main():
    compare.compare(PacketSockets(), compare.arguments(__doc__, PacketSockets.defaults).parse_args())


if __name__ == "__main__":
    main()

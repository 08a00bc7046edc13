#!/usr/bin/env python3
# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""Compares Ringtap's bridge on AF_XDP sockets with a C program that makes the same system calls, in the same minutes.

Each contender joins two interfaces, the near ends of two veth pairs, whose far ends are in network namespaces of their
own. What is measured is the program and the system calls: on a veth the kernel copies each frame, and a veth is no
network card. Needs root, gcc and Maven; contenders:

  c          epoll, one UMEM, a sendto for each batch (xdp_bridge.c)
  epoll      ./run-example.sh bridge --loop epoll xdp:A xdp:B
  io_uring   the same on io_uring
  poll       the same on ppoll(2)

Behind a label -own gives each port memory of its own, so that each frame is copied once. Any other is given as
LABEL=COMMAND, where {P} and {Q} become the names of the interfaces.
"""
import compare
from compare import LOOPS, RINGTAP
from compare_packet import VethSwitches


class XdpSockets(VethSwitches):
    programs = {"flood": "", "xdp_bridge": ""}
    defaults = ["c", "epoll", "io_uring", "poll"]
    commands = {"c": "exec {PROGRAMS}/xdp_bridge {P} {Q}"}

    def ringtap(self, label):
        loop, *wanted = label.split("-")
        if loop not in LOOPS or not set(wanted) <= {"own"}:
            self.unknown(label)
        own = ",shares=1" if "own" in wanted else ""
        return " ".join([RINGTAP % " -Xlog:gc:file={GC}", "--loop", loop, "xdp:{P}" + own, "xdp:{Q}" + own])


def main():
    compare.compare(XdpSockets(), compare.arguments(__doc__, XdpSockets.defaults).parse_args())


if __name__ == "__main__":
    main()

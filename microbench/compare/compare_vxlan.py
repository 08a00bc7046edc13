#!/usr/bin/env python3
# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""Measures VXLAN tunnels between two taps side by side, as compare.py does switches.

Needs root and gcc. Each tap is in a network namespace of its own. Two processes, a tap each, send each other the frames
in UDP datagrams over the loopback. Both share the switch's CPU. MTU 1450; contenders:

  c           recvmmsg, sendmmsg, rows of datagrams, a read and a write for each frame of the tap (vxlan_tunnel.c); c-v with
              a 12-byte vnet header, and super-frames of TCP segmented
  epoll       ./run-example.sh bridge --loop epoll tap:... vxlan:...; epoll-v with vnet=12 on both
  io_uring    the same on io_uring; io_uring-v as above
  kernel      a bridge, a vxlan device and a veth pair to the sender or the receiver in each of two namespaces, which another
              veth pair joins; there is no process, and all is done on the sender's CPU

Any other is given as LABEL=COMMAND, where {A} and {B} become the names of the taps that COMMAND has to make, and {HERE} and
{THERE} two addresses of the loopback of its own."""
import compare
from compare import HOME, Switches
from contenders import Contender, KernelBridge
from namespaces import RECEIVER, SENDER
from shell import need, run

RINGTAP = ("RINGTAP_JAVA_OPTS='-Dio.netty.leakDetection.level=disabled' %s/run-example.sh bridge --stats 0 --loop {loop}"
           " tap:{device}{options} vxlan:42,local={here},remote={there}{options}" % HOME)


def ends(command):
    """The same command for both ends, the taps and addresses the other way round."""
    return " & ".join(command.replace("{device}", device).replace("{here}", here).replace("{there}", there)
                      for device, here, there in (("{A}", "{HERE}", "{THERE}"), ("{B}", "{THERE}", "{HERE}"))) + " & wait"


def ringtap(loop, options=""):
    return ends(RINGTAP.replace("{loop}", loop).replace("{options}", options))


class VxlanContender(Contender):
    mtu = 1450


class KernelTunnel(KernelBridge):
    """Two ends in namespaces of their own: in one, two devices cannot have the same network and port."""
    mtu = 1450
    ends = ()

    def open(self):
        number = self.pair.interfaces[SENDER][1:]
        self.pair.open()
        self.ends = tuple("rtk" + number + side for side in "AB")
        for end in self.ends:
            need("ip netns add " + end)
        need("ip -n %s link add under type veth peer name under netns %s" % self.ends)
        for side, other in (SENDER, RECEIVER), (RECEIVER, SENDER):
            def ip(command):
                need("ip -n %s %s" % (self.ends[side], command))
            ip("address add 192.0.2.%d/24 dev under" % (side + 1))
            ip("link set under up")
            ip("link add overlay up type bridge")
            ip("link add vxlan42 type vxlan id 42 dstport 4789 local 192.0.2.%d remote 192.0.2.%d dev under"
               % (side + 1, other + 1))
            ip("link set vxlan42 up master overlay")
            need("ip link add %s type veth peer name port netns %s" % (self.pair.interfaces[side], self.ends[side]))
            ip("link set port mtu 1450 up master overlay")
        self.place()

    def close(self):
        for end in self.ends:
            run("ip netns del " + end)
        self.pair.close()


class VxlanTunnels(Switches):
    """A process at each end. Two JVMs on one CPU, and their compilers with them, take long to get warm."""
    warm_up = 15, 40
    kind = VxlanContender
    programs = {"flood": "", "vxlan_tunnel": ""}
    defaults = ["c", "c-v", "epoll", "epoll-v", "io_uring", "io_uring-v", "kernel"]
    commands = {
        "c": ends("{PROGRAMS}/vxlan_tunnel {device} {here} {there}"),
        "c-v": ends("{PROGRAMS}/vxlan_tunnel -v {device} {here} {there}"),
        "epoll": ringtap("epoll"),
        "epoll-v": ringtap("epoll", ",vnet=12"),
        "io_uring": ringtap("io_uring"),
        "io_uring-v": ringtap("io_uring", ",vnet=12"),
        "kernel": None,
    }

    def ringtap(self, label):
        self.unknown(label)

    def contender(self, given, number, directory):
        if given.split("#")[0] == "kernel":
            return KernelTunnel(given, "", number, directory)
        made = super().contender(given, number, directory)
        for name, host in ("HERE", 1), ("THERE", 2):
            made.command = made.command.replace("{%s}" % name, "127.42.%d.%d" % (number, host))
        return made

    def kin(self, loop, header):
        return "c" + header,


def main():
    options = compare.arguments(__doc__, None).parse_args()
    field = VxlanTunnels()
    options.contenders = options.contenders or field.defaults
    compare.compare(field, options)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""Measures programs that carry IP packets between two TUN devices side by side, as compare.py does switches.

Needs root, gcc and, for Ringtap and netty-tun, Maven. Each device is in a network namespace of its own. Without
--tunnel a program forwards from one device to the other; contenders:

  c          epoll, a read and a write for each packet (epoll_bridge.c); c-v with a 12-byte vnet header and super-frames
  epoll      two TunChannels on one event loop; epoll-v with vnet=12,offloads=all
  io_uring   the same on io_uring; io_uring-v as above
  poll       the same on ppoll(2)
  netty-tun  two channels of org.drasyl:netty-tun, on the event loop that it demands

With --tunnel two processes, a device each, send each other the packets in UDP datagrams over the loopback, in the clear.
Both share the switch's CPU. MTU 1452; contenders:

  c          epoll, read and sendto, recvfrom and write for each packet (udp_tunnel.c)
  epoll      ./run-example.sh vpn --loop epoll; epoll-plain with vnet=0, that is without super-frames
  io_uring   ./run-example.sh vpn --loop io_uring; io_uring-v with vnet=12,offloads=all
  netty-tun  netty-tun and a UDP socket of Netty's, on an event loop each

Any other is given as LABEL=COMMAND, where {A} and {B} become the names of the devices that COMMAND has to make.
"""
import os

import compare
from compare import HOME, Switches
from contenders import Contender
from namespaces import ADDRESSES, SENDER
from shell import Missing, run

MICROBENCH = os.path.join(HOME, "microbench", "target", "microbench.jar")
BUILD = "mvn -B -q -f %s -Pmicrobench -pl microbench -am -DskipTests -Dcheckstyle.skip package" % HOME
JAVA = ("exec %s -XX:+IgnoreUnrecognizedVMOptions --enable-native-access=ALL-UNNAMED"
        " --sun-misc-unsafe-memory-access=allow -Dio.netty.leakDetection.level=disabled -cp %s io.ringtap.microbench.tun."
        % (os.path.join(os.environ["JAVA_HOME"], "bin/java") if "JAVA_HOME" in os.environ else "java", MICROBENCH))
VPN = ("RINGTAP_JAVA_OPTS='-Dio.netty.leakDetection.level=disabled' %s/run-example.sh vpn --stats 0 --loop {loop}"
       " --listen 127.0.0.1:{here} --peer 127.0.0.1:{there} tun:{device}{options}" % HOME)
OFFLOADS = ",vnet=12,offloads=all"
FIRST_PORT = 47891


class TunContender(Contender):
    """Between TUN devices nothing has a hardware address."""

    def open(self):
        if "io.ringtap.microbench" in self.command and not os.path.exists(MICROBENCH):
            raise Missing("%s is not there" % MICROBENCH)
        super().open()

    def flood(self):
        # To an address of nobody, so that the receiver counts and drops it without an answer.
        return "%s/flood packets %s %s 10.99.0.99" % (self.programs, self.pair.interfaces[SENDER], ADDRESSES[SENDER])


class TunnelContender(TunContender):
    mtu = 1452


class Tuns(Switches):
    kind = TunContender
    programs = {"flood": "", "epoll_bridge": ""}
    defaults = ["c", "c-v", "epoll", "epoll-v", "io_uring", "io_uring-v", "poll", "netty-tun"]
    rivals = "netty-tun",
    commands = {
        "c": "exec {PROGRAMS}/epoll_bridge -t {A} {B}",
        "c-v": "exec {PROGRAMS}/epoll_bridge -t -v {A} {B}",
        "netty-tun": JAVA + "NettyTunForward {A} {B}",
        "epoll": JAVA + "TunForward epoll tun:{A} tun:{B}",
        "io_uring": JAVA + "TunForward io_uring tun:{A} tun:{B}",
        "poll": JAVA + "TunForward poll tun:{A} tun:{B}",
        "epoll-v": JAVA + "TunForward epoll tun:{A}%s tun:{B}%s" % (OFFLOADS, OFFLOADS),
        "io_uring-v": JAVA + "TunForward io_uring tun:{A}%s tun:{B}%s" % (OFFLOADS, OFFLOADS),
    }

    def prepare(self, labels):
        if any(self.wants_microbench(label) for label in labels) and self.is_stale():
            built = run(BUILD, timeout=900)
            if built.returncode:
                return ("microbench, which holds TunForward and the programs on netty-tun, was not built with '%s': %s"
                        % (BUILD, " ".join((built.stdout + built.stderr).split())[:300]))

    def wants_microbench(self, label):
        return "io.ringtap.microbench" in self.commands.get(label, "")

    def is_stale(self):
        return not os.path.exists(MICROBENCH) or bool(run(
            "find %s/*/src/main %s/*/pom.xml -newer %s -print -quit" % (HOME, HOME, MICROBENCH)).stdout)

    def ringtap(self, label):
        self.unknown(label)

    def kin(self, loop, header):
        return "c" + header,


def ends(command):
    """The same command for both ends, the devices and ports the other way round."""
    return " & ".join(command.replace("{device}", device).replace("{here}", here).replace("{there}", there)
                      for device, here, there in (("{A}", "{PORT}", "{PEER}"), ("{B}", "{PEER}", "{PORT}"))) + " & wait"


def vpn(loop, options=""):
    return ends(VPN.replace("{loop}", loop).replace("{options}", options))


class Tunnels(Tuns):
    """A process at each end. Two JVMs on one CPU, and their compilers with them, take long to get warm."""
    warm_up = 15, 40
    kind = TunnelContender
    programs = {"flood": "", "udp_tunnel": ""}
    defaults = ["c", "epoll", "epoll-plain", "io_uring", "io_uring-v", "netty-tun"]
    commands = {
        "c": ends("{PROGRAMS}/udp_tunnel {device} {here} {there}"),
        "netty-tun": ends("(" + JAVA + "NettyTunTunnel {device} {here} {there})"),
        "epoll": vpn("epoll"),
        "epoll-plain": vpn("epoll", ",vnet=0"),
        "epoll-v": vpn("epoll", OFFLOADS),
        "io_uring": vpn("io_uring"),
        "io_uring-plain": vpn("io_uring", ",vnet=0"),
        "io_uring-v": vpn("io_uring", OFFLOADS),
    }

    def prepare(self, labels):
        return super().prepare(labels) or Switches.prepare(self, labels)

    def contender(self, given, number, directory):
        made = super().contender(given, number, directory)
        for name, port in ("PORT", FIRST_PORT + 2 * number), ("PEER", FIRST_PORT + 2 * number + 1):
            made.command = made.command.replace("{%s}" % name, str(port))
        return made

    def kin(self, loop, header):
        return "c",


def main():
    parser = compare.arguments(__doc__, None)
    parser.add_argument("--tunnel", action="store_true", help="measure tunnels through UDP")
    options = parser.parse_args()
    field = Tunnels() if options.tunnel else Tuns()
    options.contenders = options.contenders or field.defaults
    compare.compare(field, options)


if __name__ == "__main__":
    main()

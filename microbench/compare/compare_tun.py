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
from compare import ADDRESSES, HOME, Bench, Missing, need, run

MICROBENCH = os.path.join(HOME, "microbench", "target", "microbench.jar")
BUILD = "mvn -B -q -f %s -Pmicrobench -pl microbench -am -DskipTests -Dcheckstyle.skip package" % HOME
JAVA = ("exec %s -XX:+IgnoreUnrecognizedVMOptions --enable-native-access=ALL-UNNAMED"
        " --sun-misc-unsafe-memory-access=allow -Dio.netty.leakDetection.level=disabled -cp %s io.ringtap.microbench.tun."
        % (os.path.join(os.environ["JAVA_HOME"], "bin/java") if "JAVA_HOME" in os.environ else "java", MICROBENCH))
VPN = ("RINGTAP_JAVA_OPTS='-Dio.netty.leakDetection.level=disabled' %s/run-example.sh vpn --stats 0 --loop {loop}"
       " --listen 127.0.0.1:{here} --peer 127.0.0.1:{there} tun:{device}{options}" % HOME)
TUNNEL_MTU = 1452
WARM_UP = 10  # seconds


class TunBench(Bench):
    """Between TUN devices nothing has a hardware address."""
    programs = {"flood": "", "epoll_bridge": ""}
    contenders = ["c", "c-v", "epoll", "epoll-v", "io_uring", "io_uring-v", "poll", "netty-tun"]

    def prepare(self, contenders):
        if any(self.wants_microbench(label) for label in contenders) and self.is_stale():
            built = run(BUILD, timeout=900)
            if built.returncode:
                self.note("microbench, which holds TunForward and the programs on netty-tun, was not built with '%s': %s"
                          % (BUILD, " ".join((built.stdout + built.stderr).split())[:300]))

    def wants_microbench(self, label):
        return label == "netty-tun" or label.startswith(("epoll", "io_uring", "poll"))

    def is_stale(self):
        return not os.path.exists(MICROBENCH) or bool(run(
            "find %s/*/src/main %s/*/pom.xml -newer %s -print -quit" % (HOME, HOME, MICROBENCH)).stdout)

    def contend(self, label, command):
        if "io.ringtap.microbench" in command and not os.path.exists(MICROBENCH):
            raise Missing("%s is not there" % MICROBENCH)
        return super().contend(label, command)

    def flood(self, seconds):
        # To an address of nobody, so that the receiver counts and drops it without an answer.
        return "%s packets %s %s 10.99.0.99 %g" % (self.binary("flood"), self.taps[0], ADDRESSES[0], seconds)

    def ringtap(self, label):
        self.unknown(label)

    def commands(self):
        forward, devices = JAVA + "TunForward {} {}", " ".join(self.taps)
        known = {
            "c": "exec %s -t %s" % (self.binary("epoll_bridge"), devices),
            "c-v": "exec %s -t -v %s" % (self.binary("epoll_bridge"), devices),
            "netty-tun": JAVA + "NettyTunForward " + devices,
        }
        for loop in "epoll", "io_uring", "poll":
            known[loop] = forward.format(loop, "tun:%s tun:%s" % self.taps)
        for loop in "epoll", "io_uring":
            known[loop + "-v"] = forward.format(
                loop, "tun:%s,vnet=12,offloads=all tun:%s,vnet=12,offloads=all" % self.taps)
        return known


class TunnelBench(TunBench):
    """A process at each end. Two JVMs on one CPU, and their compilers with them, take long to get warm."""
    programs = {"flood": "", "udp_tunnel": ""}
    contenders = ["c", "epoll", "epoll-plain", "io_uring", "io_uring-v", "netty-tun"]
    ports = 47891, 47892

    def prepare(self, contenders):
        super().prepare(contenders)
        Bench.prepare(self, contenders)

    def wants_microbench(self, label):
        return label == "netty-tun"

    def warm_up(self, server_cpu):
        self.tcp(server_cpu, WARM_UP, 1)

    def place(self):
        for tap in self.taps:
            need("ip link set dev %s mtu %d" % (tap, TUNNEL_MTU))
        super().place()

    def ends(self, command):
        """The same command for both ends, the devices and ports the other way round."""
        return " & ".join(command.format(device=device, here=here, there=there) for device, here, there in
                          zip(self.taps, self.ports, reversed(self.ports))) + " & wait"

    def commands(self):
        known = {
            "c": self.ends(self.binary("udp_tunnel") + " {device} {here} {there}"),
            "netty-tun": self.ends("(" + JAVA + "NettyTunTunnel {device} {here} {there})"),
        }
        for loop in "epoll", "io_uring":
            known[loop] = self.ends(VPN.replace("{loop}", loop).replace("{options}", ""))
            known[loop + "-plain"] = self.ends(VPN.replace("{loop}", loop).replace("{options}", ",vnet=0"))
            known[loop + "-v"] = self.ends(VPN.replace("{loop}", loop).replace("{options}", ",vnet=12,offloads=all"))
        return known


def main():
    parser = compare.arguments(__doc__, None)
    parser.add_argument("--tunnel", action="store_true", help="measure tunnels through UDP")
    options = parser.parse_args()
    bench = (TunnelBench if options.tunnel else TunBench)(options.seconds)
    options.contenders = options.contenders or bench.contenders
    compare.compare(bench, options)


if __name__ == "__main__":
    main()

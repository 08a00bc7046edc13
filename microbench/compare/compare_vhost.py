#!/usr/bin/env python3
# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""Compares Ringtap's vhost-user ports with DPDK's testpmd as the switch, with testpmd as the load on the other CPU.

  io        testpmd with two net_vhost ports, --forward-mode=io        } frames/s of both directions, added, of 64 bytes
  forward   two VhostChannels, each batch written to the other         } that the load sends in a circle (tx_first 16)
  bridge    the learning bridge with two ports vhost:                  }
  rxonly    testpmd with one net_vhost port that throws frames away    } frames/s that the load (txonly) gets rid of
  receive   a VhostChannel: addresses read, frames released            }
  alone     testpmd between two ports of its own (net_null), on the load's CPU: that the load is not the limit

Each contender has its windows in turn, in --passes rounds with a new load each; ratios are of medians. Beside it stand
the bytes that the JVM allocates for a frame. Needs DPDK 22.11 (Debian: dpdk-dev librte-net-vhost23 librte-net-virtio23
librte-net-null23 librte-mempool-ring23), two CPUs, Maven's build of this module, and no root. --java gives the command
that runs Java with the class path of the module.
"""
import argparse
import os
import re
import select
import statistics
import subprocess
import sys
import tempfile
import time

from shell import Missing, allocated

HERE = os.path.dirname(os.path.abspath(__file__))
MODULE = os.path.dirname(HERE)
SWITCH_CPU, LOAD_CPU = 1, 0
FORWARDER = "io.ringtap.microbench.vhost.VhostForwarder"
BRIDGE = "io.ringtap.examples.bridge.BridgeMain"
PROMPT = b"testpmd> "
SILENCE = 0.2  # seconds


class Testpmd:
    """One testpmd that is told what to do, forwarding on one CPU. Its main thread is on the other, and idle."""

    def __init__(self, folder, name, cpu, devices, options):
        self.log = os.path.join(folder, name + ".log")
        command = ["stdbuf", "-oL", "dpdk-testpmd", "-l", "0,1", "--main-lcore=%d" % (1 - cpu), "--no-huge",
                   "-m", "512", "--no-pci", "--no-telemetry", "--file-prefix=%s%d" % (name, os.getpid())]
        command += ["--vdev=" + device for device in devices]
        command += ["--", "-i", "--no-mlockall", "--total-num-mbufs=16384"] + options
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        self.read()

    def read(self):
        """What it says until it has asked again and is silent: it shows its prompt anew with what it is told."""
        said = b""
        while PROMPT not in said or select.select([self.process.stdout], [], [], SILENCE)[0]:
            octets = os.read(self.process.stdout.fileno(), 65536)
            if not octets:
                raise Missing("testpmd ended: " + said.decode(errors="replace")[-300:])
            said += octets
        return said.decode(errors="replace")

    def do(self, command):
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()
        return self.read()

    def frames(self, what):
        """The frames of all ports so far."""
        return sum(int(count) for count in re.findall(what + r"-packets: *(\d+)", self.do("show port stats all")))

    def close(self):
        self.process.kill()
        self.process.wait()


def rate(load, what, seconds, pid=None):
    """Frames a second, and bytes allocated for each."""
    bytes_before = allocated([pid]) if pid else None
    begin, frames = time.monotonic(), load.frames(what)
    time.sleep(seconds)
    end, more = time.monotonic(), load.frames(what)
    count = more - frames
    if count <= 0:
        raise Missing("no frame passed")
    # The allocation is asked for after the frames: some more have passed by then.
    grown = (allocated([pid]) - bytes_before) / count if pid else None
    return count / (end - begin), grown


class Contender:
    def __init__(self, name, ports, command=None, mode=None):
        self.name, self.ports, self.command, self.mode = name, ports, command, mode

    def window(self, folder, options):
        sockets = [os.path.join(folder, "%s%d" % (self.name, i)) for i in range(self.ports)]
        alone = ["--port-topology=loop"] if self.ports == 1 else []
        java = switch = load = None
        try:
            if self.mode:
                switch = Testpmd(folder, "switch", SWITCH_CPU,
                                 ["net_vhost%d,iface=%s,queues=1" % port for port in enumerate(sockets)],
                                 ["--forward-mode=" + self.mode] + alone)
                switch.do("start")
            else:
                java = subprocess.Popen(["taskset", "-c", str(SWITCH_CPU)] + options.java.split()
                                        + self.command(options, sockets), stdin=subprocess.PIPE,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                await_all(sockets, java)
            load = Testpmd(folder, "load", LOAD_CPU,
                           ["net_virtio_user%d,path=%s" % port for port in enumerate(sockets)],
                           ["--forward-mode=" + ("io" if self.ports == 2 else "txonly")]
                           + alone)
            load.do("start tx_first 16" if self.ports == 2 else "start")
            time.sleep(options.warm_up if java else 0.5)
            return rate(load, "RX" if self.ports == 2 else "TX", options.seconds, java and java.pid)
        finally:
            for program in load, switch:
                if program:
                    program.close()
            if java:
                java.terminate()
                java.wait()


class Alone:
    """The load with nothing on the other side."""
    name = "alone"

    def window(self, folder, options):
        load = Testpmd(folder, "load", LOAD_CPU, ["net_null0", "net_null1"], ["--forward-mode=io"])
        try:
            load.do("start")
            time.sleep(0.5)
            return rate(load, "RX", options.seconds)
        finally:
            load.close()


def await_all(sockets, program):
    end = time.monotonic() + 20
    while not all(os.path.exists(path) for path in sockets):
        if program.poll() is not None or time.monotonic() > end:
            raise Missing("the sockets did not come")
        time.sleep(0.05)


CONTENDERS = {contender.name: contender for contender in (
    Contender("io", 2, mode="io"),
    Contender("forward", 2, lambda options, sockets: [FORWARDER, options.loop] + sockets),
    Contender("bridge", 2, lambda options, sockets: [BRIDGE, "--loop", options.loop, "--stats", "0"]
              + ["vhost:" + path for path in sockets]),
    Contender("rxonly", 1, mode="rxonly"),
    Contender("receive", 1, lambda options, sockets: [FORWARDER, options.loop] + sockets),
    Alone())}
AGAINST = {"forward": "io", "bridge": "io", "receive": "rxonly"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", "--passes", type=int, default=3)
    parser.add_argument("-t", "--seconds", type=float, default=2, help="of a window (default: %(default)s)")
    parser.add_argument("--warm-up", type=float, default=5, help="seconds for a JVM (default: %(default)s)")
    parser.add_argument("--loop", default="epoll", help="epoll, io_uring or poll (default: %(default)s)")
    parser.add_argument("--java", default="java -Xmx512m -cp " + os.path.join(MODULE, "target/microbench.jar"))
    parser.add_argument("contenders", nargs="*", default=list(CONTENDERS), metavar="CONTENDER")
    options = parser.parse_args()
    if not set(options.contenders) <= set(CONTENDERS):
        parser.error("there are " + ", ".join(CONTENDERS))
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("a switch and its load want two CPUs")
    rates, grown = {}, {}
    before = os.getloadavg()[0]
    for _ in range(options.passes):
        for name in options.contenders:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    frames, octets = CONTENDERS[name].window(folder, options)
                except Missing as missing:
                    print("%s: %s" % (name, missing), file=sys.stderr)
                    continue
            rates.setdefault(name, []).append(frames / 1e6)
            if octets is not None:
                grown.setdefault(name, []).append(octets)
    print("Load average %.1f at the start, %.1f at the end; %d passes of %g s, %s.\n"
          % (before, os.getloadavg()[0], options.passes, options.seconds, options.loop))
    print("| | M frames/s | ratio | bytes/frame |\n|---|---|---|---|")
    for name in options.contenders:
        if name not in rates:
            continue
        ratio, base = "", AGAINST.get(name)
        if base in rates:
            ratio = "%.2f of %s" % (statistics.median(rates[name]) / statistics.median(rates[base]), base)
        print("| %s | %.2f (%.2f-%.2f) | %s | %s |" % (
            name, statistics.median(rates[name]), min(rates[name]), max(rates[name]), ratio,
            "%.1f" % statistics.median(grown[name]) if name in grown else ""))


if __name__ == "__main__":
    main()

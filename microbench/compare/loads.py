# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""The loads, each in short windows, and how long one lasts until a program is warm."""
import json
import math
import shutil
import time

from namespaces import ADDRESSES, RECEIVER, SENDER
from shell import Missing, run

LEAD = 0.1  # seconds of load before a window opens: its program starts, the contender wakes
DRAINED = 2  # seconds after a window, at most
IPERF_PORT = 5201
SETTLED = 0.05  # how far apart the last rates may be, as a part of the highest
ALIKE = 3  # so many rates
WARM_UP_WINDOW = 0.5


class Load:
    """One kind of load. A window is measured in the middle of it, where that can be."""

    def __init__(self, key, cost_key=None):
        self.key = key
        self.cost_key = cost_key

    def check(self):
        """Raises Missing if its tool is not installed."""

    def passes(self, wanted):
        return wanted

    def seconds(self, wanted):
        """How long a window is."""
        return wanted

    def duration(self, wanted):
        """About how long a window takes with all that goes with it."""
        return self.seconds(wanted) + LEAD + 0.05

    def window(self, contender, wanted):
        """The columns by key, of one window."""
        raise NotImplementedError


class Counted(Load):
    """A flood, counted in the receiver's kernel between two looks at the clock."""

    def window(self, contender, wanted):
        programs = self.start(contender, LEAD + wanted + 1)
        try:
            time.sleep(LEAD)
            begin = self.look(contender)
            time.sleep(wanted)
            end = self.look(contender)
        finally:
            for program in programs:
                program.terminate()
                program.wait()
        self.drain(contender.pair)
        seconds, count = (end[i] - begin[i] for i in range(2))
        if count == 0:
            raise Missing("nothing arrived")
        result = {self.key: count / seconds / 1e3}
        if begin[2] is not None:
            result[self.cost_key] = (end[2] - begin[2]) / count * 1e9
        return result

    def drain(self, pair):
        """Waits until nothing more arrives: what is queued in a slow contender would take the CPU from the next."""
        end, before = time.monotonic() + DRAINED, None
        while time.monotonic() < end and before != (before := pair.received_packets()):
            time.sleep(0.02)

    def look(self, contender):
        return time.monotonic(), self.count(contender.pair), contender.cpu_seconds()


class Frames(Counted):
    def start(self, contender, seconds):
        return [contender.pair.start(SENDER, "%s %g" % (contender.flood(), seconds))]

    def count(self, pair):
        return pair.received_packets()


class Datagrams(Counted):
    def start(self, contender, seconds):
        sink = contender.pair.start(RECEIVER, "%s/flood sink %g" % (contender.programs, seconds))
        return [contender.pair.start(SENDER, "%s/flood udp %s %g" % (contender.programs, ADDRESSES[RECEIVER], seconds)),
                sink]

    def count(self, pair):
        return pair.received_datagrams()


class Tcp(Load):
    """iperf3, which counts in whole seconds: fewer windows, and longer."""

    def __init__(self, key, streams):
        super().__init__(key)
        self.streams = streams

    def check(self):
        if not shutil.which("iperf3"):
            raise Missing("iperf3 is not installed: no TCP column")

    def passes(self, wanted):
        return math.ceil(wanted * 2 / 3)

    def seconds(self, wanted):
        return math.ceil(wanted)

    def window(self, contender, wanted):
        pair, seconds = contender.pair, self.seconds(wanted)
        server = pair.start(RECEIVER, "iperf3 -s -1 -4", contender.server_cpu())
        try:
            for _ in range(200):
                if pair.listens(IPERF_PORT):
                    break
                time.sleep(0.01)
            report = run(pair.inside(SENDER, "timeout %d iperf3 -c %s -t %d -P %d -J"
                                     % (seconds + 15, ADDRESSES[RECEIVER], seconds, self.streams))).stdout
            rate = json.loads(report)["end"]["sum_received"]["bits_per_second"]
        except (ValueError, KeyError):
            rate = 0
        finally:
            if server.poll() is None:
                server.terminate()
            server.wait()
        if not rate:
            raise Missing("iperf3 had no result")
        return {self.key: rate / 1e9}


class Ping(Load):
    """One round trip after the other, as fast as the replies come."""

    def window(self, contender, wanted):
        done = run(contender.pair.inside(SENDER, "%s/flood ping %s %g"
                                         % (contender.programs, ADDRESSES[RECEIVER], wanted)))
        if done.returncode:
            raise Missing(done.stderr.strip())
        return {self.key: float(done.stdout)}


LOADS = {load.key: load for load in (Frames("frames", "frame_ns"), Datagrams("datagrams", "datagram_ns"), Tcp("tcp", 1),
                                     Tcp("tcp4", 4), Ping("ping"))}


def settle(load, contender, least, most):
    """Lets a load through until its rate has settled: a JIT that shares the contender's CPU takes its time. Returns how
    many seconds that took, and how far apart the last rates were, as a part of the highest."""
    rates, begin = [], time.monotonic()
    while True:
        rates.append(load.window(contender, WARM_UP_WINDOW)[load.key])
        took = time.monotonic() - begin
        last = rates[-ALIKE:]
        spread = 1 - min(last) / max(last)
        if took >= most or took >= least and len(rates) >= ALIKE and spread <= SETTLED:
            return took, spread

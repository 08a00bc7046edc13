#!/usr/bin/env python3
# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""What it costs to look at a bridge, whether it stays as it is for an hour, and what idle clients do to it.

  operation.py cost    forwards frames between two taps, and measures the CPU time of the forwarding thread for each
                       frame, in windows with clients and windows without, in turn: as many clients as --clients listen
                       to /events, and one of them reads /metrics every second. Prints the ratio of with to without, the
                       median and quartiles over pairs of windows that stand beside each other.
  operation.py soak    runs two bridges for --minutes with --http on and clients listening: hosts behind taps, behind a
                       vhost-user port and behind a VXLAN port send to each other at --rate frames a second each, and
                       ports come and go every minute, see soak.py. Prints memory, descriptors and threads each minute,
                       and at the end where every frame is that was sent. Exits with 1 if one is nowhere, if a bridge
                       grows, or if it has refused a request.

  operation.py idle    opens --connections to the HTTP server, all at once, and leaves them: a third says nothing, a third
                       sends half a request, a third asks for the page and does not read. Meanwhile it asks /health
                       every tenth of a second. Prints how long the slowest answer took, and the descriptors and the
                       memory of the bridge before, at most and after half a minute.

Needs root (network namespaces, taps) and gcc. --bridge gives another command than ./run-example.sh bridge, to which the
ports and options are appended.
"""
import argparse
import json
import os
import resource
import shlex
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import soak
from namespaces import RECEIVER, SENDER, NamespacePair
from shell import need, run

HERE = os.path.dirname(os.path.abspath(__file__))
HOME = os.path.dirname(os.path.dirname(HERE))
HEADERS = "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Bridge:
    """A bridge between two taps, with a page and a control socket."""

    def __init__(self, options, folder):
        self.pair = NamespacePair(0)
        self.options = options
        self.control = os.path.join(folder, "bridge.sock")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def open(self):
        self.pair.open()
        ports = ["tap:%s,up=on" % name for name in self.pair.interfaces]
        self.process = subprocess.Popen(
            shlex.split(self.options.bridge) + ports + ["--stats", "0", "--http", "127.0.0.1:%d" % self.port,
                                                        "--control", self.control],
            stdout=subprocess.DEVNULL)
        for _ in range(600):
            if os.path.exists(self.control):
                break
            if self.process.poll() is not None:
                sys.exit("the bridge has ended")
            time.sleep(0.1)
        for space, interface in zip(self.pair.spaces, self.pair.interfaces):
            need("ip link set dev %s netns %s" % (interface, space))
            need("ip -n %s link set dev %s up" % (space, interface))

    def close(self):
        self.process.terminate()
        self.process.wait(20)
        self.pair.close()

    def get(self, path):
        with urllib.request.urlopen("http://127.0.0.1:%d%s" % (self.port, path), timeout=20) as answer:
            return answer.read()

    def state(self):
        return json.loads(self.get("/ports"))

    def frames(self):
        return sum(port["rxFrames"] for port in self.state()["ports"])

    def thread(self):
        """The forwarding thread: the busiest one."""
        tasks = "/proc/%d/task" % self.process.pid
        return max(os.listdir(tasks), key=lambda task: self.cpu(task))

    def cpu(self, task):
        with open("/proc/%d/task/%s/schedstat" % (self.process.pid, task)) as file:
            return int(file.read().split()[0])

    def flood(self, program, seconds):
        """Frames from one end to the other, once the bridge has heard of both."""
        self.send(RECEIVER, SENDER, program, 0.05).wait()
        return self.send(SENDER, RECEIVER, program, seconds)

    def send(self, source, destination, program, seconds):
        link = json.loads(run("ip -j -n %s link show dev %s" % (self.pair.spaces[destination],
                                                               self.pair.interfaces[destination])).stdout)
        return self.pair.start(source, "%s frames %s %s %g" % (program, self.pair.interfaces[source],
                                                               link[0]["address"], seconds))


class Clients:
    """Connections that listen to events and read what comes."""

    def __init__(self, bridge, count):
        self.bridge = bridge
        self.open = True
        self.sockets = [socket.create_connection(("127.0.0.1", bridge.port)) for _ in range(count)]
        self.threads = [threading.Thread(target=self.listen, args=(each,)) for each in self.sockets]
        self.threads.append(threading.Thread(target=self.scrape))
        for thread in self.threads:
            thread.start()

    def listen(self, connection):
        connection.sendall(HEADERS.encode())
        while self.open and connection.recv(1 << 16):
            pass

    def scrape(self):
        while self.open:
            self.bridge.get("/metrics")
            time.sleep(1)

    def close(self):
        self.open = False
        for connection in self.sockets:
            connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self.threads:
            thread.join()


def cost(bridge, options, program):
    load = bridge.flood(program, 60 + options.warm_up + options.pairs * (4 * options.window + 4))
    time.sleep(options.warm_up)
    task = bridge.thread()
    ratios = []
    for number in range(options.pairs):
        seen = {}
        # Which comes first changes, so that what grows or shrinks with time does not count.
        for clients in (False, True) if number % 2 else (True, False):
            listening = Clients(bridge, options.clients) if clients else None
            time.sleep(0.3)
            frames, cpu = bridge.frames(), bridge.cpu(task)
            time.sleep(options.window)
            frames, cpu = bridge.frames() - frames, bridge.cpu(task) - cpu
            if listening:
                listening.close()
            seen[clients] = cpu / max(1, frames)
        ratios.append(seen[True] / seen[False])
        print("%2d  %.0f ns a frame without, %.0f with: %.3f" % (number + 1, seen[False], seen[True], ratios[-1]),
              flush=True)
    load.terminate()
    low, middle, high = statistics.quantiles(ratios, n=4)
    print("CPU time of the forwarding thread for a frame, with %d clients to without: %.3f (%.3f-%.3f), %d pairs"
          % (options.clients, middle, low, high, len(ratios)))


HALVES = b"", b"GET / HT", b"GET /ports HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50


def idle(bridge, options):
    most = options.connections + 200
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, max(most, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    folder = "/proc/%d/fd" % bridge.process.pid
    slowest, answers, done = [0.0], [0], threading.Event()
    seen = [footprint(bridge, folder)]

    def ask():
        while not done.is_set():
            begin = time.monotonic()
            bridge.get("/health")
            slowest[0] = max(slowest[0], time.monotonic() - begin)
            answers[0] += 1
            time.sleep(0.1)

    asking = threading.Thread(target=ask)
    asking.start()
    begin = time.monotonic()
    connections, refused = [], 0
    for number in range(options.connections):
        connection = socket.create_connection(("127.0.0.1", bridge.port))
        try:
            connection.sendall(HALVES[number % len(HALVES)])
        except OSError:
            refused += 1  # It was closed already, for one that came later.
        connections.append(connection)
        if number % 100 == 0:
            seen.append(footprint(bridge, folder))
    took = time.monotonic() - begin
    most_of = tuple(max(values) for values in zip(*seen[1:]))
    ended = time.monotonic() + 40
    while time.monotonic() < ended:
        time.sleep(1)
        seen.append(footprint(bridge, folder))
    done.set()
    asking.join()
    closed = 0
    for connection in connections:
        connection.setblocking(False)
        try:
            while connection.recv(1 << 16):
                pass
            closed += 1
        except BlockingIOError:
            pass
        except OSError:
            closed += 1
        connection.close()
    print("%d connections in %.1f s, %d of them closed before they could send; after 40 s %d are closed" % (
        options.connections, took, refused, closed))
    print("%d answers to /health meanwhile, the slowest after %.3f s" % (answers[0], slowest[0]))
    for when, (descriptors, resident) in (("before", seen[0]), ("at most", most_of), ("after 40 s", seen[-1])):
        print("%-10s %5d descriptors, %d MB" % (when, descriptors, resident // 1024))
    for line in bridge.get("/metrics").decode().splitlines():
        if line.startswith("ringtap_http"):
            print(line)
    return closed == options.connections and seen[-1][0] <= seen[0][0] + 5 and answers[0] and slowest[0] < 5


def footprint(bridge, folder):
    with open("/proc/%d/status" % bridge.process.pid) as file:
        resident = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
    return len(os.listdir(folder)), resident


def soak_for(options, folder):
    running = soak.Soak(options, folder)
    try:
        running.open()
        return running.run(lambda bridge: Clients(bridge, options.clients))
    finally:
        running.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("cost", "soak", "idle"))
    parser.add_argument("--bridge", default=HOME + "/run-example.sh bridge")
    parser.add_argument("--clients", type=int, default=10)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--window", type=float, default=2, help="seconds")
    parser.add_argument("--warm-up", type=float, default=10, help="seconds")
    parser.add_argument("--connections", type=int, default=10000)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--rate", type=int, default=soak.RATE, help="frames a second from each host to each other")
    parser.add_argument("--record", help="a file that gets a line of JSON with the figures of each minute")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.what == "soak":
            sys.exit(0 if soak_for(options, folder) else 1)
        program = folder + "/flood"
        need("gcc -O2 -o %s %s/flood.c" % (program, HERE))
        bridge = Bridge(options, folder)
        try:
            bridge.open()
            if options.what == "idle":
                sys.exit(0 if idle(bridge, options) else 1)
            cost(bridge, options, program)
        finally:
            bridge.close()


if __name__ == "__main__":
    main()

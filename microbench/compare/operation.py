#!/usr/bin/env python3
# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""What it costs to look at a bridge, and whether it stays as it is for an hour.

  operation.py cost    forwards frames between two taps, and measures the CPU time of the forwarding thread for each
                       frame, in windows with clients and windows without, in turn: as many clients as --clients listen
                       to /events, and one of them reads /metrics every second. Prints the ratio of with to without, the
                       median and quartiles over pairs of windows that stand beside each other.
  operation.py soak    forwards frames for --minutes with --http on and clients listening. Every minute it adds ports over
                       the control socket and removes them again: a tap, a port of a VALE switch in the JVM, one of Unix
                       datagrams and a VXLAN port. Prints memory, descriptors, threads and frames each minute, and at the
                       end where every frame is that was sent.

Needs root (network namespaces, taps) and gcc. --bridge gives another command than ./run-example.sh bridge, to which the
ports and options are appended.
"""
import argparse
import json
import os
import shlex
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

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


def memory(bridge):
    with open("/proc/%d/status" % bridge.process.pid) as file:
        fields = dict(line.split(":", 1) for line in file)
    return {"rss": int(fields["VmRSS"].split()[0]) // 1024, "threads": int(fields["Threads"]),
            "descriptors": len(os.listdir("/proc/%d/fd" % bridge.process.pid))}


def dropped(ports):
    return sum(sum(port["rxDrops"].values()) + sum(port["txDrops"].values()) for port in ports)


def ask(bridge, command, port):
    """As bridgectl does, without a JVM for each request."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(bridge.control)
        connection.sendall((json.dumps({"command": command, "port": port}) + "\n").encode())
        answer = json.loads(connection.makefile().readline())
    if not answer["ok"]:
        print("  %s %s: %s" % (command, port, answer["error"]), flush=True)
    return answer["ok"]


def soak(bridge, options, program, folder):
    load = bridge.flood(program, 60 * options.minutes + 60)
    clients = Clients(bridge, options.clients)
    ports = ["tap:soak%d,up=on" % os.getpid(), "vale7:soak,driver=embedded", "dgram:%s/vm.sock" % folder,
             "vxlan:77,local=127.0.0.1,port=%d" % (bridge.port + 1)]
    seen = []
    try:
        for minute in range(options.minutes):
            end = time.time() + 60
            added = [port for port in ports if ask(bridge, "port-add", port)]
            time.sleep(max(0, end - time.time() - 20))
            names = [port["name"] for port in bridge.state()["ports"] if port["state"] != "gone"]
            for name in names[2:]:
                ask(bridge, "port-remove", name)
            time.sleep(max(0, end - time.time()))
            state, now = bridge.state(), memory(bridge)
            seen.append(now)
            print("%3d min  %4d MB  %3d threads  %3d descriptors  %d ports were added, %d left  %d frames received,"
                  " %d dropped" % (minute + 1, now["rss"], now["threads"], now["descriptors"], len(added),
                                   len(names) - 2 - len(added), sum(port["rxFrames"] for port in state["ports"]),
                                   dropped(state["ports"])), flush=True)
    finally:
        clients.close()
        load.terminate()
    time.sleep(2)
    first, second = bridge.state()["ports"][:2]
    arrived = bridge.pair.received_packets()
    print("received from the first port %(rxFrames)d, drops %(rxDrops)s" % first)
    print("sent to the second port %(txFrames)d, drops %(txDrops)s" % second)
    print("at the receiver %d" % arrived)
    lost = first["rxFrames"] - second["txFrames"] - sum(
        count for reason, count in second["txDrops"].items() if reason != "kernel") - sum(
        count for reason, count in first["rxDrops"].items() if reason in ("reserved", "bad-source"))
    print("frames of the first port that no counter knows: %d (below 0: frames of ports that came and went)" % lost)
    half = seen[len(seen) // 2:]
    print("memory %d to %d MB, threads %d to %d, descriptors %d to %d in the second half" % (
        min(each["rss"] for each in half), max(each["rss"] for each in half),
        min(each["threads"] for each in half), max(each["threads"] for each in half),
        min(each["descriptors"] for each in half), max(each["descriptors"] for each in half)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("cost", "soak"))
    parser.add_argument("--bridge", default=HOME + "/run-example.sh bridge")
    parser.add_argument("--clients", type=int, default=10)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--window", type=float, default=2, help="seconds")
    parser.add_argument("--warm-up", type=float, default=10, help="seconds")
    parser.add_argument("--minutes", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        program = folder + "/flood"
        need("gcc -O2 -o %s %s/flood.c" % (program, HERE))
        bridge = Bridge(options, folder)
        try:
            bridge.open()
            if options.what == "cost":
                cost(bridge, options, program)
            else:
                soak(bridge, options, program, folder)
        finally:
            bridge.close()


if __name__ == "__main__":
    main()

# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""Bridges that run for an hour while ports come and go: whether they stay as they are, and where each frame is.

    host a --- tap ---+           +--- vhost ======= virtio-user --- second bridge --- tap --- host c
                      | the bridge|
    host b --- tap ---+           +--- vxlan ------- UDP ------- vxlan device of the kernel --- host d
                                  |
                                  +--- vale, and each minute for 40 s: tap, vale, dgram, vhost, vxlan

All hosts send to all others, and host a to all at once now and then. Once a minute a burst overruns queues, so that
there are frames to be missed. A frame that was sent has been received, or is in a counter.
"""
import collections
import json
import os
import re
import shlex
import socket
import statistics
import subprocess
import sys
import time
import urllib.request

from hosts import Flow, Host, Load, device_drops
from namespaces import NamespacePair, enter
from shell import need, run

RATE, BROADCASTS, BURST = 250, 20, 4000
VNI = 77
TUNNEL_PORT = 4789
# What the bridge itself does with a frame that it delivers to nobody.
KERNEL = "kernel"


class Process:
    """A bridge, as it is started from the command line, with a page and a control socket."""

    def __init__(self, options, folder, name, ports):
        self.control = os.path.join(folder, name + ".sock")
        self.jcmd = os.path.join(folder, "jcmd")
        with open(self.jcmd, "w") as file:
            file.write("GC.run\nGC.heap_info\nVM.native_memory summary\n")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        tools = os.environ.get("JAVA_TOOL_OPTIONS", "") + " -XX:NativeMemoryTracking=summary"
        self.process = subprocess.Popen(
            shlex.split(options.bridge) + ports + ["--stats", "0", "--http", "127.0.0.1:%d" % self.port,
                                                   "--control", self.control],
            stdout=subprocess.DEVNULL, env={**os.environ, "JAVA_TOOL_OPTIONS": tools})

    def ready(self):
        for _ in range(1200):
            if os.path.exists(self.control):
                return
            if self.process.poll() is not None:
                sys.exit("a bridge has ended")
            time.sleep(0.1)
        sys.exit("a bridge does not begin")

    def all_up(self):
        down = None
        for _ in range(300):
            down = [port["name"] for port in self.ports() if port["state"] != "up"]
            if not down:
                return
            time.sleep(0.1)
        sys.exit("these ports do not come up: " + " ".join(down))

    def get(self, path):
        with urllib.request.urlopen("http://127.0.0.1:%d%s" % (self.port, path), timeout=20) as answer:
            return answer.read()

    def ports(self):
        return json.loads(self.get("/ports"))["ports"]

    def ask(self, command, port):
        """As bridgectl does, without a JVM for each request."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.control)
            connection.sendall((json.dumps({"command": command, "port": port}) + "\n").encode())
            answer = json.loads(connection.makefile().readline())
        if not answer["ok"]:
            print("  %s %s: %s" % (command, port, answer["error"]), flush=True)
        return answer["ok"]

    def sample(self):
        """What the process uses, in KB and pieces, the heap after a collection of all garbage."""
        told = run("jcmd %d -f %s" % (self.process.pid, self.jcmd)).stdout
        with open("/proc/%d/status" % self.process.pid) as file:
            fields = dict(line.split(":", 1) for line in file)
        heap = re.search(r"garbage-first heap.*used (\d+)K|def new generation.*used (\d+)K", told)
        tenured = re.search(r"tenured generation.*used (\d+)K", told)
        native = re.search(r"Total:.*committed=(\d+)KB", told)
        return {"heap": sum(int(found) for match in (heap, tenured) if match for found in match.groups() if found),
                "native": int(native.group(1)) if native else 0, "rss": int(fields["VmRSS"].split()[0]),
                "threads": int(fields["Threads"]), "descriptors": len(self.descriptors())}

    def descriptors(self):
        folder = "/proc/%d/fd" % self.process.pid
        found = []
        for each in os.listdir(folder):
            try:
                found.append(re.sub(r"\d+", "N", os.readlink(folder + "/" + each)))
            except OSError:
                pass
        return found

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            print("a bridge did not end on SIGTERM", flush=True)
            self.process.kill()


class Soak:
    """Everything, from the namespaces to the figures."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.near, self.far = NamespacePair(0), NamespacePair(1)
        self.home = "rts%d" % os.getpid()
        self.cable = "u%d" % os.getpid(), "v%d" % os.getpid()
        self.processes = []
        self.hosts = []
        self.refused = 0

    def open(self):
        need("ip netns add " + self.home)
        # This process and the bridges live there, so that nothing but the load passes the bridge.
        with open("/run/netns/" + self.home) as space:
            enter(space)
        need("ip link set lo up")
        need("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1")
        self.near.open()
        self.far.open()
        self.underlay()
        vhost = self.folder + "/guest.sock"
        a, b = self.near.interfaces
        c, d = self.far.interfaces
        first = Process(self.options, self.folder, "first", [
            "tap:%s,up=on" % a, "tap:%s,up=on" % b, "vale7:0,driver=embedded", "vhost:" + vhost,
            "vxlan:%d,local=10.98.0.1,remote=10.98.0.2,port=%d" % (VNI, TUNNEL_PORT)])
        self.processes.append(first)
        first.ready()
        second = Process(self.options, self.folder, "second", ["--loop", "epoll", "tap:%s,up=on" % c, "virtio-user:" + vhost])
        self.processes.append(second)
        second.ready()
        for space, interface in zip(self.near.spaces + self.far.spaces[:1], (a, b, c)):
            need("ip link set dev %s netns %s" % (interface, space))
            need("ip -n %s link set dev %s up" % (space, interface))
        for process in self.processes:
            process.all_up()
        self.hosts = [Host(index, name, space, interface) for index, (name, space, interface) in enumerate(
            zip("abcd", self.near.spaces + self.far.spaces, (a, b, c, d)))]
        self.network = open("/proc/thread-self/net/dev", "rb", buffering=0)
        self.datagrams = open("/proc/thread-self/net/snmp", "rb", buffering=0)

    def underlay(self):
        here, there = self.cable
        space, device = self.far.spaces[1], self.far.interfaces[1]
        need("ip link add %s type veth peer name %s netns %s" % (here, there, space))
        need("ip addr add 10.98.0.1/24 dev %s && ip link set dev %s up" % (here, here))
        need("ip -n %s addr add 10.98.0.2/24 dev %s && ip -n %s link set dev %s up" % (space, there, space, there))
        need("ip -n %s link add %s type vxlan id %d local 10.98.0.2 remote 10.98.0.1 dstport %d dev %s"
             % (space, device, VNI, TUNNEL_PORT, there))
        need("ip -n %s link set dev %s up" % (space, device))

    def flows(self):
        pairs = [(source, [destination]) for source in self.hosts for destination in self.hosts
                 if source is not destination]
        flows = [Flow(index, *pair) for index, pair in enumerate(pairs)]
        return flows, Flow(len(flows), self.hosts[0], self.hosts[1:])

    def passing_ports(self):
        """Those that come and go: nobody is behind them. Another port of the same switch would be a loop."""
        return ["tap:p%d,up=on" % os.getpid(), "vale8:soak,driver=embedded", "dgram:%s/vm.sock" % self.folder,
                "vhost:%s/later.sock" % self.folder, "vxlan:%d,local=10.98.0.1,port=%d" % (VNI + 1, TUNNEL_PORT + 1)]

    def run(self, clients):
        flows, broadcast = self.flows()
        # Everybody is heard of before the flows begin, so that no frame goes where it is not counted.
        for flow in flows:
            flow.send(1)
        time.sleep(1)
        load = Load(self.hosts, {**dict.fromkeys(flows, self.options.rate), broadcast: BROADCASTS})
        listening = clients(self.processes[0])
        seen = []
        try:
            for minute in range(self.options.minutes):
                seen.append(self.minute(minute, load, flows))
                self.tell(minute, seen[-1], flows + [broadcast])
        finally:
            listening.close()
            load.end()
        return self.conclude(seen, flows + [broadcast])

    def minute(self, minute, load, flows):
        end = time.monotonic() + 60
        first = self.processes[0]
        before = {port["name"] for port in first.ports() if port["state"] != "gone"}
        self.refused += sum(not first.ask("port-add", port) for port in self.passing_ports())
        time.sleep(15)
        load.bursts.append((flows[minute % len(flows)], BURST))
        time.sleep(max(0, end - time.monotonic() - 20))
        after = [port["name"] for port in first.ports() if port["state"] != "gone"]
        self.refused += sum(not first.ask("port-remove", name) for name in after if name not in before)
        time.sleep(max(0, end - time.monotonic() - 3))
        return [process.sample() for process in self.processes]

    def tell(self, minute, samples, flows):
        print("%3d min  %s  sent %d  missed %d" % (minute + 1, "  |  ".join(
            "heap %.1f native %.1f rss %.1f MB, %d threads, %d descriptors" % (
                each["heap"] / 1024, each["native"] / 1024, each["rss"] / 1024, each["threads"], each["descriptors"])
            for each in samples), sum(flow.sent for flow in flows), sum(flow.lost() for flow in flows)), flush=True)
        if minute == 0 or minute == self.options.minutes - 1:
            for process in self.processes:
                print("  descriptors: %s" % ", ".join("%d %s" % (count, name) for name, count in sorted(
                    collections.Counter(os.path.basename(each) for each in process.descriptors()
                                        if not each.endswith(".jar")).items())))
        if self.options.record:
            with open(self.options.record, "a") as file:
                file.write(json.dumps({"minute": minute + 1, "bridges": samples}) + "\n")

    def kernel_counters(self):
        counters = collections.Counter()
        for host in self.hosts:
            for where, count in host.kernel_drops().items():
                counters["host %s: %s" % (host.name, where)] += count
        received, sent = device_drops(self.network, self.cable[0])
        counters["cable of the tunnel, received"] += received
        counters["cable of the tunnel, sent"] += sent
        names, values = (line.split() for line in os.pread(self.datagrams.fileno(), 1 << 16, 0).decode().splitlines()
                         if line.startswith("Udp:"))
        counters["datagrams, no room in the socket"] += int(values[names.index("RcvbufErrors")])
        return counters

    def conclude(self, seen, flows):
        for flow in flows:
            print("%-18s sent %9d, received %9d, missed %d" % (
                flow, flow.sent, flow.received(), flow.lost()))
        missed = sum(flow.lost_frames() for flow in flows)
        kernel, told = self.kernel_counters(), 0
        counted = collections.Counter()
        for number, process in enumerate(self.processes):
            for port in process.ports():
                if port["state"] == "gone":
                    continue
                for direction in ("rxDrops", "txDrops"):
                    for reason, count in port[direction].items():
                        print("bridge %d  %s  %s %s %d" % (number + 1, port["name"], direction, reason, count))
                        if reason == KERNEL:
                            told += count
                        else:
                            counted[port["name"]] += count
        for where, count in kernel.items():
            if count:
                print("kernel    %s %d" % (where, count))
        again = sum(host.again for host in self.hosts)
        print("missed %d = %d in counters of the ports + %d in counters of the kernel + %d unknown;"
              " the ports tell of %d of the kernel's; %d came again or late" % (
                  missed, sum(counted.values()), sum(kernel.values()),
                  missed - sum(counted.values()) - sum(kernel.values()), told, again))
        flat = self.flat(seen)
        print("%d requests were refused" % self.refused)
        return (missed == sum(counted.values()) + sum(kernel.values()) and not again and not self.refused and flat)

    @staticmethod
    def flat(seen):
        """Whether threads and descriptors have not grown from the third quarter to the fourth, and memory by less than a
        twentieth; medians."""
        flat = True
        half, quarter = seen[len(seen) // 2:], len(seen) // 4
        for number in range(len(seen[0])):
            for what in ("heap", "native", "rss", "threads", "descriptors"):
                values = [sample[number][what] for sample in half]
                # Of most of the samples: one may be taken while a compiler or a client is busy.
                third = statistics.median(values[:max(1, quarter)])
                fourth = statistics.median(values[-max(1, quarter):])
                print("bridge %d  %-11s second half %d to %d, third quarter %.0f, fourth %.0f" % (
                    number + 1, what, min(values), max(values), third, fourth))
                flat &= fourth <= third * (1.05 if what in ("heap", "native", "rss") else 1)
        return flat

    def close(self):
        for process in reversed(self.processes):
            process.close()
        for host in self.hosts:
            host.close()
        self.near.close()
        self.far.close()
        run("ip netns del " + self.home)

#!/usr/bin/env python3
# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""Measures switches between two taps side by side: the same load, interleaved rounds, medians, ratios to the first.

Needs root (network namespaces, taps) and gcc; does without what else is missing, and says so. Every switch joins two
taps, each in a network namespace of its own; it is pinned to one CPU and all load to another, where there are two.
Contenders:

  c          epoll, a read and a write for each frame, forwards blindly (epoll_bridge.c)
  c-v        the same with a 12-byte vnet header, checksums, TSO and USO passed through
  c-uring    io_uring, batches of reads and writes (uring_bridge.c, needs liburing); c-uring-v as above
  epoll      ./run-example.sh bridge --loop epoll
  io_uring   ./run-example.sh bridge --loop io_uring
  poll       ./run-example.sh bridge --loop poll
  vde        vde_switch (VDE 2)
  kernel     the kernel's bridge, with veth pairs in place of taps

Ringtap's take what follows, as in epoll-v-gro:

  -v         vnet=12,offloads=all at both ports
  -up        the same at the receiving port alone; -down at the sending one alone
  -gro       gro=on at both ports: segments and datagrams are joined
  -q2        queues=2 at both ports, and with it two event loops
  -spin      --spin 200: the loop looks for 200 microseconds before it sleeps

and last, any contender takes -free: it is not pinned, but shares all CPUs with the load.

Any other is given as LABEL=COMMAND, where {A} and {B} become the names of the taps that COMMAND has to make.
"""
import argparse
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
HOME = os.path.dirname(os.path.dirname(HERE))
ADDRESSES = "10.99.0.1", "10.99.0.2"
RINGTAP = "RINGTAP_JAVA_OPTS='-Dio.netty.leakDetection.level=disabled%s' " + HOME + "/run-example.sh bridge --stats 0"
CONTENDERS = ["c", "c-v", "c-uring", "c-uring-v", "epoll", "epoll-v", "io_uring", "io_uring-v", "vde", "kernel"]
FREE = "-free"
WARM_UP = 5  # seconds
LOOPS = "epoll", "io_uring", "poll"
COLUMNS = {  # key: (heading, decimals, whether more is better); the chart shows these
    "tcp": ("TCP Gb/s", 2, True),
    "tcp4": ("TCP Gb/s, 4 streams", 2, True),
    "frames": ("k frames/s (64 B)", 0, True),
    "frame_ns": ("CPU ns/frame", 0, False),
    "datagrams": ("k UDP datagrams/s (64 B)", 0, True),
    "datagram_ns": ("CPU ns/datagram", 0, False),
    "ping": ("ping -f µs", 1, False),
}
LOADS = "tcp", "tcp4", "frames", "datagrams", "ping"
MEMORY = {  # key: (heading, decimals, what becomes of the rounds); of Java programs
    "allocated": ("heap B/frame", 2, statistics.median),
    "collections": ("GC pauses in a round", 0, statistics.median),
    "paused": ("ms in all", 1, statistics.median),
    "longest": ("longest, ms", 1, max),
}


class Missing(Exception):
    """A tool that a contender or a column needs is not here."""


def run(command, timeout=60):
    return subprocess.run(command, shell=True, capture_output=True, text=True, timeout=timeout)


def need(command):
    done = run(command)
    if done.returncode:
        raise Missing("%s: %s" % (command, done.stderr.strip()))


def process_tree(pid):
    found = [pid]
    for parent in found:
        found += [int(p) for p in run("ps -o pid= --ppid %d" % parent).stdout.split()]
    return found


def cpu_seconds(pid):
    """What a process and its descendants have used so far."""
    ticks = 0
    for p in process_tree(pid):
        try:
            with open("/proc/%d/stat" % p) as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        except OSError:
            pass
    return ticks / os.sysconf("SC_CLK_TCK")


def allocated(pid):
    """Bytes that the threads of JVMs have allocated so far, in the units that jcmd prints; None for other programs."""
    if not shutil.which("jcmd"):
        return None
    sizes = []
    for p in process_tree(pid):
        if os.path.basename(os.path.realpath("/proc/%d/exe" % p)) == "java":
            sizes += re.findall(r" allocated=(\d+)([BKMG])", run("jcmd %d Thread.print -e" % p).stdout)
    return sum(int(size) << 10 * "BKMG".index(unit) for size, unit in sizes) if sizes else None


def pauses(log_name):
    """The pauses in milliseconds that a JVM has logged by -Xlog:gc; none for other programs."""
    try:
        with open(log_name) as log:
            return [float(pause) for pause in re.findall(r"Pause .* ([\d.]+)ms$", log.read(), re.MULTILINE)]
    except FileNotFoundError:
        return []


class Bench:
    """The two namespaces, the load, and the programs that make it."""
    programs = {"flood": "", "epoll_bridge": "", "uring_bridge": "-luring"}
    contenders = CONTENDERS

    def __init__(self, seconds):
        self.seconds = seconds
        self.loads = LOADS
        self.tag = "rtc%d" % os.getpid()
        self.spaces = self.tag + "A", self.tag + "B"
        self.taps = "A%d" % os.getpid(), "B%d" % os.getpid()
        self.directory = tempfile.mkdtemp(prefix="ringtap-compare-")
        cpus = sorted(os.sched_getaffinity(0))
        self.load_cpu, self.switch_cpu = cpus[0], cpus[-1]
        self.notes = []

    def prepare(self, contenders):
        """Builds what is stale, so that no build runs beside a measurement."""
        if any(label.startswith(LOOPS) for label in contenders):
            run(RINGTAP % "" + " --help", timeout=600)

    def open(self):
        for name, libraries in self.programs.items():
            built = run("gcc -O2 -o %s %s %s" % (self.binary(name), os.path.join(HERE, name + ".c"), libraries))
            if built.returncode:
                self.note("%s was not built: %s" % (name, (built.stderr.splitlines() or ["no gcc"])[0]))
        for space in self.spaces:
            need("ip netns add " + space)
            # Nothing but the load may cross the switch.
            run("ip netns exec %s sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1"
                % space)
            run("ip -n %s link set lo up" % space)

    def close(self):
        for space in self.spaces:
            run("ip netns del " + space)
        shutil.rmtree(self.directory, ignore_errors=True)

    def binary(self, name):
        return os.path.join(self.directory, name)

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)
            print(text, file=sys.stderr, flush=True)

    def inside(self, side, command, cpu=None):
        """A command in one of the namespaces, on the CPU of the load."""
        return "ip netns exec %s taskset -c %d timeout %d %s" % (
            self.spaces[side], self.load_cpu if cpu is None else cpu, self.seconds + 15, command)

    def place(self):
        """Gives the taps to the namespaces and waits until one reaches the other."""
        for space, tap, address in zip(self.spaces, self.taps, ADDRESSES):
            need("ip link set dev %s netns %s" % (tap, space))
            need("ip -n %s addr add %s/24 dev %s" % (space, address, tap))
            need("ip -n %s link set dev %s up" % (space, tap))
        for _ in range(60):
            if run("ip netns exec %s ping -c 1 -W 1 -q %s" % (self.spaces[0], ADDRESSES[1])).returncode == 0:
                return
            time.sleep(0.1)
        raise Missing("no ping gets through")

    def received(self):
        return int(run("ip netns exec %s cat /sys/class/net/%s/statistics/rx_packets"
                       % (self.spaces[1], self.taps[1])).stdout or 0)

    def tcp(self, server_cpu, seconds, streams):
        if not shutil.which("iperf3"):
            raise Missing("iperf3 is not installed: no TCP column")
        server = subprocess.Popen(self.inside(1, "iperf3 -s -1", server_cpu), shell=True, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        time.sleep(0.3)
        try:
            report = run(self.inside(0, "iperf3 -c %s -t %d -P %d -J" % (ADDRESSES[1], max(1, seconds), streams))).stdout
            return json.loads(report)["end"]["sum_received"]["bits_per_second"] / 1e9
        except (ValueError, KeyError):
            return None
        finally:
            if server.poll() is None:
                server.terminate()
            server.wait()

    def frames(self, seconds):
        before = self.received()
        run(self.inside(0, self.flood(seconds)))
        time.sleep(0.1)
        return self.received() - before

    def flood(self, seconds):
        address = run("ip netns exec %s cat /sys/class/net/%s/address" % (self.spaces[1], self.taps[1])).stdout.strip()
        return "%s frames %s %s %g" % (self.binary("flood"), self.taps[0], address, seconds)

    def datagrams(self, seconds):
        sink = subprocess.Popen(self.inside(1, "%s sink %g" % (self.binary("flood"), seconds + 0.5)), shell=True,
                                stdout=subprocess.PIPE, text=True)
        time.sleep(0.1)
        run(self.inside(0, "%s udp %s %g" % (self.binary("flood"), ADDRESSES[1], seconds)))
        return int(sink.communicate()[0] or 0)

    def ping(self):
        out = run(self.inside(0, "ping -f -w 6 -c 10000 -q " + ADDRESSES[1])).stdout
        found = re.search(r"= [\d.]+/([\d.]+)/", out)
        return float(found.group(1)) * 1000 if found else None

    def warm_up(self, server_cpu):
        """Before the first load: a JIT that shares the switch's CPU takes its time."""
        self.frames(WARM_UP)

    def measure(self, pid, gc_log):
        """The columns. pid is None for the kernel; gc_log is where the program logs its collections, if it does."""
        server_cpu = self.load_cpu if pid else self.switch_cpu
        result = {}
        self.warm_up(server_cpu)
        before = len(pauses(gc_log))
        if "frames" in self.loads:
            result.update(self.count_frames(pid))
        if "datagrams" in self.loads:
            result.update(self.count_datagrams(pid))
        for streams, key in (1, "tcp"), (4, "tcp4"):
            if key in self.loads:
                try:
                    self.tcp(server_cpu, self.seconds, streams)
                    result[key] = self.tcp(server_cpu, self.seconds, streams)
                except Missing as missing:
                    self.note(str(missing))
        if "ping" in self.loads:
            self.ping()
            result["ping"] = self.ping()
        if os.path.exists(gc_log):
            counted = pauses(gc_log)[before:]
            result.update(collections=len(counted), paused=sum(counted), longest=max(counted, default=0))
        return result

    # Each kind of load goes through uncounted first, twice as long where it is much code: a JIT compiles anew for each,
    # and on the switch's own CPU.

    def count_frames(self, pid):
        self.frames(2 * self.seconds)
        heap = allocated(pid) if pid else None
        used = cpu_seconds(pid) if pid else 0
        count = self.frames(self.seconds)
        result = {"frames": count / self.seconds / 1e3}
        if pid and count:
            result["frame_ns"] = (cpu_seconds(pid) - used) / count * 1e9
            if heap is not None:
                result["allocated"] = (allocated(pid) - heap) / count
        return result

    def count_datagrams(self, pid):
        self.datagrams(2 * self.seconds)
        used = cpu_seconds(pid) if pid else 0
        count = self.datagrams(self.seconds)
        result = {"datagrams": count / self.seconds / 1e3}
        if pid and count:
            result["datagram_ns"] = (cpu_seconds(pid) - used) / count * 1e9
        return result

    def contend(self, label, command):
        if label == "kernel":
            return self.kernel_bridge()
        log_name = os.path.join(self.directory, label + ".log")
        with open(log_name, "w") as log:
            switch = subprocess.Popen(command, shell=True, stdin=subprocess.PIPE, stdout=log, stderr=log,
                                      start_new_session=True)
        try:
            self.await_taps(switch)
            for pid in process_tree(switch.pid):
                raise_priority(pid)
                if not label.endswith(FREE):
                    run("taskset -apc %d %d" % (self.switch_cpu, pid))
            self.place()
            return self.measure(switch.pid, self.gc_log())
        except Missing as missing:
            with open(log_name) as log:
                said = " ".join(log.read().split())[-200:]
            raise Missing("%s; it said: %s" % (missing, said or "nothing")) from None
        finally:
            self.stop(switch)
            if os.path.exists(self.gc_log()):
                os.remove(self.gc_log())

    def gc_log(self):
        return os.path.join(self.directory, "gc.log")

    def await_taps(self, switch):
        for _ in range(2400):
            if all(os.path.exists("/sys/class/net/" + tap) for tap in self.taps):
                time.sleep(0.3)
                return
            if switch.poll() is not None:
                break
            time.sleep(0.05)
        raise Missing("the taps did not come")

    def stop(self, switch):
        for sent in signal.SIGTERM, signal.SIGKILL:
            try:
                os.killpg(switch.pid, sent)
                switch.wait(10)
                break
            except subprocess.TimeoutExpired:
                continue
            except ProcessLookupError:
                break
        # The name of a tap outlives an io_uring process by a moment.
        for _ in range(60):
            if not any(run("ip -n %s link show dev %s" % pair).returncode == 0 for pair in zip(self.spaces, self.taps)):
                return
            time.sleep(0.05)

    def kernel_bridge(self):
        bridge = "b%d" % os.getpid()
        peers = "p%d" % os.getpid(), "q%d" % os.getpid()
        try:
            need("ip link add %s up type bridge" % bridge)
            for tap, peer in zip(self.taps, peers):
                need("ip link add %s type veth peer name %s" % (tap, peer))
                need("ip link set dev %s up master %s" % (peer, bridge))
            self.place()
            return self.measure(None, self.gc_log())
        finally:
            for name in peers + (bridge,):
                run("ip link del dev " + name)

    def command(self, label):
        """The command of a contender that is known, or was given."""
        known = self.commands()
        if "=" in label:
            return label.split("=", 1)[1].format(A=self.taps[0], B=self.taps[1])
        label = label.removesuffix(FREE)
        return known[label] if label in known else self.ringtap(label)

    def unknown(self, label):
        sys.exit("no contender is called '%s': there are %s, and LABEL=COMMAND; --help tells of more"
                 % (label, ", ".join(self.contenders)))

    def commands(self):
        a, b = self.taps
        return {
            "c": "exec %s %s %s" % (self.binary("epoll_bridge"), a, b),
            "c-v": "exec %s -v %s %s" % (self.binary("epoll_bridge"), a, b),
            "c-uring": "exec %s %s %s" % (self.binary("uring_bridge"), a, b),
            "c-uring-v": "exec %s -v %s %s" % (self.binary("uring_bridge"), a, b),
            "vde": "exec vde_switch -tap %s -tap %s -sock %s" % (a, b, os.path.join(self.directory, "vde")),
            "kernel": None,
        }

    def ringtap(self, label):
        loop, *wanted = label.split("-")
        if loop not in LOOPS or not set(wanted) <= {"v", "up", "down", "gro", "q2", "spin"}:
            self.unknown(label)
        ports = []
        for side, tap in zip(("down", "up"), self.taps):
            vnet = ",vnet=12,offloads=all" if "v" in wanted or side in wanted else ""
            ports.append("tap:" + tap + vnet + (",gro=on" if "gro" in wanted else "")
                         + (",queues=2" if "q2" in wanted else ""))
        spin = ["--spin", "200"] if "spin" in wanted else []
        return " ".join([RINGTAP % (" -Xlog:gc:file=" + self.gc_log()), "--loop", loop] + spin + ports)


def raise_priority(pid):
    """Where the kernel groups processes by session, a benchmark shares the machine with its neighbours by group."""
    try:
        with open("/proc/%s/autogroup" % pid, "w") as group:
            group.write("-12")
    except OSError:
        pass


def conditions():
    cpu = re.search(r"model name\s*: (.*)", open("/proc/cpuinfo").read())
    java = run("%s -version" % (os.path.join(os.environ["JAVA_HOME"], "bin/java") if "JAVA_HOME" in os.environ
                                else "java")).stderr.splitlines()
    return "%d CPUs (%s), Linux %s, %s" % (len(os.sched_getaffinity(0)), cpu.group(1) if cpu else platform.machine(),
                                          platform.release(), java[0] if java else "no java")


def measured(medians):
    """The columns that any contender has."""
    return [key for key in COLUMNS if any(key in median for median in medians.values())]


def table(medians, order):
    base = medians[order[0]]
    shown = measured(medians)
    lines = ["| switch | " + " | ".join("%s | ratio" % COLUMNS[key][0] for key in shown) + " |",
             "|---" + "|---:|---:" * len(shown) + "|"]
    for label in order:
        cells = []
        for key in shown:
            decimals = COLUMNS[key][1]
            value, first = medians[label].get(key), base.get(key)
            cells.append("" if value is None else "%.*f" % (decimals, value))
            cells.append("" if value is None or not first else "%.2f" % (value / first))
        lines.append("| %s | %s |" % (label, " | ".join(cells)))
    return "\n".join(lines)


def memory_table(medians, order):
    """What the Java programs allocated and how long they stood still for it; empty without any."""
    java = [label for label in order if set(medians[label]) & set(MEMORY)]
    if not java:
        return ""
    lines = ["", "| switch | " + " | ".join(heading for heading, _, _ in MEMORY.values()) + " |",
             "|---" + "|---:" * len(MEMORY) + "|"]
    for label in java:
        cells = ("" if medians[label].get(key) is None else "%.*f" % (decimals, medians[label][key])
                 for key, (_, decimals, _) in MEMORY.items())
        lines.append("| %s | %s |" % (label, " | ".join(cells)))
    return "\n".join(lines)


def summary(rounds):
    """One value for each column that any round has."""
    result = {}
    for key in list(COLUMNS) + list(MEMORY):
        values = [r[key] for r in rounds if r.get(key) is not None]
        if values:
            result[key] = MEMORY[key][2](values) if key in MEMORY else statistics.median(values)
    return result


def chart(medians, order, caption):
    """Bars beside each other, a panel for each column, two panels in a row, as SVG."""
    panel, row, left, bars = 440, 20, 110, 250
    panel_height = 44 + row * len(order)
    shown = measured(medians)
    height = panel_height * ((len(shown) + 1) // 2) + 28
    escape = lambda text: text.replace("&", "&amp;").replace("<", "&lt;")
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" '
           'font-family="sans-serif" font-size="12">' % (panel * 2, height, panel * 2, height),
           '<rect width="100%" height="100%" fill="white"/>']
    for at, key in enumerate(shown):
        heading, decimals, more = COLUMNS[key]
        x, top = at % 2 * panel, at // 2 * panel_height
        most = max(medians[label].get(key, 0) for label in order) or 1
        out.append('<text x="%d" y="%d" font-size="13" font-weight="bold">%s (%s is better)</text>'
                   % (x + 12, top + 24, heading, "more" if more else "less"))
        for i, label in enumerate(order):
            y = top + 34 + i * row
            value = medians[label].get(key)
            out.append('<text x="%d" y="%d" text-anchor="end">%s</text>' % (x + left - 6, y + 14, escape(label)))
            if value is None:
                out.append('<text x="%d" y="%d" fill="#777">not measured</text>' % (x + left + 2, y + 14))
                continue
            bar = bars * value / most
            out.append('<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>'
                       % (x + left, y + 3, bar, row - 6, "#1f77b4" if label.startswith(LOOPS) else "#b0b0b0"))
            out.append('<text x="%.1f" y="%d">%.*f</text>' % (x + left + bar + 5, y + 14, decimals, value))
    out.append('<text x="12" y="%d" font-size="11" fill="#555">%s</text></svg>' % (height - 12, escape(caption)))
    return "\n".join(out) + "\n"


def arguments(description, contenders):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", "--rounds", type=int, default=4)
    parser.add_argument("-t", "--seconds", type=float, default=2.0, help="for each measurement (default: %(default)s)")
    parser.add_argument("--loads", default=",".join(LOADS), help="which to measure (default: %(default)s)")
    parser.add_argument("--chart", metavar="FILE", help="write the medians as SVG")
    parser.add_argument("contenders", nargs="*", default=contenders, metavar="CONTENDER")
    return parser


def main():
    options = arguments(__doc__, CONTENDERS).parse_args()
    compare(Bench(options.seconds), options)


def compare(bench, options):
    """Runs the rounds and prints what came of them."""
    program = os.path.basename(sys.argv[0])
    bench.loads = options.loads.split(",")
    if not set(bench.loads) <= set(LOADS):
        sys.exit("--loads %s: there are %s" % (options.loads, ", ".join(LOADS)))
    if os.geteuid() != 0:
        sys.exit("%s makes network namespaces and interfaces, and so wants root" % program)
    for tool in "ip", "gcc", "ping", "taskset", "ps":
        if not shutil.which(tool):
            sys.exit("%s cannot do without %s" % (program, tool))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    bench.prepare(options.contenders)
    results = {label.split("=")[0]: [] for label in options.contenders}
    load = [os.getloadavg()[0]]
    raise_priority("self")
    try:
        bench.open()
        for number in range(options.rounds):
            for contender in options.contenders:
                label = contender.split("=")[0]
                try:
                    results[label].append(bench.contend(label, bench.command(contender)))
                    print("round %d, %s: %s" % (number + 1, label, ", ".join(
                        "%s %.4g" % (key, value) for key, value in results[label][-1].items() if value is not None)),
                        file=sys.stderr, flush=True)
                except Missing as missing:
                    bench.note("%s: %s" % (label, missing))
        load.append(os.getloadavg()[0])
    finally:
        bench.close()
    medians = {label: summary(rounds) for label, rounds in results.items() if rounds}
    if not medians:
        sys.exit("no contender could be measured")
    order = list(medians)
    print("Ratios are to %s. %d rounds, interleaved, %g s each; medians. %s. Load average %.1f at the start, "
          "%.1f at the end.\n" % (order[0], options.rounds, options.seconds, conditions(), load[0], load[-1]))
    print(table(medians, order))
    print(memory_table(medians, order))
    for note in bench.notes:
        print("\nNot measured: " + note)
    if options.chart:
        with open(options.chart, "w") as file:
            file.write(chart(medians, order, "%s; medians of %d rounds; load %.1f"
                             % (conditions(), options.rounds, load[-1])))


if __name__ == "__main__":
    main()

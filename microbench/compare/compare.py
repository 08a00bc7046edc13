#!/usr/bin/env python3
# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""Measures switches between two taps side by side: all live at once and carry the same load in turn, in short windows.

A pass has a window of each contender; the ratios are formed within a pass, and the table shows their median and
quartiles, as in "0.87 (0.85-0.89)", beside the median of the figure itself. Before that, each carries the load until
its rate has settled.

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

Any other is given as LABEL=COMMAND, where {A} and {B} become the names of the taps that COMMAND has to make. One that
is given twice is measured twice, which shows what differences mean nothing here.
"""
import argparse
import os
import platform
import re
import shutil
import signal
import sys

from comparison import Comparison
from contenders import FREE, GIVEN, Contender, KernelBridge
from loads import LOADS, SETTLED
from report import Report, memory_table, warm_up_lines
from shell import raise_priority, run

HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RINGTAP = "RINGTAP_JAVA_OPTS='-Dio.netty.leakDetection.level=disabled%s' " + HOME + "/run-example.sh bridge --stats 0"
LOOPS = "epoll", "io_uring", "poll"


class Switches:
    """Which contenders there are, how each is started, and which belong beside each other."""
    programs = {"flood": "", "epoll_bridge": "", "uring_bridge": "-luring"}
    defaults = ["c", "c-v", "c-uring", "c-uring-v", "epoll", "epoll-v", "io_uring", "io_uring-v", "vde", "kernel"]
    rivals = "vde",
    warm_up = 5, 20  # seconds, at least and at most, with the first load
    commands = {
        "c": "exec {PROGRAMS}/epoll_bridge {A} {B}",
        "c-v": "exec {PROGRAMS}/epoll_bridge -v {A} {B}",
        "c-uring": "exec {PROGRAMS}/uring_bridge {A} {B}",
        "c-uring-v": "exec {PROGRAMS}/uring_bridge -v {A} {B}",
        "vde": "exec vde_switch -tap {A} -tap {B} -sock {OWN}/vde",
        "kernel": None,
    }

    def prepare(self, labels):
        """Builds what is stale, so that no build runs beside a measurement. Returns what went wrong, or nothing."""
        if any(is_ringtap(label) for label in labels):
            built = run(RINGTAP % "" + " --help", timeout=900)
            if built.returncode:
                return built.stderr.strip()

    def contender(self, given, number, directory):
        label, _, command = given.partition(GIVEN)
        name = label.split("#")[0].removesuffix(FREE)
        if not command and name == "kernel":
            return KernelBridge(label, "", number, directory)
        return self.kind(label, command or self.commands.get(name) or self.ringtap(name), number, directory)

    kind = Contender

    def ringtap(self, label):
        """The command of one of Ringtap's bridges, or the end of this program if there is none of this name."""
        loop, *wanted = label.split("-")
        if loop not in LOOPS or not set(wanted) <= {"v", "up", "down", "gro", "q2", "spin"}:
            self.unknown(label)
        ports = []
        for side, tap in ("down", "{A}"), ("up", "{B}"):
            vnet = ",vnet=12,offloads=all" if "v" in wanted or side in wanted else ""
            ports.append("tap:" + tap + vnet + (",gro=on" if "gro" in wanted else "")
                         + (",queues=2" if "q2" in wanted else ""))
        spin = ["--spin", "200"] if "spin" in wanted else []
        return " ".join([RINGTAP % " -Xlog:gc:file={GC}", "--loop", loop] + spin + ports)

    def unknown(self, label):
        sys.exit("no contender is called '%s': there are %s, and LABEL=COMMAND; --help tells of more"
                 % (label, ", ".join(self.defaults)))

    def pairs(self, labels):
        """Each of Ringtap's beside the C programs of its kind, and beside the rivals."""
        for label in filter(is_ringtap, labels):
            loop, *wanted = label.split("#")[0].split("-")
            header = "-v" if "v" in wanted else ""
            free = FREE if "free" in wanted else ""
            for other in self.kin(loop, header) + self.rivals:
                yield label, other + free

    def kin(self, loop, header):
        return ("c" + header,) + (("c-uring" + header,) if loop == "io_uring" else ())


def is_ringtap(label):
    return GIVEN not in label and re.split("[-#]", label)[0] in LOOPS


def conditions():
    with open("/proc/cpuinfo") as info:
        cpu = re.search(r"model name\s*: (.*)", info.read())
    java = run("%s -version" % (os.path.join(os.environ["JAVA_HOME"], "bin/java") if "JAVA_HOME" in os.environ
                                else "java")).stderr.splitlines()
    return "%d CPUs (%s), Linux %s, %s" % (len(os.sched_getaffinity(0)), cpu.group(1) if cpu else platform.machine(),
                                          platform.release(), java[0] if java else "no java")


def arguments(description, defaults):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", "--passes", type=int, default=12,
                        help="windows of each contender and load; TCP has two thirds of them (default: %(default)s)")
    parser.add_argument("-t", "--seconds", type=float, default=0.4,
                        help="of a window; for TCP, rounded up to whole ones (default: %(default)s)")
    parser.add_argument("--loads", default=",".join(LOADS), help="which to measure (default: %(default)s)")
    parser.add_argument("--against", metavar="CONTENDER", help="to which ratios are (default: the first)")
    parser.add_argument("--chart", metavar="FILE", help="write the medians and quartiles as SVG")
    parser.add_argument("contenders", nargs="*", default=defaults, metavar="CONTENDER")
    return parser


def main():
    options = arguments(__doc__, Switches.defaults).parse_args()
    compare(Switches(), options)


def distinct(contenders):
    """One that is given again is another contender."""
    seen = []
    for contender in contenders:
        label, given, command = contender.partition(GIVEN)
        again = sum(other.partition(GIVEN)[0].split("#")[0] == label for other in seen)
        seen.append((label + "#%d" % (again + 1) if again else label) + given + command)
    return seen


def check(field, options):
    """Ends the program with a message if it cannot do what is wanted. Returns the contenders, the base first."""
    program = os.path.basename(sys.argv[0])
    if not set(options.loads.split(",")) <= set(LOADS):
        sys.exit("--loads %s: there are %s" % (options.loads, ", ".join(LOADS)))
    if options.passes < 1 or options.seconds <= 0:
        sys.exit("-n and -t want more than nothing")
    contenders = distinct(options.contenders)
    for number, contender in enumerate(contenders):
        field.contender(contender, number, "")
    base = [contender for contender in contenders if contender.split(GIVEN)[0] == options.against]
    if options.against and not base:
        sys.exit("--against %s: it is not among the contenders, %s" % (options.against, ", ".join(contenders)))
    if os.geteuid() != 0:
        sys.exit("%s makes network namespaces and interfaces, and so wants root" % program)
    for tool in "ip", "gcc", "ping", "taskset", "ps":
        if not shutil.which(tool):
            sys.exit("%s cannot do without %s" % (program, tool))
    return sorted(contenders, key=lambda contender: contender not in base)


def compare(field, options):
    """Runs the passes and prints what came of them."""
    contenders = check(field, options)
    for ending in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(ending, lambda *_: sys.exit(1))
    loads = [LOADS[key] for key in options.loads.split(",")]
    comparison = Comparison(field, contenders, loads, options.passes, options.seconds)
    failure = field.prepare(contenders)
    if failure:
        comparison.notes.add(failure)
    load_average = os.getloadavg()[0]
    raise_priority("self")
    comparison.run()
    report = Report(comparison.values, contenders[0].split(GIVEN)[0])
    if not report.order:
        sys.exit("no contender could be measured")
    passes = ", ".join("%s %d of %g s" % (load.key, load.passes(options.passes), load.seconds(options.seconds))
                       for load in loads)
    print("Ratios are to %s: the median of those within each pass, and their quartiles. Passes: %s. All contenders "
          "live, and are measured in turn. %s. Load average %.1f at the start, %.1f at the end.\n"
          % (report.base, passes, conditions(), load_average, os.getloadavg()[0]))
    for text in (report.table(), report.pairs(field.pairs(report.order)), memory_table(comparison.memory),
                 warm_up_lines(comparison.warm_ups, SETTLED)):
        if text:
            print(text + "\n")
    for note in comparison.notes.texts:
        print("Note: " + note + "\n")
    if options.chart:
        with open(options.chart, "w") as file:
            file.write(report.chart(is_ringtap, "%s; medians and quartiles of %d windows, of TCP %d; load %.1f" % (
                conditions(), options.passes, LOADS["tcp"].passes(options.passes), os.getloadavg()[0])))


if __name__ == "__main__":
    main()

# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""What is measured: programs between two interfaces, and the kernel's bridge."""
import os
import signal
import subprocess
import time

from namespaces import RECEIVER, SENDER, NamespacePair
from shell import (Missing, allocated, cpu_seconds, cpus, gc_pauses, java_processes, need, process_tree, raise_priority,
                   run)

FREE = "-free"
GIVEN = "="  # between a label and its command
STARTING = 120  # seconds, of a JVM on a busy machine


class Contender:
    """A program that makes two interfaces and carries what comes in at one to the other."""
    mtu = None

    def __init__(self, label, command, number, directory):
        """In the command, {A} and {B} become the names of the interfaces, {OWN} a directory of its own, {GC} the file
        for a JVM's log of its collections, {PROGRAMS} the directory of the C programs."""
        self.label = label
        self.pair = NamespacePair(number)
        self.programs = directory
        self.own = os.path.join(directory, str(number))
        self.gc_log = os.path.join(self.own, "gc.log")
        self.log = os.path.join(self.own, "log")
        self.command = command
        for name, value in (("A", self.pair.interfaces[SENDER]), ("B", self.pair.interfaces[RECEIVER]),
                            ("OWN", self.own), ("GC", self.gc_log), ("PROGRAMS", directory)):
            self.command = self.command.replace("{%s}" % name, value)
        self.process = None
        self.pids = []

    def open(self):
        """Starts it and waits until a ping gets through."""
        self.pair.open()
        os.mkdir(self.own)
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(self.command, shell=True, stdin=subprocess.PIPE, stdout=log, stderr=log,
                                            start_new_session=True)
        try:
            self.await_interfaces()
            self.pids = process_tree(self.process.pid)
            for pid in self.pids:
                raise_priority(pid)
                if not self.label.endswith(FREE):
                    run("taskset -apc %d %d" % (cpus()[1], pid))
            self.place()
        except Missing as missing:
            raise Missing("%s; it said: %s" % (missing, self.said())) from None

    def await_interfaces(self):
        end = time.monotonic() + STARTING
        while self.process.poll() is None and time.monotonic() < end:
            if all(os.path.exists("/sys/class/net/" + interface) for interface in self.pair.interfaces):
                time.sleep(0.3)
                return
            time.sleep(0.05)
        raise Missing("the interfaces did not come")

    def place(self):
        if self.mtu:
            for interface in self.pair.interfaces:
                need("ip link set dev %s mtu %d" % (interface, self.mtu))
        self.pair.place()

    def said(self):
        with open(self.log) as log:
            return " ".join(log.read().split())[-200:] or "nothing"

    def wake(self):
        """Sees to it that it lives and that both addresses are known to it; raises Missing if it does not."""
        if self.process.poll() is not None:
            raise Missing("it ended; it said: " + self.said())
        if not self.pair.reaches():
            raise Missing("no ping gets through any more; it said: " + self.said())

    def server_cpu(self):
        """Where what receives runs."""
        return cpus()[0]

    def flood(self):
        """The command, without its seconds, that sends frames past the queues of the sending interface."""
        return "%s/flood frames %s %s" % (self.programs, self.pair.interfaces[SENDER], self.pair.hardware_address())

    def cpu_seconds(self):
        """None if no process of its own does the work."""
        return cpu_seconds(self.pids)

    def memory(self):
        """What a Java program has allocated, collected and carried so far; None for others."""
        java = java_processes(self.pids)
        if not java:
            return None
        return allocated(java), gc_pauses(self.gc_log), self.pair.received_packets()

    def terminate(self):
        """Asks it to end, so that many end at once."""
        self.signal(signal.SIGTERM)

    def close(self):
        """Ends it if it has not, and gives back all that it had."""
        if self.process:
            self.terminate()
            if not self.ends(10):
                self.signal(signal.SIGKILL)
                self.ends(5)
            # The name of a tap outlives an io_uring process by a moment.
            for _ in range(60):
                if self.pair.interfaces_gone():
                    break
                time.sleep(0.05)
        self.pair.close()

    def ends(self, seconds):
        """Waits until no process of its group is left."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.process.poll()
            if not self.signal(0):
                return True
            time.sleep(0.02)
        return False

    def signal(self, number):
        try:
            if self.process:
                os.killpg(self.process.pid, number)
            return self.process is not None
        except ProcessLookupError:
            return False


class KernelBridge(Contender):
    """No process, but the kernel's bridge between two veth pairs. What it does is done on the sender's CPU, so what
    receives has the other."""
    links = ()

    def open(self):
        number = self.pair.interfaces[SENDER][1:]
        self.links = "p" + number, "q" + number, "b" + number
        self.pair.open()
        need("ip link add %s up type bridge" % self.links[2])
        for interface, peer in zip(self.pair.interfaces, self.links):
            need("ip link add %s type veth peer name %s" % (interface, peer))
            need("ip link set dev %s up master %s" % (peer, self.links[2]))
        self.place()

    def wake(self):
        if not self.pair.reaches():
            raise Missing("no ping gets through any more")

    def server_cpu(self):
        return cpus()[1]

    def cpu_seconds(self):
        return None

    def close(self):
        for link in self.links:
            run("ip link del dev " + link)
        self.pair.close()

#!/usr/bin/env python3
# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""A fabric of three machines, each a network namespace with FRR's zebra and bgpd (BGP EVPN), and what it carries.

    examples/evpn-fabric.py              builds it, checks it, takes it down
    examples/evpn-fabric.py --keep       leaves it up until Enter is pressed

On machines 1 and 2 the kernel has the end of the tunnel, a vxlan device in a bridge of the kernel, and a bridge of
Ringtap joins a guest to that bridge by a tap. On machine 3 Ringtap has the end of the tunnel, vxlan:42 with
remote=fdb:vxlan42, and follows what FRR programs into the FDB of a device that has another port. The guest of machine 3
is announced by a static entry on a port of the kernel's bridge that nothing else uses.

Needs root, iproute2 and FRR (Debian: frr). RINGTAP_BRIDGE is the command of the bridge, ./run-example.sh bridge unless
set. Addresses are those for documentation (RFC 5737) and none leaves the namespaces."""
import argparse
import hashlib
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FRR = "/usr/lib/frr"
PREFIX = "rtfab%d-" % os.getpid()
MACHINES = 1, 2, 3
AS = 65000
VNI = 42
TRANSFER = 8 << 20
PATIENCE = 40


def run(command, check=True):
    done = subprocess.run(shlex.split(command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if check and done.returncode:
        raise SystemExit("%s failed: %s" % (command, done.stdout.strip()))
    return done.stdout


def name(kind, number=""):
    return "%s%s%s" % (PREFIX, kind, number)


def ip(space, command):
    return run("ip -n %s %s" % (space, command))


def inside(space, command, check=True):
    return run("ip netns exec %s %s" % (space, command), check)


def mac(number):
    return "02:00:5e:10:00:%02x" % number


class Fabric:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="rtfab")
        os.chmod(self.folder, 0o755)
        self.processes = []
        self.spaces = []

    def space(self, kind, number=""):
        space = name(kind, number)
        run("ip netns add " + space)
        self.spaces.append(space)
        ip(space, "link set lo up")
        return space

    def start(self, command, log):
        out = open(os.path.join(self.folder, log), "w")
        process = subprocess.Popen(shlex.split(command), stdout=out, stderr=subprocess.STDOUT,
                                   stdin=subprocess.DEVNULL, start_new_session=True)
        self.processes.append(process)
        return process

    def build(self):
        wire = self.space("wire")
        ip(wire, "link add switch type bridge")
        ip(wire, "link set switch up")
        for number in MACHINES:
            self.machine(wire, number)
        for number in MACHINES:
            self.frr(number)
        for number in MACHINES:
            self.guest(number)

    def machine(self, wire, number):
        machine = self.space("m", number)
        ip(machine, "link add eth0 type veth peer name m%d netns %s" % (number, wire))
        ip(wire, "link set m%d master switch up" % number)
        ip(machine, "address add 192.0.2.%d/24 dev eth0" % number)
        ip(machine, "link set eth0 up")
        # Where Ringtap has the end of the tunnel, the kernel's device has another port: one that is up owns its port.
        port = 4789 if number < 3 else 4790
        ip(machine, "link add br0 type bridge")
        ip(machine, "link set br0 addrgenmode none up")
        ip(machine, "link add vxlan42 type vxlan id %d dstport %d local 192.0.2.%d nolearning" % (VNI, port, number))
        ip(machine, "link set vxlan42 master br0 addrgenmode none up")
        ip(machine, "link set vxlan42 type bridge_slave learning off neigh_suppress off")

    def frr(self, number):
        machine = name("m", number)
        folder = os.path.join(self.folder, "m%d" % number)
        os.mkdir(folder)
        shutil.chown(folder, "frr", "frr")
        neighbours = [other for other in MACHINES if other != number]
        config = ["hostname m%d" % number, "log file %s/frr.log" % folder, "router bgp %d" % AS,
                  " bgp router-id 192.0.2.%d" % number, " no bgp default ipv4-unicast"]
        config += [" neighbor 192.0.2.%d remote-as %d" % (other, AS) for other in neighbours]
        config += [" neighbor 192.0.2.%d timers 1 3" % other for other in neighbours]
        config += [" neighbor 192.0.2.%d timers connect 1" % other for other in neighbours]
        config += [" address-family l2vpn evpn"]
        config += ["  neighbor 192.0.2.%d activate" % other for other in neighbours]
        config += ["  advertise-all-vni", " exit-address-family", "exit"]
        path = os.path.join(folder, "frr.conf")
        with open(path, "w") as file:
            file.write("\n".join(config) + "\n")
        shutil.chown(path, "frr", "frr")
        for daemon in "zebra", "bgpd":
            self.start("ip netns exec %s %s/%s -f %s -i %s/%s.pid -z %s/zserv --vty_socket %s"
                       % (machine, FRR, daemon, path, folder, daemon, folder, folder), "%s%d.log" % (daemon, number))
            time.sleep(0.5)

    def vtysh(self, number, command):
        folder = os.path.join(self.folder, "m%d" % number)
        return inside(name("m", number), "vtysh --vty_socket %s -c '%s'" % (folder, command), False)

    def guest(self, number):
        guest = self.space("g", number)
        machine = name("m", number)
        host = "tap:eth0,netns=%s,up=on,mac=%s,ip=10.42.0.%d/24,mtu=1450" % (guest, mac(number), number)
        if number < 3:
            other = "tap:rt0,netns=%s,up=on,mtu=1450" % machine
        else:
            other = "vxlan:%d,netns=%s,local=192.0.2.%d,remote=fdb:vxlan42" % (VNI, machine, number)
        command = os.environ.get("RINGTAP_BRIDGE", os.path.join(HERE, "run-example.sh") + " bridge")
        self.start("%s --stats 0 %s %s" % (command, other, host), "bridge%d.log" % number)
        if number < 3:
            wait("the tap of machine %d" % number,
                 lambda: "rt0" in ip(machine, "-o link") and "10.42" in ip(guest, "-o address"))
            ip(machine, "link set rt0 master br0")
        else:
            wait("the tunnel of machine 3", lambda: "10.42" in ip(guest, "-o address"))

    def announce(self):
        """Has the kernel of machine 3 know our station, so that FRR announces it."""
        machine = name("m", 3)
        # One end of a cable that leads nowhere: not every kernel has devices of type dummy.
        ip(machine, "link add station0 type veth peer name station1")
        ip(machine, "link set station1 up")
        ip(machine, "link set station0 master br0 up")
        run("bridge -n %s fdb add %s dev station0 master static" % (machine, mac(3)))

    def close(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
        for space in self.spaces:
            run("ip netns del " + space, False)
        shutil.rmtree(self.folder, True)


def wait(what, condition, seconds=PATIENCE):
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > seconds:
            raise SystemExit("%s: not within %d s" % (what, seconds))
        time.sleep(0.2)
    return time.monotonic() - begun


def in_space(space, work):
    """Runs it on a thread that is in the namespace; what it opens stays there."""
    result = []

    def enter():
        import ctypes
        with open("/run/netns/" + space) as file:
            if ctypes.CDLL(None).setns(file.fileno(), 0x40000000):
                raise OSError("setns")
        result.append(work())

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    if not result:
        raise SystemExit("nothing can be opened in " + space)
    return result[0]


def transfer(sender, receiver):
    """Sends data by TCP and compares the digests; returns Mbit/s."""
    def listen():
        server = socket.socket()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("10.42.0.%d" % receiver, 7000))
        server.listen(1)
        server.settimeout(PATIENCE)
        return server

    server = in_space(name("g", receiver), listen)
    client = in_space(name("g", sender), socket.socket)
    client.settimeout(PATIENCE)
    digests = []

    def receive():
        peer, _ = server.accept()
        digest = hashlib.sha256()
        while True:
            data = peer.recv(1 << 16)
            if not data:
                break
            digest.update(data)
        digests.append(digest.digest())
        peer.close()

    thread = threading.Thread(target=receive)
    thread.start()
    client.connect(("10.42.0.%d" % receiver, 7000))
    data = os.urandom(TRANSFER)
    begun = time.monotonic()
    client.sendall(data)
    client.shutdown(socket.SHUT_WR)
    thread.join(PATIENCE)
    seconds = time.monotonic() - begun
    client.close()
    server.close()
    if digests != [hashlib.sha256(data).digest()]:
        raise SystemExit("guest %d to guest %d: the digests differ" % (sender, receiver))
    return TRANSFER * 8 / seconds / 1e6


def main():
    options = argparse.ArgumentParser(description="A fabric of three machines with FRR, and Ringtap's ports in it.")
    options.add_argument("--keep", action="store_true", help="leave it up until Enter is pressed")
    keep = options.parse_args().keep
    if os.geteuid() or not os.path.exists(FRR + "/bgpd"):
        raise SystemExit("this needs root, and FRR: on Debian 'apt-get install frr'")
    fabric = Fabric()
    try:
        fabric.build()
        flood = lambda number: run("bridge -n %s fdb show dev vxlan42" % name("m", number)).count("00:00:00:00:00:00")
        for number in MACHINES:
            wait("FRR programs the ends of machine %d" % number, lambda: flood(number) == 2)
        print("FRR has programmed the other ends of each machine into the FDB of its vxlan42")
        for sender, receiver in (1, 2), (2, 1), (1, 3), (3, 1), (2, 3), (3, 2):
            print("guest %d to guest %d: %d MiB, digests equal, %.0f Mbit/s"
                  % (sender, receiver, TRANSFER >> 20, transfer(sender, receiver)))
        known = lambda: mac(3) in run("bridge -n %s fdb show dev vxlan42" % name("m", 1))
        print("machine 1 knows the guest of machine 3 before it is announced: %s" % known())
        fabric.announce()
        took = wait("the guest of machine 3 is announced", known)
        print("machine 1 knows it %.1f s after a static entry on an unused port announced it" % took)
        print("guest 1 to guest 3: digests equal, %.0f Mbit/s" % transfer(1, 3))
        run("bridge -n %s fdb del %s dev station0 master" % (name("m", 3), mac(3)))
        took = wait("the guest of machine 3 is withdrawn", lambda: not known())
        print("and no more %.1f s after the entry was taken away" % took)
        print(fabric.vtysh(3, "show evpn mac vni %d" % VNI).strip())
        if keep:
            input("namespaces %s*: press Enter to take them down " % PREFIX)
        print("fabric passed")
    except BaseException:
        for file in sorted(os.listdir(fabric.folder)):
            path = os.path.join(fabric.folder, file)
            if os.path.isfile(path):
                with open(path) as log:
                    sys.stderr.write("--- %s\n%s" % (file, log.read()[-2000:]))
        raise
    finally:
        fabric.close()


if __name__ == "__main__":
    main()

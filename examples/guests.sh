#!/bin/bash
# guests.sh: two guests of QEMU on one bridge, without root and without a tap.
#
#   examples/guests.sh [QUEUE]...     QUEUE: properties of virtio-net-pci, such as packed=on,mrg_rxbuf=off
#
# Boots Debian's kernel twice, with busybox, on ports vhost: of ./run-example.sh bridge. The first guest pings the second
# one and sends it 16 MiB. Then the same after its QEMU was killed and started anew, and after the bridge was, which a
# packed queue does not survive: QEMU cannot tell where such a queue stands once the other side has gone. It prints what it
# saw, and fails if a ping is lost or a digest differs. With QUEUE, all of that is done for each.
# Needs: apt-get install -y --no-install-recommends qemu-system-x86 linux-image-cloud-amd64 busybox-static cpio
# Environment: ACCEL is kvm if /dev/kvm can be used, and tcg otherwise; BRIDGE has further options of the bridge.
set -u
home=$(cd "$(dirname "$0")/.." && pwd)
kernel=$(ls /boot/vmlinuz-*-amd64 2>/dev/null | sort -V | tail -1)
release=${kernel#/boot/vmlinuz-}
for need in qemu-system-x86_64 busybox cpio; do
  command -v $need >/dev/null || { echo "guests.sh: $need is missing: see the head of this script" >&2; exit 69; }
done
[ -r "$kernel" ] || { echo "guests.sh: there is no kernel to boot: see the head of this script" >&2; exit 69; }
[ -w /dev/kvm ] && accel=kvm || accel=tcg
accel=${ACCEL:-$accel}
# QEMU 7.2 without KVM crashes in msix_set_vector_notifiers() when vhost starts, with DPDK's back end as well.
[ $accel = kvm ] && vectors= || vectors=,vectors=0
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT

# A root file system in memory: busybox, the modules of virtio-net, and what the guest does.
mkdir -p "$work/root"/{bin,proc,sys,dev,mod}
cp "$(command -v busybox)" "$work/root/bin/busybox"
for module in virtio_pci virtio_net; do
  modprobe -S "$release" --show-depends $module
done | awk '$1 == "insmod" && !seen[$2]++ {print $2}' | while read -r file; do
  cp "$file" "$work/root/mod/"; echo "${file##*/}" >>"$work/root/mod/order"
done
cat >"$work/root/init" <<'GUEST'
#!/bin/busybox sh
/bin/busybox --install -s /bin; export PATH=/bin
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev; mkdir /tmp; mount -t tmpfs t /tmp
for m in $(cat /mod/order); do insmod /mod/$m; done
for a in $(cat /proc/cmdline); do case $a in guest=*) n=${a#guest=};; esac; done
ip link set eth0 up; ip addr add 10.9.0.$n/24 dev eth0
echo "SAW guest $n is up"
if [ $n = 2 ]; then
  while true; do
    nc -l -p 5000 >/tmp/f; echo "SAW received $(md5sum /tmp/f | cut -c1-32)"
  done
fi
i=0; until ping -c 1 -W 1 10.9.0.2 >/dev/null || [ $i = 30 ]; do i=$((i + 1)); done
while true; do
  echo "SAW $(ping -c 10 -i 0.2 -w 20 10.9.0.2 | grep 'packets transmitted')"
  dd if=/dev/urandom of=/tmp/f bs=1M count=16 2>/dev/null
  echo "SAW sent $(md5sum /tmp/f | cut -c1-32)"
  nc -w 20 10.9.0.2 5000 </tmp/f
  sleep 5
done
GUEST
chmod +x "$work/root/init"
(cd "$work/root" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/initrd"

# Builds what is stale, so that the bridge starts at once.
"$home/run-example.sh" bridge --help >/dev/null || exit

bridge() {
  "$home/run-example.sh" bridge ${BRIDGE:-} "vhost:$work/1.sock" "vhost:$work/2.sock" >>"$work/bridge.log" 2>&1 &
  bridge=$!; pids+=($bridge)
  for i in $(seq 600); do [ -S "$work/2.sock" ] && return; sleep 0.1; done
  echo "guests.sh: the bridge does not start:" >&2; cat "$work/bridge.log" >&2; exit 1
}

guest() {
  qemu-system-x86_64 -accel $accel -cpu qemu64 -m 256 -nographic -no-reboot -kernel "$kernel" -initrd "$work/initrd" \
    -append "console=ttyS0 quiet guest=$1" -object memory-backend-memfd,id=m,size=256M,share=on -numa node,memdev=m \
    -chardev socket,id=c,path="$work/$1.sock",reconnect=1 -netdev vhost-user,chardev=c,id=n \
    -device "virtio-net-pci,netdev=n,romfile=,mac=52:54:00:00:00:0$1$vectors${queue:+,$queue}" \
    </dev/null >>"$work/guest$1.log" 2>&1 &
  eval "guest$1=$!"; pids+=($!)
}

# saw GUEST PATTERN COUNT: waits until the guest has said it so often.
saw() {
  for i in $(seq 1200); do
    [ "$(grep -a -c "SAW.*$2" "$work/guest$1.log")" -ge "$3" ] && return
    sleep 0.1
  done
  echo "guests.sh: guest $1 did not say '$2' $3 times" >&2
  tail -n 5 "$work"/*.log >&2
  exit 1
}

# round NAME: what the guests have exchanged since the round before.
rounds=0
round() {
  rounds=$((rounds + 1))
  saw 1 sent $rounds; saw 2 received $rounds
  lost=$(grep -a "SAW.*packets transmitted" "$work/guest1.log" | tail -1 | tr -d '\r')
  sent=$(grep -a "SAW sent" "$work/guest1.log" | tail -1 | tr -d '\r' | cut -d' ' -f3)
  received=$(grep -a "SAW received" "$work/guest2.log" | tail -1 | tr -d '\r' | cut -d' ' -f3)
  echo "${queue:-defaults}, $1: ${lost#SAW }; sent ${sent:0:8} received ${received:0:8}"
  [ "$sent" = "$received" ] && [[ "$lost" == *" 0% packet loss"* ]] || failed=1
}

failed=0
for queue in "${@:-}"; do
  rounds=0; rm -f "$work"/guest?.log; touch "$work"/guest{1,2}.log
  bridge; guest 2; guest 1
  round "first start"
  kill -9 $guest1; wait $guest1 2>/dev/null
  guest 1
  round "QEMU killed and started anew"
  case $queue in
    *packed=on*) ;;
    *)
      kill $bridge; wait $bridge 2>/dev/null
      bridge
      round "bridge started anew"
      ;;
  esac
  kill $guest1 $guest2 $bridge; wait $guest1 $guest2 $bridge 2>/dev/null
done
exit $failed

#!/usr/bin/env bash
# Runs an example by name: builds what is stale, then becomes the java process, so that signals reach it.
#
#   ./run-example.sh                 lists the examples
#   ./run-example.sh NAME [ARGS]     runs one; '--help' as an argument tells what it takes
#   ./run-example.sh completion      prints the completion for bash and zsh
set -eu

self=$(readlink -f "${BASH_SOURCE[0]}" 2>/dev/null || echo "${BASH_SOURCE[0]}")
home=$(cd "$(dirname "$self")" && pwd)
target=$home/examples/target

examples() {
  cat <<'LIST'
bridge    io.ringtap.examples.bridge.BridgeMain   a learning bridge between ports; try: bridge --demo
bridgectl io.ringtap.examples.bridge.control.BridgectlMain changes a bridge that runs with --control
echo      io.ringtap.examples.echo.EchoMain       a host made of handlers that answers ping
vpn       io.ringtap.examples.vpn.VpnMain         a TUN device tunnelled over UDP, unencrypted; try: vpn --demo
capture   io.ringtap.examples.capture.CaptureMain prints or files the frames of a port, or sends a file to a port
pktgen    io.ringtap.examples.pktgen.PktgenMain   sends, counts or returns frames; try: pktgen -i vale0:a -f tx -i vale0:b -f rx
doctor    io.ringtap.examples.doctor.DoctorMain   tells which ports and event loops work here; try: doctor tap io_uring
LIST
}

usage() {
  echo "usage: ./run-example.sh NAME [ARGS]"
  examples | while read -r name _ about; do printf '  %-9s %s\n' "$name" "$about"; done
  echo
  echo "NAME --help tells what an example takes. Completion in bash and zsh:"
  echo "  source <(./run-example.sh completion)"
}

fail() {
  echo "run-example.sh: $1" >&2
  exit "${2:-1}"
}

case ${1:-} in
  '' | -h | --help | help)
    usage
    exit 0
    ;;
  completion)
    main=io.ringtap.examples.completion.CompletionMain
    shift
    set -- "$(basename "$0")" $(examples | while read -r name class _; do echo "$name=$class"; done)
    ;;
  *)
    main=$(examples | while read -r name class _; do [ "$name" != "$1" ] || echo "$class"; done)
    [ -n "$main" ] || fail "no example is called '$1': there are $(examples | while read -r name _; do
      printf '%s%s' "${separator:-}" "$name"; separator=', '; done)" 2
    shift
    ;;
esac

case $home in
  *:*) fail "the name of the folder $home holds a ':', which java takes for the end of an entry of its class path" ;;
esac
java=java
[ -z "${JAVA_HOME:-}" ] || java=$JAVA_HOME/bin/java
command -v "$java" >/dev/null || fail "there is no $java: install a JDK of version 17 or later, or set JAVA_HOME"

# The jars, all below examples/target: a checkout that was moved or copied has them with it.
class_path() {
  local jar entry path
  [ -s "$target/classpath" ] || return 1
  jar=$(ls -t "$target"/ringtap-examples-*.jar 2>/dev/null | grep -vE -- '-(sources|javadoc|tests)\.jar$' | head -n 1)
  [ -n "$jar" ] || return 1
  path=$jar
  local IFS=:
  for entry in $(cat "$target/classpath"); do
    [ -f "$target/$entry" ] || return 1
    path=$path:$target/$entry
  done
  printf '%s' "$path"
}

# The jars are fresh if nothing that goes into them is newer than the class path, the last thing the build writes.
stale() {
  [ -n "$(find "$home"/pom.xml "$home"/*/pom.xml "$home"/*/src/main -newer "$target/classpath" -print -quit 2>/dev/null)" ]
}

# Why nothing can be built here; empty if it can.
obstacle() {
  local module folder
  command -v mvn >/dev/null || { echo "there is no mvn to build with: install Maven"; return; }
  for module in "$home"/*/pom.xml; do
    folder=$(dirname "$module")
    [ ! -d "$folder/target" ] || folder=$folder/target
    [ -w "$folder" ] || { echo "$(id -un) may not write to $folder"; return; }
  done
}

# Copies the output of Maven to a file, and shows where it is: on one line of a terminal, elsewhere on a line for each
# module.
progress() {
  local line step='' files=0
  while IFS= read -r line; do
    printf '%s\n' "$line" >&3
    case $line in
      '[INFO] Building '*' ['*/*']')
        line=${line#\[INFO\] Building }
        step="[${line##*\[} ${line%% [0-9]*}"
        ;;
      'Downloaded from '*)
        files=$((files + 1))
        [ -t 2 ] || [ $((files % 100)) -eq 0 ] || continue
        ;;
      *) continue ;;
    esac
    line="  ${step:-preparing}"
    [ $files -eq 0 ] || line="$line ($files files downloaded)"
    if [ -t 2 ]; then printf '\r\033[K%s' "$line" >&2; else printf '%s\n' "$line" >&2; fi
  done
  [ ! -t 2 ] || printf '\r\033[K' >&2
}

build() {
  local log=$target/build.log
  mkdir -p "$target"
  if command -v flock >/dev/null; then
    # Two builds at a time would write the same files.
    exec 9>"$target/build.lock"
    flock -n 9 || { echo "waiting for another build of Ringtap ..." >&2; flock 9; }
    if [ -n "$(class_path)" ] && ! stale; then return; fi
  fi
  echo "building Ringtap (once, until its sources change) ..." >&2
  if ! (set -o pipefail; cd "$home" && mvn -B -pl examples -am -DskipTests -Dcheckstyle.skip -Dmaven.javadoc.skip=true \
    -Dmaven.source.skip=true package 2>&1 9>&- | progress 3>"$log"); then
    grep -m 10 ERROR "$log" >&2 || tail -20 "$log" >&2
    fail "the build failed; all it printed is in $log"
  fi
  touch "$target/classpath"
}

path=$(class_path) || path=
if [ -z "$path" ]; then
  why=$(obstacle)
  [ -z "$why" ] || fail "Ringtap is not built in $home, and $why. Build it there as somebody who may, or copy the folder."
  build
elif stale; then
  why=$(obstacle)
  if [ -z "$why" ]; then
    build
  else
    echo "run-example.sh: running what was built before: the sources are newer, and $why" >&2
  fi
fi
path=$(class_path) || fail "the build has left no class path in $target"
exec 9>&-

# The first flag lets older JDKs pass over those that newer ones want for native access. A JVM whose heap is exhausted
# loses its event loops and cannot even start the thread that a signal is handled on: it ends, with exit code 3, and its
# interfaces with it. Options of RINGTAP_JAVA_OPTS come later and so win. (Direct memory is another matter: channels wait
# until there is some.)
exec "$java" -XX:+IgnoreUnrecognizedVMOptions --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -XX:+ExitOnOutOfMemoryError ${RINGTAP_JAVA_OPTS:-} -cp "$path" "$main" "$@"

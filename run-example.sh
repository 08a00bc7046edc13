#!/usr/bin/env bash
# Runs an example by name: builds what is stale, then becomes the java process, so that signals reach it.
#
#   ./run-example.sh                 lists the examples
#   ./run-example.sh NAME [ARGS]     runs one; '--help' as an argument tells what it takes
set -eu

home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=$home/examples/target

examples() {
  cat <<'LIST'
bridge   io.ringtap.examples.bridge.BridgeMain   a learning bridge between ports; try: bridge --demo
echo     io.ringtap.examples.echo.EchoMain       a host made of handlers that answers ping
vpn      io.ringtap.examples.vpn.VpnMain         a TUN device tunnelled over UDP, unencrypted; try: vpn --demo
capture  io.ringtap.examples.capture.CaptureMain frames of a port to a pcapng file, or from a file to a port
pktgen   io.ringtap.examples.pktgen.PktgenMain   sends, counts or returns frames; try: pktgen -i vale0:a -f tx -i vale0:b -f rx
LIST
}

if [ $# -eq 0 ]; then
  echo "usage: ./run-example.sh NAME [ARGS]"
  examples | while read -r name _ about; do printf '  %-8s %s\n' "$name" "$about"; done
  exit 0
fi

main=$(examples | awk -v name="$1" '$1 == name { print $2 }')
if [ -z "$main" ]; then
  echo "run-example.sh: no example is called '$1': there are $(examples | awk '{ printf "%s%s", s, $1; s = ", " }')" >&2
  exit 2
fi
shift

java=java
[ -z "${JAVA_HOME:-}" ] || java=$JAVA_HOME/bin/java

# The jars are fresh if nothing that goes into them is newer than the class path, the last thing the build writes.
stale() {
  [ -s "$target/classpath" ] || return 0
  [ -n "$(find "$home"/pom.xml "$home"/*/pom.xml "$home"/*/src/main -newer "$target/classpath" -print -quit)" ]
}

if stale; then
  echo "building Ringtap (once, until its sources change) ..." >&2
  log=$target/build.log
  mkdir -p "$target"
  if ! (cd "$home" && mvn -B -pl examples -am -DskipTests -Dcheckstyle.skip -Dmaven.javadoc.skip=true \
    -Dmaven.source.skip=true package) >"$log" 2>&1; then
    grep -m 10 ERROR "$log" >&2 || tail -20 "$log" >&2
    echo "run-example.sh: the build failed; all it printed is in examples/target/build.log" >&2
    exit 1
  fi
  touch "$target/classpath"
fi

jar=$(ls "$target"/ringtap-examples-*.jar | grep -vE -- '-(sources|javadoc|tests)\.jar$')
# The first flag lets older JDKs pass over those that newer ones want for native access. A JVM whose heap is exhausted
# loses its event loops and cannot even start the thread that a signal is handled on: it ends, with exit code 3, and its
# interfaces with it. Options of RINGTAP_JAVA_OPTS come later and so win. (Direct memory is another matter: channels wait
# until there is some.)
exec "$java" -XX:+IgnoreUnrecognizedVMOptions --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  -XX:+ExitOnOutOfMemoryError ${RINGTAP_JAVA_OPTS:-} -cp "$jar:$(cat "$target/classpath")" "$main" "$@"

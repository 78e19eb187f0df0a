#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Waves of a run, drawn headless: every signal of the save file is there, the quantum observables
# move, and the picture shows traces; a missing signal, a missing filter and empty waves are errors.
# `test_waves.sh BRIGADE SOURCE`.
set -euo pipefail

brigade=$1
source=$2
for tool in gtkwave fst2vcd xvfb-run import identify; do
  command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

# How often a net changes, from the dump without its date.
changes() {
  local name=$1 fst=$2
  fst2vcd "$fst" | awk -v name="$name" '
    $1 == "$scope" { path[++depth] = $3 }
    $1 == "$upscope" { depth-- }
    $1 == "$var" {
      full = ""
      for (i = 1; i <= depth; i++) full = full path[i] "."
      if (full $5 == name) id = $4
    }
    $1 == "$enddefinitions" { values = 1 }
    values && (/^[rb]/ && $2 == id || /^[01]/ && substr($1, 2) == id) { count++ }
    END { print count + 0 }'
}

# The value changes of nets of one scope, sorted: time in ps since the first that is not 0, net and
# value in binary.
net_history() {
  fst2vcd "$1" | awk -v scope="$2" -v nets=" $3 " '
    $1 == "$scope" { path[++depth] = $3 }
    $1 == "$upscope" { depth-- }
    $1 == "$var" {
      full = path[1]
      for (i = 2; i <= depth; i++) full = full "." path[i]
      if (full == scope && index(nets, " " $5 " ")) net[$4] = $5
    }
    /^#/ { now = substr($1, 2) }
    /^b/ && $2 in net { show(net[$2], substr($1, 2)) }
    /^[01]/ && substr($1, 2) in net { show(net[substr($1, 2)], substr($1, 1, 1)) }
    function show(name, bits) {
      sub(/^0+/, "", bits)
      if (bits == last[name]) return
      last[name] = bits
      if (origin == "") origin = now
      printf "%.0f %s %s\n", now - origin, name, bits == "" ? "0" : bits
    }' | sort -k1,1n -k2,2
}
most() {
  awk -v net="$1" '$2 == net {
    value = 0
    for (i = 1; i <= length($3); i++) value = 2 * value + substr($3, i, 1)
    if (value > most) most = value
  } END { print most + 0 }' "$2"
}
number() { sed -n "s/^ *\"$1\": \([0-9]*\),*$/\1/p" "$2"; }

plant=TOP.brg_system.u_plant
for scenario in quickstart three_level; do
  out=$work/$scenario
  "$brigade" run "$source/testbench/scenarios/$scenario.yaml" --set noise.trajectories=10 \
    --waves --out "$out" --quiet
  for net in infidelity 'g_layer[0].population'; do
    moved=$(changes "$plant.$net" "$out/waves.fst")
    ((moved > 5)) || fail "$scenario: $net changes $moved times"
  done
  "$source/waves/render" "$out" "$work/$scenario.png" || fail "$scenario is not drawn"
  colours=$(identify -format '%k' "$work/$scenario.png")
  size=$(identify -format '%w' "$work/$scenario.png")
  ((colours > 16 && size == 1600)) || fail "$scenario.png: $colours colours, $size wide"
done
cmp -s "$work/quickstart.png" "$work/three_level.png" && fail "two scenarios give one picture"
grep -q 'g_layer\[4\]' "$work/quickstart/query.gtkw" && fail "a layer that the tree lacks is shown"

# The same scenario gives the same waves but for the date.
"$brigade" run "$source/testbench/scenarios/quickstart.yaml" --set noise.trajectories=10 \
  --waves --out "$work/again" --quiet --jobs 1
without_date() { fst2vcd "$1" | sed '/^\$date/,/^\$end/d'; }
cmp <(without_date "$work/quickstart/waves.fst") <(without_date "$work/again/waves.fst") ||
  fail "the same scenario gives other waves"

# Each kind of scenario that uses more than the plain controller has a save file of its own, and
# only that one is in the folder.
machine=TOP.brg_machine
memory_run() {
  local kind=$1 scenario=$2 own=$3 out=$work/memory_$1 net
  shift 3
  mkdir -p "$out"
  : >"$out/query.gtkw"  # as another run might have left it
  "$brigade" run "$source/testbench/scenarios/$scenario.yaml" --set noise.trajectories=40 --jobs 1 \
    --waves --out "$out" --quiet "$@"
  local saves
  saves=$(cd "$out" && echo ./*.gtkw)
  [[ $saves == ./$kind.gtkw ]] || fail "$scenario leaves $saves, not $kind.gtkw"
  "$source/waves/check" "$out/waves.fst" "$out/$kind.gtkw" || fail "$kind.gtkw names what is not there"
  local moved bytes
  for net in "$own" stall_event u_plant.infidelity; do
    moved=$(changes "$machine.$net" "$out/waves.fst")
    ((moved > 2)) || fail "$kind: $net changes $moved times"
  done
  # The costliest event is told of and marked: marker E, after zoom, primary and A to D.
  grep -q '^-E [0-9.e-]* [a-z]' "$out/$kind.gtkw" || fail "$kind.gtkw does not name an event"
  (($(awk '/^\*/ { print $7; exit }' "$out/$kind.gtkw") > 0)) || fail "$kind.gtkw has no marker E"
  bytes=$(stat -c %s "$out/waves.fst")
  ((bytes < 4000000)) || fail "$kind: waves of $bytes bytes"
}
small=(--set workload.queries=1 --set qram.address_width=8 --set qram.word_width=4
  --set qram.page_wait=entry --set noise.t1_ns=1.0e5)
memory_run cache small_cache u_memory.u_cache.look_valid_o "${small[@]}"
memory_run dram small_cache 'u_dram.cmd' "${small[@]}" --set memory.cache=none
memory_run paged page_ahead u_memory.u_cache.u_prefetch.want_o --set qram.address_width=6
memory_run tiers cloud_table stall_tier --set memory.dram.refresh=off
memory_run pulse starved_pulse 'u_pulse.g_buffer[5].words' --set qram.address_width=6
grep -q 'g_buffer\[6\]' "$work/memory_pulse/pulse.gtkw" && fail "a buffer that the tree lacks is shown"
grep -q 'g_buffer\[24\]' "$work/memory_pulse/pulse.gtkw" || fail "the leaves' buffer is not shown"
for kind in cache pulse; do
  "$source/waves/render" "$work/memory_$kind" "$work/$kind.png" || fail "$kind is not drawn"
done

# The loop of the error correction: what the waves show of it adds up to the result, on both tops,
# and skipped cycles hide nothing of it.
qec_nets='live_address live_bus awaited_address awaited_bus frame_x_address frame_x_bus
  frame_z_address frame_z_bus fifo_level held decoders_busy patch decoder_state updates overflows
  update overflow decoder_ready'
qec_nets=$(echo $qec_nets)
qec_run() {
  local name=$1 top=$2 out=$work/qec_$1 seen net
  shift 2
  "$brigade" run "$source/testbench/scenarios/qec_slow_decoder.yaml" --jobs 1 --quiet --waves \
    --out "$out" --set noise.trajectories=4 --set workload.queries=3 --set qec.p=0.02 \
    --set qec.fifo_depth=2 --set qec.distance=5 --set qec.latency_ns=100 \
    --set qec.decoder_clock_mhz=100 "$@"
  [[ $(cd "$out" && echo ./*.gtkw) == ./qec.gtkw ]] || fail "$name leaves other saves than qec.gtkw"
  "$source/waves/check" "$out/waves.fst" "$out/qec.gtkw" || fail "$name: qec.gtkw names what is not there"
  grep -q "$top.u_qec.fifo_level" "$out/qec.gtkw" || fail "$name: qec.gtkw is not for $top"
  seen=$out/history
  net_history "$out/waves.fst" "$top.u_qec" "$qec_nets" >"$seen"
  for net in live_address live_bus awaited_address fifo_level held decoders_busy patch \
    decoder_state updates overflows frame_x_address frame_z_address; do
    (($(most $net "$seen") > 0)) || fail "$name: $net stays 0"
  done
  (($(most fifo_level "$seen") == $(number fifo_high_water "$out/result.json"))) ||
    fail "$name: level up to $(most fifo_level "$seen")"
  (($(most overflows "$seen") == $(number overflows "$out/result.json"))) ||
    fail "$name: $(most overflows "$seen") overflows"
  # Each window is decoded in both bases and comes back once.
  (($(most updates "$seen") * 2 == $(number decodes "$out/result.json"))) ||
    fail "$name: $(most updates "$seen") updates"
  # The decoder passes all of its five states.
  (($(awk '$2 == "decoder_state" { print $3 }' "$seen" | sort -u | wc -l) == 5)) ||
    fail "$name: not every state of the decoder is seen"
  # A frame is corrected by an update and cleared when its patch lives again.
  awk '{ at[NR] = $1; net[NR] = $2 }
    $2 == "updates" || $2 ~ /^live_/ { cause[$1] = 1 }
    END { for (i in at) if (net[i] ~ /^frame_/ && !(at[i] in cause)) { print at[i]; exit 1 } }' \
    "$seen" || fail "$name: a frame changes on its own"
  # Whoever lives makes a round every 300 ns.
  local rounds
  rounds=$(awk -v period=300000 '$2 ~ /^live_/ {
      for (i = 0; i < 64; i++) {
        bit = i < length($3) ? substr($3, length($3) - i, 1) : 0
        id = $2 " " i
        if (bit == 1 && !(id in since)) since[id] = $1
        if (bit == 0 && id in since) { rounds += int(($1 - since[id]) / period); delete since[id] }
      }
    } END { print rounds + 0 }' "$seen")
  ((rounds == $(number rounds "$out/result.json"))) || fail "$name: $rounds rounds"
}
qec_run system TOP.brg_system
qec_run machine TOP.brg_machine --set simulation.model=machine
qec_run edges TOP.brg_system --set simulation.idle_skip=off
cmp "$work/qec_system/history" "$work/qec_machine/history" || fail "the tops show different loops"
cmp "$work/qec_system/history" "$work/qec_edges/history" || fail "skipped cycles hide the loop"
"$source/waves/render" "$work/qec_machine" "$work/qec.png" || fail "qec is not drawn"

# Whoever adds a kind of stall event gives it a name in the waves.
paste -d ' ' \
  <(sed -n '/typedef enum brg_event_kind/,/BRG_EVENT_COUNT/s/^ *BRG_EVENT_\([A-Z_]*\).*/\L\1/p' \
    "$source/csim/stall_event.h" | grep -v '^count$' | awk '{ printf "%02X\n", NR - 1 }') \
  <(sed -n '/typedef enum brg_event_kind/,/BRG_EVENT_COUNT/s/^ *BRG_EVENT_\([A-Z_]*\).*/\L\1/p' \
    "$source/csim/stall_event.h" | grep -v '^count$') >"$work/kinds"
grep -v '^1F ' "$source/waves/filters/stall_event.txt" | cmp - "$work/kinds" ||
  fail "waves/filters/stall_event.txt differs from csim/stall_event.h"

# What must be noticed.
bad=$work/bad
cp -r "$work/quickstart" "$bad"
sed -i 's/u_plant\.norm$/u_plant.no_such_net/' "$bad/query.gtkw"
"$source/waves/render" "$bad" "$work/bad.png" >"$work/log" 2>&1 && fail "a missing signal passes"
grep -q no_such_net "$work/log" || fail "the missing signal is not named"
cp "$work/quickstart/query.gtkw" "$bad/query.gtkw"
rm "$bad/filters/status.txt"
"$source/waves/check" "$bad/waves.fst" "$bad/query.gtkw" >/dev/null && fail "a missing filter passes"
cp -r "$work/quickstart/filters" "$bad/"
: >"$bad/waves.fst"
"$source/waves/render" "$bad" "$work/bad.png" >/dev/null 2>&1 && fail "empty waves pass"
[[ -e $work/bad.png ]] && fail "a failed drawing left a picture"
echo "waves drawn and checked"

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

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
    /^r/ && $2 == id { count++ }
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

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Replays in Icarus the pins that a Verilator test recorded: replay.sh BENCH.sv PINS ROW COLUMN,
# where that output is turned to see that a wrong recording is noticed (column 0: the last).
# Exit 0: every output of every cycle is the same. 1: not. 77: Icarus is missing (skip).
set -eu
bench=$1 pins=$2 row=$3 column=$4
rtl=$(cd "$(dirname "$0")/../../rtl" && pwd)
for tool in iverilog vvp; do
    command -v $tool >/dev/null || { echo "skip: $tool is not installed"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
iverilog -g2012 -I "$rtl" -y "$rtl" -Y .sv -s "$(basename "$bench" .sv)" -o "$work/replay.vvp" "$bench"
vvp -n "$work/replay.vvp" "+pins=$pins" | tee "$work/log"
grep -q '^REPLAY PASSED' "$work/log"
awk -v row="$row" -v c="$column" 'NR == row { if (!c) c = NF; $c = $c == "0" ? "1" : "0" }
    NR <= row + 100 { print }' "$pins" >"$work/wrong"
vvp -n "$work/replay.vvp" "+pins=$work/wrong" >"$work/log"
grep -q '^REPLAY FAILED' "$work/log"

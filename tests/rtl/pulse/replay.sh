#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Replays in Icarus the pins that a Verilator test recorded: replay.sh TOP PINS_FILE COLUMN, where
# COLUMN is an output that a wrong recording turns in one cycle.
# Exit 0: every output of every cycle is the same. 1: not. 77: Icarus is missing (skip).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
rtl=$here/../../../rtl
for tool in iverilog vvp; do
    command -v $tool >/dev/null || { echo "skip: $tool is not installed"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
iverilog -g2012 -I "$rtl" -y "$rtl" -Y .sv -s "$1" -o "$work/replay.vvp" "$here/$1.sv"
vvp -n "$work/replay.vvp" "+pins=$2" | tee "$work/log"
grep -q '^REPLAY PASSED' "$work/log"
awk -v c="$3" 'NR == 1500 { $c = $c == "0" ? "1" : "0" } { print }' "$2" >"$work/wrong"
vvp -n "$work/replay.vvp" "+pins=$work/wrong" >"$work/log"
grep -q '^REPLAY FAILED' "$work/log"

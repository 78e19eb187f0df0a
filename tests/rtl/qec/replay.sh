#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Replays in Icarus the pins of brg_qec_decoder that the Verilator test recorded: replay.sh PINS_FILE
# Exit 0: every output of every cycle is the same. 1: not. 77: Icarus is missing (skip).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
rtl=$here/../../../rtl
for tool in iverilog vvp; do
    command -v $tool >/dev/null || { echo "skip: $tool is not installed"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
iverilog -g2012 -I "$rtl" -y "$rtl" -Y .sv -s replay_qec -o "$work/replay.vvp" "$here/replay_qec.sv"
vvp -n "$work/replay.vvp" "+pins=$1" | tee "$work/log"
grep -q '^REPLAY PASSED' "$work/log"
# A wrong recording must be noticed: one output of one cycle is turned.
awk 'NR == 700 { $NF = $NF == "0" ? "1" : "0" } NR <= 800 { print }' "$1" >"$work/wrong"
vvp -n "$work/replay.vvp" "+pins=$work/wrong" >"$work/log"
grep -q '^REPLAY FAILED' "$work/log"

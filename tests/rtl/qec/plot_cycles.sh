#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Draws the cycles of a decode: plot_cycles.sh PICTURE.svg LOG...
# A LOG is what test_rtl_qec_decoder_* prints with QEC_HISTOGRAM=1 in the environment.
set -eu
picture=$1
shift
command -v gnuplot >/dev/null || { echo "skip: gnuplot is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed -n 's/^histogram //p' "$@" >"$work/all"
for d in 3 5 7; do
    for p in 0.0010 0.0030 0.0050 0.0100; do
        # At least that many cycles, as a share of all decodes.
        awk -v d=$d -v p=$p '$1 == d && $2 == p { c[n] = $3; k[n++] = $4; all += $4 }
            END { left = all; for (i = 0; i < n; i++) { print c[i], left / all; left -= k[i] } }' \
            "$work/all" >"$work/$d.$p"
    done
done
gnuplot <<G
set terminal svg size 900,320 font "sans,11" background "white"
set output "$picture"
set multiplot layout 1,3
set logscale y
set yrange [1e-5:1.2]
set format y "10^{%T}"
set grid
set xlabel "cycles"
do for [d in "3 5 7"] {
  set title "d = ".d
  if (d eq "3") { set ylabel "share of decodes that take at least so many" } else { unset ylabel }
  plot for [p in "0.0010 0.0030 0.0050 0.0100"] "$work/".d.".".p with steps lw 2 title "p = ".p
}
G

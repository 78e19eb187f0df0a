#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Proves one RTL block: run_formal.sh MODULE bmc|induction|cover [MUTANT]
# With a mutant of mutants.txt the bug is put into the block and the proof must FAIL.
# Exit 0: as expected. 1: not. 2: wrong usage. 77: a tool is missing (skip).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
rtl=$here/../../rtl
module=${1:-} task=${2:-} mutant=${3:-}

for tool in yosys yosys-smtbmc z3; do
    command -v "$tool" >/dev/null || { echo "skip: $tool is not installed"; exit 77; }
done

# Modules inside: deps as they are, proved_deps with their properties, in which what they assume of
# their inputs becomes an assertion.
deps='' proved_deps='' clocks=one mutant_bmc=''
# Small parameters, and per task the number of clock cycles. Induction takes over from a few cycles on,
# so that more of them would prove nothing new; a mutant's fault may show later (mutant_bmc).
case $module in
    brg_fifo)        set="-set WIDTH 3 -set DEPTH 4"; bmc=16; induction=3; cover=20 ;;
    brg_ddr4_queue)  set="-set DEPTH 3 -set META_W 1"; bmc=6; induction=2; cover=10 ;;
    brg_skid)        set="-set WIDTH 3"; bmc=16; induction=3; cover=16 ;;
    brg_arbiter)     set="-set N 3 -set WIDTH 2"; bmc=14; induction=3; cover=16 ;;
    brg_axi_reader)  set="-set ADDR_W 14 -set DATA_W 512 -set ID_W 1 -set OUTSTANDING 2"
                     set="$set -set MAX_BURST 4 -set BEATS_W 10"
                     bmc=7; induction=3; cover=22; mutant_bmc=12 ;;
    brg_page_buffer) set="-set WIDTH 2 -set BANK_WORDS 4 -set META_W 1"
                     bmc=8; induction=3; cover=20; mutant_bmc=14 ;;
    brg_leaf_stage)  set=''; bmc=12; induction=3; cover=14 ;;
    # Two free clocks: a step of the proof is a moment, an edge takes two of them.
    brg_cdc_fifo)    set="-set WIDTH 2 -set DEPTH 4 -set SYNC 2"; bmc=15; induction=3; cover=24
                     clocks=free; deps=brg_cdc_sync ;;
    brg_cdc_sync)    set="-set WIDTH 3 -set STAGES 3"; bmc=12; induction=2; cover=10 ;;
    brg_axi_mux)     set="-set N 3 -set ADDR_W 1 -set DATA_W 8 -set ID_W 1 -set WRITES 2"
                     bmc=4; induction=3; cover=8; mutant_bmc=6; proved_deps=brg_arbiter ;;
    brg_secded)      set=""; bmc=1; induction=1; cover=1 ;;
    brg_cache_targets) set="-set WIDTH 1 -set DEPTH 4 -set LISTS 2"; bmc=8; induction=3; cover=14 ;;
    brg_cache_order) set="-set DEPTH 4 -set ID_W 1"; bmc=9; induction=3; cover=14 ;;
    brg_pulse_ring)  set="-set WIDTH 2 -set LANES 2 -set BEATS 4"; bmc=10; induction=3; cover=14 ;;
    brg_qec_fifo)    set="-set WIDTH 2 -set DEPTH_MAX 4"; bmc=9; induction=3; cover=20 ;;
    *) echo "unknown module '$module'" >&2; exit 2 ;;
esac
[ -z "$mutant" ] || bmc=${mutant_bmc:-$bmc}
case $task in
    bmc) options="-t $bmc" ;;
    induction) options="-i -t $induction" ;;
    cover) options="-c -t $cover" ;;
    *) echo "unknown task '$task': bmc, induction or cover" >&2; exit 2 ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$rtl/$module.sv" "$work/"
if [ -n "$mutant" ]; then
    mutation=$(sed -n "s/^$module|$mutant|//p" "$here/mutants.txt")
    [ -n "$mutation" ] || { echo "mutants.txt has no $module|$mutant" >&2; exit 2; }
    sed "$mutation" "$rtl/$module.sv" >"$work/$module.sv"
    if cmp -s "$rtl/$module.sv" "$work/$module.sv"; then
        echo "the mutant $mutant changes nothing in $module" >&2
        exit 1
    fi
fi

for dep in $deps; do
    echo "read_verilog -sv $rtl/$dep.sv"
done >"$work/prove.ys"
for dep in $proved_deps; do
    sed 's/assume (in_/assert (in_/' "$here/${dep}_props.svh" >"$work/${dep}_props.svh"
    echo "read_verilog -sv -formal -D FORMAL -I $work $rtl/$dep.sv"
done >>"$work/prove.ys"
if [ "$clocks" = free ]; then
    lower="memory_map
clk2fflogic
opt -fast"
else
    lower="async2sync
opt -fast
memory -nordff -nomap
memory_nordff"
fi

cat >>"$work/prove.ys" <<YS
read_verilog -sv -formal -D FORMAL -I $here $work/$module.sv
${set:+chparam $set $module}
prep -nordff -top $module -flatten
$lower
dffunmap
setundef -undriven -anyseq
write_smt2 -wires $work/$module.smt2
YS
yosys -q -l "$work/yosys.log" "$work/prove.ys" || { cat "$work/yosys.log"; exit 1; }

status=0
yosys-smtbmc -s z3 --unroll --noprogress $options "$work/$module.smt2" >"$work/smt.log" 2>&1 || status=$?
if [ -z "$mutant" ]; then
    grep -Ev '^## .*(Checking|Trying induction)' "$work/smt.log" || true
    [ "$status" -eq 0 ] && grep -q 'Status: PASSED' "$work/smt.log"
else
    # A failed proof, not a tool that broke.
    grep -E 'Assert failed|Status:' "$work/smt.log" || cat "$work/smt.log"
    [ "$status" -eq 1 ] && grep -q 'Status: FAILED' "$work/smt.log" &&
        grep -q 'Assert failed' "$work/smt.log"
fi

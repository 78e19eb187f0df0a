#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Lints every module of rtl/ as a top of its own, at its defaults and at parameter corners:
#   lint.sh verilator|icarus|yosys [MODULE]
# verilator: -Wall, no warning. icarus: elaborates without error or warning. yosys: coarse synthesis,
# (of the largest modules without its optimizations), no latch, no undriven or doubly driven net, every
# RAM with a registered read.
# Corners marked `refuse` are illegal parameters, which the tool must refuse.
# Exit 0: clean. 1: not. 2: wrong usage. 77: the tool is missing (skip).
set -eu

corners='
brg_fifo         WIDTH=1 DEPTH=2
brg_fifo         WIDTH=512 DEPTH=1024
brg_fifo         refuse DEPTH=3
brg_fifo         refuse DEPTH=1
brg_skid         WIDTH=1
brg_skid         WIDTH=600
brg_arbiter      N=2 WIDTH=1
brg_arbiter      N=3 WIDTH=64
brg_arbiter      N=32 WIDTH=8
brg_arbiter      refuse N=33
brg_cdc_sync     WIDTH=1 STAGES=4
brg_cdc_sync     WIDTH=7 STAGES=3
brg_cdc_sync     refuse STAGES=1
brg_cdc_fifo     WIDTH=1 DEPTH=4 SYNC=4
brg_cdc_fifo     WIDTH=293 DEPTH=64 SYNC=3
brg_cdc_fifo     refuse DEPTH=6
brg_cdc_fifo     refuse DEPTH=2
brg_axi_cdc      ADDR_W=32 DATA_W=64 ID_W=1 DEPTH=4 DATA_DEPTH=32 SYNC=3
brg_axi_cdc      DATA_W=512 ID_W=6 DEPTH=16 DATA_DEPTH=4 SYNC=4
brg_axi_cdc      refuse DATA_DEPTH=12
brg_axil_cdc     ADDR_W=32 DEPTH=16 SYNC=4
brg_axil_cdc     refuse SYNC=5
brg_axi_mux      N=3 ADDR_W=32 DATA_W=64 ID_W=1 WRITES=1
brg_axi_mux      N=4 DATA_W=512 ID_W=6 WRITES=32
brg_axi_mux      refuse N=5
brg_axi_mux      refuse WRITES=0
brg_axi_reader   DATA_W=64 OUTSTANDING=1 MAX_BURST=1 BEATS_W=10
brg_axi_reader   DATA_W=128 ADDR_W=32 ID_W=1 OUTSTANDING=5
brg_axi_reader   DATA_W=512 ADDR_W=13 OUTSTANDING=32 MAX_BURST=256 BEATS_W=32
brg_axi_reader   refuse DATA_W=96
brg_axi_reader   refuse MAX_BURST=257
brg_cache_repl   MAX_WAYS=2
brg_cache_repl   refuse MAX_WAYS=3
brg_cache_targets WIDTH=1 DEPTH=2 LISTS=2
brg_cache_targets WIDTH=300 DEPTH=64 LISTS=4
brg_cache_targets refuse DEPTH=12
brg_cache_order  DEPTH=4 ID_W=1
brg_cache_order  DEPTH=64
brg_cache_order  refuse DEPTH=2
brg_cache_writeback BUFFERS=2 ADDR_W=40
brg_cache_writeback refuse BUFFERS=3
brg_prefetch     ADDR_W=32 ID_W=1 HINTS=2
brg_cache        ADDR_W=32 MAX_WAYS=2 MAX_SETS=2 MSHRS=2 TARGETS=2 READS=4 WRITE_BACKS=2
brg_cache        ADDR_W=48 MAX_WAYS=4 MAX_SETS=4096 MSHRS=4 TARGETS=64 READS=16 WRITE_BACKS=16
brg_cache        refuse MSHRS=3
brg_cache        refuse MAX_SETS=100
brg_page_loader  DATA_W=64 BANK_WORDS=2 QUEUE_DEPTH=2
brg_page_loader  DATA_W=512 ADDR_W=32 BANK_WORDS=4096
brg_page_buffer  WIDTH=2 BANK_WORDS=2 META_W=1
brg_page_buffer  WIDTH=64 BANK_WORDS=4096
brg_page_buffer  refuse BANK_WORDS=48
brg_page_path    AXI_DATA_W=64 BANK_WORDS=2 OUTSTANDING=1 MAX_BURST=1 QUEUE_DEPTH=2
brg_page_path    AXI_DATA_W=128 AXI_ADDR_W=32 AXI_ID_W=1 OUTSTANDING=7 MAX_BURST=256
brg_page_path    AXI_DATA_W=512 AXI_ID_W=8 BANK_WORDS=4096 OUTSTANDING=32 QUEUE_DEPTH=64
brg_page_path    refuse LEAF_W=256
brg_control_store STORE_WORDS=2
brg_control_store STORE_WORDS=4096
brg_csr          STORE_WORDS=4096
brg_sequencer    STORE_WORDS=4096
brg_controller   AXI_DATA_W=64 STORE_WORDS=64 BANK_WORDS=16 QUEUE_DEPTH=2 RESULT_DEPTH=2
brg_controller   AXI_DATA_W=512 STORE_WORDS=4096 OUTSTANDING=8 QUEUE_DEPTH=128 RESULT_DEPTH=128
brg_pulse_ring   WIDTH=1 LANES=2 BEATS=4
brg_pulse_ring   WIDTH=64 LANES=16 BEATS=65536
brg_pulse_ring   refuse LANES=3
brg_pulse_ring   refuse BEATS=8
brg_pulse_schedule ENTRIES=16 LOOKAHEAD=2
brg_pulse_schedule LOOKAHEAD=64
brg_pulse_schedule refuse ENTRIES=8192
brg_pulse_unit   refuse BUFFER_WORDS=100
brg_control_cache LINES=2 ADDR_W=13 ID_W=1
brg_control_cache refuse LINES=3
brg_qec_fifo     WIDTH=1 DEPTH_MAX=2
brg_qec_fifo     WIDTH=112 DEPTH_MAX=4096
brg_qec_fifo     refuse DEPTH_MAX=12
brg_qec_decoder  DISTANCE=3 LAYERS=2 BASIS=1 HOPS=1
brg_qec_decoder  DISTANCE=3 LAYERS=5 HOPS=3
brg_qec_decoder  refuse DISTANCE=4
brg_qec_decoder  refuse LAYERS=65
brg_qec_window   DISTANCE=3 LAYERS=2 COMMIT=1
brg_qec_window   refuse DISTANCE=3 LAYERS=4 COMMIT=4
brg_qec_unit     DISTANCE=3 LAYERS=6 COMMIT=3 BASIS=1 DEPTH_MAX=2
brg_ddr4_queue   DEPTH=2 META_W=1
brg_ddr4_queue   refuse DEPTH=33
brg_ddr4_refresh OFFSET_DIV=2
brg_ddr4_controller refuse WRITE_DEPTH=12
brg_ddr4_axi     ID_W=1 LINES=2 BURSTS=2
brg_ddr4_axi     LINES=64 BURSTS=64
brg_ddr4_axi     refuse LINES=3
brg_ddr4_memory  ID_W=8 READ_DEPTH=4 WRITE_DEPTH=4 DRAIN_HIGH=3 DRAIN_LOW=1
'

here=$(cd "$(dirname "$0")" && pwd)
rtl=$here/../../rtl
tool=${1:-} only=${2:-}
case $tool in
    verilator | yosys) program=$tool ;;
    icarus) program=iverilog ;;
    *) echo "usage: lint.sh verilator|icarus|yosys [MODULE]" >&2; exit 2 ;;
esac
command -v $program >/dev/null || { echo "skip: $program is not installed"; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# check MODULE [PARAMETER=VALUE]…: runs the tool, its messages in $work/log.
check() {
    module=$1
    shift
    set_parameters=
    case $tool in
        verilator)
            for p in "$@"; do set_parameters="$set_parameters -G$p"; done
            verilator --lint-only -Wall --timescale 1ns/1ps -I"$rtl" --top-module "$module" \
                $set_parameters "$rtl"/*.vlt "$rtl/$module.sv" >"$work/log" 2>&1
            ;;
        icarus)
            for p in "$@"; do set_parameters="$set_parameters -P$module.$p"; done
            status=0
            iverilog -g2012 -Wall -I "$rtl" -y "$rtl" -Y .sv -s "$module" $set_parameters \
                -o "$work/vvp" "$rtl/$module.sv" >"$work/all" 2>&1 || status=$?
            # A select in an always_comb makes it sensitive to the whole vector: only slower.
            # Timescales are given to Verilator by option, for Icarus they are those of the bench.
            grep -v -e 'sorry: constant selects in always' -e 'timescale' "$work/all" >"$work/log" || true
            [ $status -eq 0 ] && ! grep -q -e error -e warning "$work/log"
            ;;
        yosys)
            for p in "$@"; do set_parameters="$set_parameters -chparam ${p%=*} ${p#*=}"; done
            {
                case $module in
                    # Wires between parts that are checked on their own; together they take minutes.
                    brg_machine*)
                        # shellcheck disable=SC2046
                        echo "read_verilog -sv -lib -defer -I $rtl" \
                            $(ls "$rtl"/brg_*.sv | grep -v /brg_machine)
                        echo "read_verilog -sv -defer -I $rtl $rtl/brg_machine*.sv" ;;
                    *) echo "read_verilog -sv -defer -I $rtl $rtl/brg_*.sv" ;;
                esac
                echo "hierarchy -top $module$set_parameters"
                case $module in
                    # Optimizing the bank arrays takes a minute; as parts of others they are checked once.
                    brg_ddr4_timing | brg_ddr4_checker) echo "proc; opt_clean" ;;
                    # Likewise the planes of the decoder, a minute of simplification.
                    brg_qec_decoder) echo "proc -noopt; clean" ;;
                    brg_qec_window | brg_qec_unit)
                        echo "blackbox *brg_qec_decoder*; hierarchy -check"
                        echo "synth -run coarse:fine" ;;
                    brg_ddr4_controller | brg_ddr4_memory | brg_ddr4_device)
                        echo "blackbox *brg_ddr4_timing* *brg_ddr4_checker*; hierarchy -check"
                        echo "proc; opt; memory -nomap" ;;
                    # The parts of these are checked on their own; so are the parts of those.
                    brg_cache)
                        echo "blackbox *brg_cache_pipe* *brg_prefetch*; hierarchy -check"
                        echo "proc; opt; memory -nomap" ;;
                    brg_cache_pipe) echo "proc; opt; memory -nomap" ;;
                    brg_controller)
                        echo "blackbox *brg_page_path* *brg_sequencer*; hierarchy -check"
                        echo "synth -run coarse:fine" ;;
                    brg_pulse_unit)
                        echo "blackbox *brg_pulse_ring* *brg_pulse_schedule* *brg_pulse_decompress*"
                        echo "hierarchy -check; proc; opt; memory -nomap" ;;
                    brg_machine*) echo "proc; opt" ;;
                    *) echo "synth -run coarse:fine" ;;
                esac
                echo "select -assert-none t:\$dlatch t:\$adlatch t:\$dlatchsr"
                echo "select -assert-none t:\$mem_v2 r:RD_CLK_ENABLE=1'0 %i"
                case $module in
                    brg_fifo | brg_cdc_fifo | brg_page_buffer | brg_control_store) echo "select -assert-count 1 t:\$mem_v2" ;;
                    brg_page_path) echo "select -assert-count 2 t:\$mem_v2" ;;
                esac
                echo "check -assert"
            } >"$work/run.ys"
            yosys -q "$work/run.ys" >"$work/log" 2>&1
            ;;
    esac
}

report() {
    if [ "$1" = "$2" ]; then
        echo "ok      $3"
    else
        echo "FAILED  $3 (expected: $2)"
        cat "$work/log"
        failures=$((failures + 1))
    fi
}

found=0
for file in "$rtl"/brg_*.sv; do
    module=$(basename "$file" .sv)
    [ -z "$only" ] || [ "$only" = "$module" ] || continue
    found=1
    check "$module" && got=clean || got=refused
    report $got clean "$module"
    echo "$corners" | sed -n "s/^$module  *//p" >"$work/corners"
    while read -r corner; do
        expected=clean
        [ "${corner#refuse }" = "$corner" ] || { expected=refused; corner=${corner#refuse }; }
        # shellcheck disable=SC2086
        check "$module" $corner && got=clean || got=refused
        report $got $expected "$module $corner"
    done <"$work/corners"
done
[ $found -eq 1 ] || { echo "no module '$only' in rtl/" >&2; exit 2; }
[ $failures -eq 0 ]

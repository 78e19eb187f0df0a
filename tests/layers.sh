#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each layer includes only what stands below it, and only brg_plant.sv takes the DPI imports.
# `layers.sh SOURCE`; one line for each breach.
set -euo pipefail
cd "${1:?usage: layers.sh SOURCE}"

bad=0
forbid() {  # forbid FOLDER PATTERN WHY
  local hits
  hits=$(grep -rnE "^ *#include *[<\"]($2)" --include='*.[ch]' --include='*.cpp' --include='*.y' --include='*.l' "$1" || true)
  if [[ -n $hits ]]; then
    printf '%s\n' "$hits" | sed "s/\$/  ($3)/"
    bad=1
  fi
}
forbid csim 'model/|testbench/|rtl/|systemc|verilated|svdpi|V[a-z_]+\.h' 'csim includes itself only'
forbid model 'testbench/|rtl/|systemc|verilated|svdpi|V[a-z_]+\.h' 'model stands on csim only'
hits=$(grep -rln 'brg_dpi.svh"' rtl | grep -v '^rtl/brg_plant.sv$' || true)
if [[ -n $hits ]]; then
  echo "$hits takes the DPI imports; only rtl/brg_plant.sv may"
  bad=1
fi
exit $bad

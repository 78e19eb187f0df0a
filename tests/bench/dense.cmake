# SPDX-License-Identifier: Apache-2.0
# Ratios are of a quiet machine: run it by hand (docs/dense.md). The test only runs every row once
# on a small state, with no floor that matters.
add_executable(bench_dense bench_dense.c)
target_link_libraries(bench_dense PRIVATE brigade::csim brigade_options m)
add_test(NAME bench_dense COMMAND bench_dense --qubits 18 --repeat 1 --threads 1,2 --slack 1e9)
set_tests_properties(bench_dense PROPERTIES LABELS "slow" TIMEOUT 300)

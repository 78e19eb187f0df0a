# SPDX-License-Identifier: Apache-2.0
# The floors hold on a quiet machine: run it by hand for figures (docs/dense.md). As a test it only
# catches a kernel that has become many times slower.
add_executable(bench_dense bench_dense.c)
target_link_libraries(bench_dense PRIVATE brigade::csim brigade_options m)
add_test(NAME bench_dense COMMAND bench_dense --qubits 22 --repeat 5 --threads 1 --slack 0.7)
set_tests_properties(bench_dense PROPERTIES LABELS "slow" TIMEOUT 300 RUN_SERIAL ON)

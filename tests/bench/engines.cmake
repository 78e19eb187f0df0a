# SPDX-License-Identifier: Apache-2.0
# Times are of a quiet machine: run it by hand (docs/engines.md). The test holds the engines to each
# other and to a bound that only a lost optimisation breaks.
add_executable(bench_engines bench_engines.c)
target_include_directories(bench_engines PRIVATE ${CMAKE_SOURCE_DIR}/tests)
target_link_libraries(bench_engines PRIVATE brigade::csim brigade_options m)
add_test(NAME bench_engines COMMAND bench_engines --slack 8)
set_tests_properties(bench_engines PROPERTIES LABELS "slow" TIMEOUT 600 RUN_SERIAL ON)

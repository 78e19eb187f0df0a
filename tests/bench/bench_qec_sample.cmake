# SPDX-License-Identifier: Apache-2.0
# Speed of the frame sampler beside a plain loop. The floors are of a quiet machine; the test only
# fails when the vector code is lost.
add_executable(bench_qec_sample bench_qec_sample.c)
target_link_libraries(bench_qec_sample PRIVATE brigade::ecc brigade_options m)
add_test(NAME bench_qec_sample COMMAND bench_qec_sample --slack 2)
set_tests_properties(bench_qec_sample PROPERTIES LABELS slow TIMEOUT 300 RUN_SERIAL ON)

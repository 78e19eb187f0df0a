# SPDX-License-Identifier: Apache-2.0
# Speed of the frame sampler beside a plain loop.
add_executable(bench_qec_sample bench_qec_sample.c)
target_link_libraries(bench_qec_sample PRIVATE brigade::ecc brigade_options m)

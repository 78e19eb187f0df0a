# SPDX-License-Identifier: Apache-2.0
# The state-vector kernels against memory bandwidth (docs/dense.md).
add_executable(bench_dense bench_dense.c)
target_link_libraries(bench_dense PRIVATE brigade::csim brigade_options m)

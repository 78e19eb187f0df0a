# SPDX-License-Identifier: Apache-2.0
# The branch engines beside each other and their targets (docs/engines.md).
add_executable(bench_engines bench_engines.c)
target_include_directories(bench_engines PRIVATE ${CMAKE_SOURCE_DIR}/tests)
target_link_libraries(bench_engines PRIVATE brigade::csim brigade_options m)

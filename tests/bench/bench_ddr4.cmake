# SPDX-License-Identifier: Apache-2.0
# Speed of the verilated DDR4 controller with its device.
add_executable(bench_ddr4 bench_ddr4.c ${CMAKE_SOURCE_DIR}/tests/rtl/ddr4/ddr4_rig.c)
target_include_directories(bench_ddr4 PRIVATE ${CMAKE_SOURCE_DIR}/tests)
target_link_libraries(bench_ddr4 PRIVATE ddr4_bench_model brigade::model brigade_options
  PkgConfig::CMOCKA m)

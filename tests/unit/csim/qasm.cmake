# SPDX-License-Identifier: Apache-2.0
foreach(name qasm qasm_gates)
  brigade_add_test(test_${name} SOURCES test_${name}.c LIBS brigade::qasm LABELS unit)
endforeach()

# The command itself.
brigade_add_test(test_qasm_cli SOURCES test_qasm_cli.c LIBS PkgConfig::JANSSON LABELS sc
  ARGS $<TARGET_FILE:brigade> ${CMAKE_SOURCE_DIR}/testbench/programs)
add_dependencies(test_qasm_cli brigade)

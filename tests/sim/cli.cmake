# SPDX-License-Identifier: Apache-2.0
# Acceptance of the whole chain through the program.
function(brigade_add_cli_test name)
  brigade_add_test(${name} SOURCES ${name}.c LIBS PkgConfig::JANSSON brigade::model LABELS sc
    ARGS $<TARGET_FILE:brigade> ${ARGN})
  add_dependencies(${name} brigade)
endfunction()

brigade_add_cli_test(test_cli)
brigade_add_cli_test(test_cli_same)
brigade_add_cli_test(test_cli_golden)
brigade_add_cli_test(test_cli_program)
brigade_add_cli_test(test_cli_memory)

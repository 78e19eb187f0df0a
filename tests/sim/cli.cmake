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
brigade_add_cli_test(test_scenarios ${CMAKE_SOURCE_DIR}/docs/memory.md)
add_test(NAME test_scenarios_full COMMAND test_scenarios $<TARGET_FILE:brigade>
                                          ${CMAKE_SOURCE_DIR}/docs/memory.md full)
set_tests_properties(test_scenarios_full PROPERTIES LABELS "sc;slow" TIMEOUT 600
                     ENVIRONMENT "OMP_WAIT_POLICY=passive")

brigade_add_cli_test(test_cli_loop)
brigade_add_cli_test(test_cli_filtration ${CMAKE_SOURCE_DIR}/docs/filtration.md)
brigade_add_cli_test(test_cli_documented ${CMAKE_SOURCE_DIR}/docs/results.md)
brigade_add_cli_test(test_cli_qec)
add_test(NAME test_cli_qec_full COMMAND test_cli_qec $<TARGET_FILE:brigade> full)
set_tests_properties(test_cli_qec_full PROPERTIES LABELS "sc;slow" TIMEOUT 3000)

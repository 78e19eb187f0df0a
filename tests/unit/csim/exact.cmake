# SPDX-License-Identifier: Apache-2.0
# Tests of the exact engines: the density matrix and first order and its attribution, and what they say of replay.
foreach(name density density_dense first_order life_costs attribution golden)
  brigade_add_test(test_${name} SOURCES test_${name}.c LIBS brigade::csim LABELS unit)
endforeach()

if(EXISTS ${CMAKE_SOURCE_DIR}/csim/replay.c)
  brigade_add_test(test_golden_replay SOURCES test_golden_replay.c LIBS brigade::csim LABELS unit
    PLAIN)
  brigade_add_test(test_golden_replay_large SOURCES test_golden_replay_large.c
    LIBS brigade::csim LABELS unit PLAIN)
  # The same program: the one case whose density matrix has millions of entries.
  add_test(NAME test_golden_replay_slow COMMAND test_golden_replay slow)
  set_tests_properties(test_golden_replay_slow PROPERTIES LABELS "unit;slow" TIMEOUT 900)
endif()

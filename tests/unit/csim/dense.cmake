# SPDX-License-Identifier: Apache-2.0
foreach(unit dense dense_tree dense_density)
  brigade_add_test(test_${unit} SOURCES test_${unit}.c LIBS brigade::csim LABELS unit)
endforeach()

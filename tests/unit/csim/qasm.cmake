# SPDX-License-Identifier: Apache-2.0
foreach(name qasm qasm_gates)
  brigade_add_test(test_${name} SOURCES test_${name}.c LIBS brigade::qasm LABELS unit)
endforeach()

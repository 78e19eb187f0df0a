# SPDX-License-Identifier: Apache-2.0
# OpenQASM on the dense engine. The scanner and the parser are made at build time.
find_program(FLEX flex REQUIRED)
find_program(BISON bison REQUIRED)
set(qasm_folder ${CMAKE_CURRENT_LIST_DIR})
set(qasm_made ${CMAKE_CURRENT_BINARY_DIR}/qasm)
file(MAKE_DIRECTORY ${qasm_made})
add_custom_command(OUTPUT ${qasm_made}/qasm_grammar.c ${qasm_made}/qasm_grammar.h
  COMMAND ${BISON} -Wno-other --header=${qasm_made}/qasm_grammar.h
          -o ${qasm_made}/qasm_grammar.c ${qasm_folder}/grammar.y
  DEPENDS ${qasm_folder}/grammar.y)
add_custom_command(OUTPUT ${qasm_made}/qasm_lexer.c
  COMMAND ${FLEX} -o ${qasm_made}/qasm_lexer.c ${qasm_folder}/lexer.l
  DEPENDS ${qasm_folder}/lexer.l)
add_custom_command(OUTPUT ${qasm_made}/qasm_library.c
  COMMAND ${CMAKE_COMMAND} -DOUT=${qasm_made}/qasm_library.c -DFOLDER=${qasm_folder}
          -P ${qasm_folder}/embed.cmake
  DEPENDS ${qasm_folder}/embed.cmake ${qasm_folder}/stdgates.inc ${qasm_folder}/qelib1.inc)

add_library(brigade_qasm STATIC
  ${qasm_folder}/apply.c ${qasm_folder}/ast.c ${qasm_folder}/check.c
  ${qasm_folder}/check_statement.c ${qasm_folder}/eval.c ${qasm_folder}/execute.c
  ${qasm_folder}/gate.c ${qasm_folder}/matrix.c ${qasm_folder}/native.c ${qasm_folder}/operand.c
  ${qasm_folder}/pragma.c ${qasm_folder}/run.c
  ${qasm_made}/qasm_grammar.c ${qasm_made}/qasm_grammar.h ${qasm_made}/qasm_lexer.c
  ${qasm_made}/qasm_library.c)
add_library(brigade::qasm ALIAS brigade_qasm)
target_include_directories(brigade_qasm PRIVATE ${qasm_made})
target_link_libraries(brigade_qasm PUBLIC brigade::csim PRIVATE brigade_options m)
# What flex and bison write has conversions of its own.
set_source_files_properties(${qasm_made}/qasm_lexer.c ${qasm_made}/qasm_grammar.c PROPERTIES
  COMPILE_OPTIONS "-Wno-conversion;-Wno-sign-conversion;-Wno-unused-function;-Wno-unused-but-set-variable")

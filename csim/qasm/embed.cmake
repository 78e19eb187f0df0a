# SPDX-License-Identifier: Apache-2.0
# Writes the include files as C text: cmake -DOUT=FILE -DFOLDER=FOLDER -P embed.cmake
set(code "/* Made by embed.cmake. */\n#include \"csim/qasm/ast.h\"\n\n#include <string.h>\n\n")
set(find "")
foreach(name stdgates qelib1)
  file(READ ${FOLDER}/${name}.inc text HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${text}")
  string(REGEX REPLACE "((0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,))" "\\1\n" bytes "${bytes}")
  string(APPEND code "static const char ${name}[] = {\n${bytes}0};\n")
  string(APPEND find "    if (strcmp(name, \"${name}.inc\") == 0) return ${name};\n")
endforeach()
string(APPEND code "\nconst char *qasm_library(const char *name) {\n${find}    return NULL;\n}\n")
file(WRITE ${OUT} "${code}")

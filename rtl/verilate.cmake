# SPDX-License-Identifier: Apache-2.0
# Verilated models as libraries that compile quickly: most of what a build costs is spent on them.

# Verilator's runtime, once: none of it depends on the model.
set(runtime ${VERILATOR_ROOT}/include)
add_library(brigade_verilated STATIC EXCLUDE_FROM_ALL ${runtime}/verilated.cpp
  ${runtime}/verilated_dpi.cpp ${runtime}/verilated_threads.cpp ${runtime}/verilated_fst_c.cpp)
target_include_directories(brigade_verilated SYSTEM PRIVATE ${runtime} ${runtime}/vltstd)
target_compile_options(brigade_verilated PRIVATE -O2 -g0 -w)
target_link_libraries(brigade_verilated PUBLIC z)
set_target_properties(brigade_verilated PROPERTIES POSITION_INDEPENDENT_CODE ON)

# brigade_compact(TARGET PREFIX LEVEL): of the files that verilate(TARGET PREFIX …) has added, takes
# the runtime from brigade_verilated, compiles what runs in every cycle with the LEVEL of optimization,
# what runs only when a model starts with none and what writes waves with little, and puts the small
# files together, as each of them would read the same headers for half a second.
function(brigade_compact target prefix level)
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources EXCLUDE REGEX "^${VERILATOR_ROOT}/include/")
  set(together_hot)
  set(together_cold)
  set(level_hot ${level})
  set(level_cold -O0)
  foreach(source ${sources})
    if(NOT source MATCHES "^(.*\\.dir/${prefix}\\.dir)/(${prefix}[^/]*\\.cpp)$")
      continue()
    endif()
    set(folder ${CMAKE_MATCH_1})
    set(name ${CMAKE_MATCH_2})
    set(kind hot)
    set(option ${level})
    if(name MATCHES "__(Slow|Syms)\\.cpp$")
      set(kind cold)
      set(option -O0)
    elseif(name MATCHES "__Trace__")
      set(option -O1)
    endif()
    file(SIZE ${source} bytes)
    if(bytes LESS 150000)
      string(APPEND together_${kind} "#include \"${name}\"\n")
      set_property(SOURCE ${source} PROPERTY HEADER_FILE_ONLY ON)
    else()
      set_property(SOURCE ${source} PROPERTY COMPILE_OPTIONS ${option})
    endif()
  endforeach()
  foreach(kind hot cold)
    if(together_${kind})
      set(file ${folder}/${prefix}__small_${kind}.cpp)
      file(CONFIGURE OUTPUT ${file} CONTENT "${together_${kind}}" @ONLY)
      list(APPEND sources ${file})
      set_property(SOURCE ${file} PROPERTY COMPILE_OPTIONS ${level_${kind}})
    endif()
  endforeach()
  set_property(TARGET ${target} PROPERTY SOURCES ${sources})
  target_link_libraries(${target} PUBLIC brigade_verilated)
endfunction()

# brigade_verilate(TARGET TOP SOURCES a.sv… [TRACE] [SANITIZE] [PREFIX name] [FLAGS more…]
# [LEVEL -O2]): a STATIC library with the class VTOP, or with the name given. The waivers come first:
# Verilator applies them to the files that follow. Generated code does not take our warnings and is
# optimized in every build: at -O0 it is of no use. LEVEL: for the models that long runs wait for; the
# others are as fast with -O1, which takes two thirds of the time. SANITIZE: with AddressSanitizer
# where the build has it; for a few small models, as it takes minutes to compile for large ones and
# tells nothing new there.
function(brigade_verilate target top)
  set(RTL_FLAGS --timescale 1ns/1ps --assert -Wall -O3 --x-initial fast)
  cmake_parse_arguments(V "TRACE;SANITIZE" "PREFIX;LEVEL" "SOURCES;FLAGS" ${ARGN})
  if(NOT V_PREFIX)
    set(V_PREFIX V${top})
  endif()
  if(NOT V_LEVEL)
    set(V_LEVEL -O1)
  endif()
  add_library(${target} STATIC EXCLUDE_FROM_ALL)
  set(trace)
  if(V_TRACE)
    set(trace TRACE_FST)
  endif()
  verilate(${target} ${trace}
    TOP_MODULE ${top} PREFIX ${V_PREFIX}
    SOURCES ${BRIGADE_RTL_DIR}/brg_waivers.vlt ${V_SOURCES}
    INCLUDE_DIRS ${BRIGADE_RTL_DIR}
    VERILATOR_ARGS ${RTL_FLAGS} ${V_FLAGS})
  target_compile_options(${target} PRIVATE -w)
  brigade_compact(${target} ${V_PREFIX} ${V_LEVEL})
  if(BRIGADE_SANITIZE)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
    target_compile_options(${target} PRIVATE -g0)
    if(V_SANITIZE)
      # UBSan of generated code tells of Verilator's trace code only.
      target_compile_options(${target} PRIVATE -fsanitize=address -fno-omit-frame-pointer)
    endif()
  endif()
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()

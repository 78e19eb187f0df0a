# SPDX-License-Identifier: Apache-2.0
# The frame sampler and the formats of its results. The kernels are compiled once per instruction
# set and chosen at run time; without contraction to fused multiply-add all give the same bits.
target_sources(brigade_ecc PRIVATE frame.c frame_program.c frame_base.c shots.c)
set_source_files_properties(frame_base.c PROPERTIES COMPILE_OPTIONS "-ffp-contract=off")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_sources(brigade_ecc PRIVATE frame_avx2.c frame_avx512.c)
  set_source_files_properties(frame_avx2.c PROPERTIES COMPILE_OPTIONS "-mavx2;-ffp-contract=off")
  set_source_files_properties(frame_avx512.c PROPERTIES
    COMPILE_OPTIONS "-mavx2;-mavx512f;-mavx512dq;-ffp-contract=off")
endif()

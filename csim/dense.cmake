# SPDX-License-Identifier: Apache-2.0
# The dense engine. Its kernels are compiled once per instruction set and chosen at run time.
target_sources(brigade_csim PRIVATE
  dense.c dense_lower.c dense_fusion.c dense_measure.c dense_walk.c dense_base.c density_dense.c)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_sources(brigade_csim PRIVATE dense_avx2.c dense_avx512.c)
  set_source_files_properties(dense_avx2.c PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma")
  set_source_files_properties(dense_avx512.c PROPERTIES
    COMPILE_OPTIONS "-mavx2;-mfma;-mavx512f;-mavx512dq")
endif()

/* SPDX-License-Identifier: Apache-2.0 */
/* The frame kernels for x86-64 with AVX2: vectors of 32 bytes. */
#include "model/ecc/frame.h"

#if defined(__x86_64__)

#define VECTOR_BYTES 32
#define N(name) name##_avx2
#include "model/ecc/frame_kernels.h"

const brg_frame_kernels brg_frame_avx2 = {"avx2", run_avx2};

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The frame kernels for x86-64 with AVX-512F and DQ: vectors of 64 bytes. */
#include "model/ecc/frame.h"

#if defined(__x86_64__)

#define VECTOR_BYTES 64
#define N(name) name##_avx512
#include "model/ecc/frame_kernels.h"

const brg_frame_kernels brg_frame_avx512 = {"avx512", run_avx512};

#endif

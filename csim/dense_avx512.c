/* SPDX-License-Identifier: Apache-2.0 */
/* The dense kernels for x86-64 with AVX-512F and DQ: vectors of 64 bytes, a cache line each. */
#include "csim/dense_internal.h"

#define INLINE __attribute__((always_inline))

#if defined(__x86_64__)

/* Double precision. */
#define REAL double
#define REAL_IS_DOUBLE
#define INT int64_t
#define SIGN INT64_MIN
#define W 8
#define LANE_BITS 2
#define N(name) name##_double
#include "csim/dense_kernels.h"
enum { LANE_BITS_DOUBLE = LANE_BITS };
#undef REAL
#undef REAL_IS_DOUBLE
#undef INT
#undef SIGN
#undef W
#undef LANE_BITS
#undef N

/* Single precision. */
#define REAL float
#define INT int32_t
#define SIGN INT32_MIN
#define W 16
#define LANE_BITS 3
#define N(name) name##_single
#include "csim/dense_kernels.h"

const brg_dense_kernels brg_dense_avx512[2] = {
    {"avx512", LANE_BITS_DOUBLE, run_double, sum_double, scale_sum_double},
    {"avx512", LANE_BITS, run_single, sum_single, scale_sum_single},
};

#endif

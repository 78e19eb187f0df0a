/* SPDX-License-Identifier: Apache-2.0 */
/* The dense kernels for any machine: vectors of 16 bytes, which GCC lowers to what there is. */
#include "csim/dense_internal.h"

#define INLINE __attribute__((always_inline))

/* Double precision. */
#define REAL double
#define REAL_IS_DOUBLE
#define INT int64_t
#define SIGN INT64_MIN
#define W 2
#define LANE_BITS 0
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
#define W 4
#define LANE_BITS 1
#define N(name) name##_single
#include "csim/dense_kernels.h"

const brg_dense_kernels brg_dense_base[2] = {
    {"base", LANE_BITS_DOUBLE, run_double, sum_double, scale_sum_double},
    {"base", LANE_BITS, run_single, sum_single, scale_sum_single},
};
